"""createContact sets the owner, the assignees and the lists of a contact."""

from typing import Any

import pytest

from models.db import database
from schema.ids import IdPrefix, decode_as
from services.accounts.authentication import Role
from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.mutations import contact, create, refusal
from tests.support.snapshot import stored_rows

PEOPLE = "owner { name } ownedAt assignees { name }"
ADA, BOB, EVE = {"name": "Ada"}, {"name": "Bob"}, {"name": "Eve"}


async def _leave(api: Api, user_id: str) -> None:
    await database.execute(
        "UPDATE account_user SET is_active = $3 WHERE account_id = $1 AND id = $2",
        api.account_id,
        decode_as(IdPrefix.USER, user_id),
        False,
    )


async def test_a_new_contact_belongs_to_whoever_creates_it(api: Api) -> None:
    answer = await create(api, PEOPLE, phone="0712345678")

    assert answer["contact"] == {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": []}


async def test_a_new_contact_of_an_integration_belongs_to_nobody(api: Api) -> None:
    answer = await create(api.without_user(), PEOPLE, phone="0712345678")

    assert answer["contact"] == {"owner": None, "ownedAt": None, "assignees": []}


async def test_a_new_contact_can_be_given_to_a_colleague_or_to_nobody(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")

    bobs = await create(api, PEOPLE, phone="0712345678", ownerId=bob_id)
    nobodys = await create(api, PEOPLE, phone="0733345678", ownerId=None)

    assert bobs["contact"] == {"owner": BOB, "ownedAt": iso(MONDAY), "assignees": []}
    assert nobodys["contact"] == {"owner": None, "ownedAt": None, "assignees": []}


@pytest.mark.parametrize("email", ["bob@example.com", " Bob@EXAMPLE.com "])
async def test_assigned_to_email_sets_the_assignee_and_the_owner(api: Api, email: str) -> None:
    await api.make_user("Bob")

    answer = await create(api, PEOPLE, phone="0712345678", assignedToEmail=email)

    assert answer["contact"] == {"owner": BOB, "ownedAt": iso(MONDAY), "assignees": [BOB]}


async def test_assigned_to_email_leaves_the_owner_that_is_named(api: Api) -> None:
    await api.make_user("Bob")

    adas = await create(api, PEOPLE, phone="0712345678", assignedToEmail="bob@example.com", ownerId=api.user_id)
    nobodys = await create(api, PEOPLE, phone="0733345678", assignedToEmail="bob@example.com", ownerId=None)

    assert adas["contact"] == {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": [BOB]}
    assert nobodys["contact"] == {"owner": None, "ownedAt": None, "assignees": [BOB]}


@pytest.mark.parametrize("email", ["", "  ", None])
async def test_a_blank_email_assigns_to_nobody(api: Api, email: str | None) -> None:
    answer = await create(api, PEOPLE, phone="0712345678", assignedToEmail=email)

    assert answer["errors"] == []
    assert answer["contact"] == {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": []}


@pytest.mark.parametrize("email", ["nobody@example.com", "bob", "bob\x00@example.com", "zoe@example.com", "x" * 10_000])
async def test_an_email_of_no_active_user_is_not_found(api: Api, stranger: Api, email: str) -> None:
    await api.make_user("Zoe", is_active=False)
    await stranger.make_user("Nobody")
    before = await stored_rows(api)

    answer = await create(api, "id", phone="0712345678", assignedToEmail=email)

    message = "There is no active user with this e-mail address."
    assert answer["errors"] == [refusal("NOT_FOUND", message, "contact", "assignedToEmail")]
    assert await stored_rows(api) == before


async def test_users_and_lists_that_are_not_there_are_not_found(api: Api, stranger: Api) -> None:
    zoe_id, _ = await api.make_user("Zoe", is_active=False)
    theirs, ours = await stranger.make_list("Theirs"), await api.make_list("Ours")
    before = await stored_rows(api)

    answer = await create(
        api,
        "id",
        phone="0712345678",
        ownerId=zoe_id,
        assigneeIds=[api.user_id, stranger.user_id],
        listIds=[ours, theirs],
    )

    user, a_list = "There is no such active user.", "There is no such list."
    assert answer == {
        "outcome": None,
        "contact": None,
        "errors": [
            refusal("NOT_FOUND", a_list, "contact", "listIds", "1"),
            refusal("NOT_FOUND", user, "contact", "ownerId"),
            refusal("NOT_FOUND", user, "contact", "assigneeIds", "1"),
        ],
    }
    assert await stored_rows(api) == before


@pytest.mark.parametrize("place", ["ownerId", "assigneeIds", "listIds"])
async def test_an_id_that_is_none_of_its_type_is_invalid(api: Api, place: str) -> None:
    before = await stored_rows(api)

    for garbage in ("", "1", "usr_", "lst_01jd8vq0c5fj2v7wq1x3ynm8z", "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"):
        given: Any = garbage if place == "ownerId" else [garbage]
        answer = await create(api, "id", phone="0712345678", **{place: given})

        path = [place] if place == "ownerId" else [place, "0"]
        message = answer["errors"][0]["message"]
        assert answer["errors"] == [refusal("INVALID_ID", message, "contact", *path)]
        assert repr(garbage) in message
    assert await stored_rows(api) == before


async def test_a_contact_has_at_most_a_hundred_lists_and_assignees_at_once(api: Api) -> None:
    clients = await api.make_list("Clients")

    answer = await create(api, "id", phone="0712345678", listIds=[clients] * 101, assigneeIds=[api.user_id] * 101)

    assert answer["errors"] == [
        refusal("TOO_MANY", "The list has 101 IDs; at most 100 are allowed.", "contact", "listIds"),
        refusal("TOO_MANY", "The list has 101 IDs; at most 100 are allowed.", "contact", "assigneeIds"),
    ]


# ------------------------------------------------------------------ where it is there already


async def test_an_update_leaves_the_owner_where_none_is_named(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    there = await api.make_contact("0712345678", assigneeIds=[bob_id])

    answer = await create(bob.at(TUESDAY), f"id {PEOPLE}", if_exists="UPDATE", phone="0712345678", firstName="Ann")

    assert answer["contact"] == {"id": there, "owner": ADA, "ownedAt": iso(MONDAY), "assignees": [BOB]}


async def test_an_update_changes_the_owner_that_is_named(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    await api.make_contact("0712345678")

    bobs = await create(api.at(TUESDAY), PEOPLE, if_exists="UPDATE", phone="0712345678", ownerId=bob_id)
    still = await create(api.at(TUESDAY + HOUR), PEOPLE, if_exists="UPDATE", phone="0712345678", ownerId=bob_id)
    nobodys = await create(api.at(TUESDAY), PEOPLE, if_exists="UPDATE", phone="0712345678", ownerId=None)

    assert bobs["contact"] == {"owner": BOB, "ownedAt": iso(TUESDAY), "assignees": []}
    assert still["contact"] == {"owner": BOB, "ownedAt": iso(TUESDAY), "assignees": []}
    assert nobodys["contact"] == {"owner": None, "ownedAt": None, "assignees": []}


async def test_an_update_adds_assignees_and_by_email_sets_the_one(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    await api.make_user("Eve")
    await api.make_contact("0712345678", assigneeIds=[api.user_id])

    added = await create(api, PEOPLE, if_exists="UPDATE", phone="0712345678", assigneeIds=[bob_id])
    only = await create(api, PEOPLE, if_exists="UPDATE", phone="0712345678", assignedToEmail="eve@example.com")

    assert added["contact"] == {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": [ADA, BOB]}
    assert only["contact"] == {"owner": EVE, "ownedAt": iso(MONDAY), "assignees": [EVE]}


@pytest.mark.parametrize(("hours_later", "owner"), [(0, "Bob"), (23, "Bob"), (24, "Eve"), (25, "Eve")])
async def test_an_update_leaves_the_owner_of_a_protected_contact(api: Api, hours_later: int, owner: str) -> None:
    bob_id, _ = await api.make_user("Bob")
    eve_id, _ = await api.make_user("Eve")
    protecting = api.with_settings(contact_protection_hours=24)
    await create(protecting, "id", phone="0712345678", ownerId=bob_id)

    answer = await create(
        protecting.at(MONDAY + hours_later * HOUR),
        "firstName owner { name }",
        if_exists="UPDATE",
        phone="0712345678",
        firstName="Ann",
        ownerId=eve_id,
    )

    assert answer == {"outcome": "UPDATED", "contact": {"firstName": "Ann", "owner": {"name": owner}}, "errors": []}


async def test_an_owner_gives_a_protected_contact_away_and_one_who_left_protects_nothing(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    zoe_id, _ = await api.make_user("Zoe", Role.AGENT)
    protected = {"contact_protection_hours": 24}
    await create(api, "id", phone="0712345678", ownerId=bob_id)
    zoes = await api.make_contact("0733345678", ownerId=zoe_id)

    given_away = await create(
        bob.with_settings(**protected), "owner { name }", if_exists="UPDATE", phone="0712345678", ownerId=api.user_id
    )
    await _leave(api, zoe_id)
    await create(api.with_settings(**protected), "id", if_exists="UPDATE", phone="0733345678", ownerId=api.user_id)

    assert given_away["contact"] == {"owner": ADA}
    assert await contact(api, zoes, "owner { name }") == {"owner": ADA}
