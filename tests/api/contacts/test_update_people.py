"""updateContact changes the owner, ownedAt, the protection and the assignees."""

import asyncio
from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.mutations import contact, refusal, trash, update
from tests.support.snapshot import stored_rows

PEOPLE = "owner { name } ownedAt assignees { name }"
ADA, BOB, EVE = {"name": "Ada"}, {"name": "Bob"}, {"name": "Eve"}
PROTECTED = refusal(
    "CONTACT_PROTECTED", "The contact was recently assigned to another user and is protected.", "ownerId"
)


async def test_owned_at_is_when_the_present_owner_became_the_owner(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    made = await api.make_contact("0712345678")
    later = api.at(TUESDAY)

    steps: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"ownerId": api.user_id}, {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": []}),
        ({"firstName": "Ann"}, {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": []}),
        ({"assigneeIds": [bob_id]}, {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": [BOB]}),
        ({"ownerId": bob_id}, {"owner": BOB, "ownedAt": iso(TUESDAY), "assignees": [BOB]}),
        ({"ownerId": None}, {"owner": None, "ownedAt": None, "assignees": [BOB]}),
        ({"ownerId": None}, {"owner": None, "ownedAt": None, "assignees": [BOB]}),
        ({"ownerId": bob_id}, {"owner": BOB, "ownedAt": iso(TUESDAY), "assignees": [BOB]}),
    ]
    for change, expected in steps:
        answer = await update(later, made, PEOPLE, **change)

        assert answer == {"contact": expected, "errors": []}


async def test_trash_and_restore_leave_the_owner_and_since_when(api: Api) -> None:
    made = await api.make_contact("0712345678")

    await trash(api.at(TUESDAY), [made])
    text = "mutation ($id: ID!) { restoreContacts(input: {contacts: {ids: [$id]}}) { count } }"
    await api.at(TUESDAY).run(text, id=made)

    assert await contact(api, made, PEOPLE) == {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": []}


async def test_assignees_are_replaced_and_by_email_become_the_one(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    await api.make_user("Eve")
    made = await api.make_contact("0712345678", assigneeIds=[api.user_id])

    replaced = await update(api, made, PEOPLE, assigneeIds=[bob_id, bob_id])
    by_email = await update(api.at(TUESDAY), made, PEOPLE, assignedToEmail=" EVE@example.com ")
    owner_named = await update(api.at(TUESDAY), made, PEOPLE, assignedToEmail="bob@example.com", ownerId=api.user_id)
    nobody = await update(api.at(TUESDAY), made, PEOPLE, assignedToEmail=None)

    assert replaced["contact"] == {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": [BOB]}
    assert by_email["contact"] == {"owner": EVE, "ownedAt": iso(TUESDAY), "assignees": [EVE]}
    assert owner_named["contact"] == {"owner": ADA, "ownedAt": iso(TUESDAY), "assignees": [BOB]}
    assert nobody["contact"] == {"owner": ADA, "ownedAt": iso(TUESDAY), "assignees": []}


async def test_users_that_are_not_there_or_not_active_are_not_found(api: Api, stranger: Api) -> None:
    zoe_id, _ = await api.make_user("Zoe", is_active=False)
    made = await api.make_contact("0712345678")
    before = await stored_rows(api)

    unknown = await update(api, made, "id", firstName="B", ownerId=stranger.user_id, assigneeIds=[api.user_id, zoe_id])
    by_email = await update(api, made, "id", firstName="B", assignedToEmail="zoe\x00@example.com")
    garbage = await update(api, made, "id", firstName="B", ownerId="", assigneeIds=[made])

    user = "There is no such active user."
    assert unknown["errors"] == [
        refusal("NOT_FOUND", user, "ownerId"),
        refusal("NOT_FOUND", user, "assigneeIds", "1"),
    ]
    message = "There is no active user with this e-mail address."
    assert by_email["errors"] == [refusal("NOT_FOUND", message, "assignedToEmail")]
    assert garbage["errors"][0] == refusal("INVALID_ID", "'' is not an id.", "ownerId")
    assert await stored_rows(api) == before


@pytest.mark.parametrize(
    ("after", "is_kept_off"),
    [(0 * HOUR, True), (24 * HOUR - HOUR / 3600, True), (24 * HOUR, False), (25 * HOUR, False)],
)
async def test_a_colleague_is_kept_off_until_the_hours_are_over(api: Api, after: Any, is_kept_off: bool) -> None:
    bob_id, bob = await api.make_user("Bob")
    eve_id, eve = await api.make_user("Eve", Role.MANAGER)
    made = await api.make_contact("0712345678", ownerId=bob_id)
    before = await stored_rows(api)

    answer = await update(
        eve.with_settings(contact_protection_hours=24).later(after),
        made,
        "owner { name }",
        ownerId=eve_id,
        firstName="A",
    )

    if is_kept_off:
        assert answer == {"contact": None, "errors": [PROTECTED]}
        assert await stored_rows(api) == before
    else:
        assert answer == {"contact": {"owner": EVE}, "errors": []}


async def test_a_protected_contact_is_not_taken_by_email_or_left_to_nobody(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    made = await api.make_contact("0712345678", ownerId=bob_id)
    protecting = api.with_settings(contact_protection_hours=24)
    before = await stored_rows(api)

    by_email = await update(protecting, made, "id", assignedToEmail="ada@example.com")
    to_nobody = await update(protecting, made, "id", ownerId=None)
    by_an_integration = await update(protecting.without_user(), made, "id", ownerId=None)

    assert by_email["errors"] == to_nobody["errors"] == by_an_integration["errors"] == [PROTECTED]
    assert await stored_rows(api) == before


async def test_a_protected_contact_may_be_changed_in_all_else(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    made = await api.make_contact("0712345678", ownerId=bob_id)
    protecting = api.with_settings(contact_protection_hours=24)

    answer = await update(protecting, made, "firstName owner { name }", firstName="Ann", ownerId=bob_id)

    assert answer == {"contact": {"firstName": "Ann", "owner": BOB}, "errors": []}


async def test_an_owner_gives_away_what_is_protected_from_others(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    made = await api.make_contact("0712345678", ownerId=bob_id)

    answer = await update(bob.with_settings(contact_protection_hours=24), made, "owner { name }", ownerId=api.user_id)

    assert answer == {"contact": {"owner": ADA}, "errors": []}


async def test_of_colleagues_who_take_a_contact_at_once_one_gets_it(api: Api) -> None:
    made = await api.make_contact("0712345678", ownerId=None)
    people = [await api.make_user(f"Agent{number}") for number in range(8)]

    answers = await asyncio.gather(
        *(
            update(one.with_settings(contact_protection_hours=24), made, "owner { id }", ownerId=user_id)
            for user_id, one in people
        )
    )

    winners = [answer["contact"]["owner"] for answer in answers if answer["contact"]]
    assert winners == [(await contact(api, made, "owner { id }"))["owner"]]
    assert [answer["errors"] for answer in answers if not answer["contact"]] == [[PROTECTED]] * 7
