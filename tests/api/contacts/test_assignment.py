"""assignContacts sets or clears the owner and the assignees of contacts."""

from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.mutations import contact, contacts, mutate, refusal, trash
from tests.support.snapshot import stored_rows

ANSWER = "count contactIds conflictCount conflicts { contact { id } error { __typename code message path } }"
PEOPLE = "owner { name } ownedAt assignees { name }"
ADA, BOB, EVE = {"name": "Ada"}, {"name": "Bob"}, {"name": "Eve"}
PROTECTED = refusal(
    "CONTACT_PROTECTED", "The contact was recently assigned to another user and is protected.", "contacts"
)
REFUSED: dict[str, Any] = {"count": None, "contactIds": [], "conflictCount": 0, "conflicts": []}


async def assign(api: Api, ids: list[str], **changes: Any) -> Any:
    return await mutate(api, "assignContacts", ANSWER, contacts={"ids": ids}, **changes)


def done(*ids: str) -> dict[str, Any]:
    return {"count": len(ids), "contactIds": list(ids), "conflictCount": 0, "conflicts": [], "errors": []}


async def test_an_owner_is_set_where_it_is_another_one(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    adas = await api.make_contact("0712000001")
    nobodys = await api.make_contact("0712000002", ownerId=None)
    bobs = await api.make_contact("0712000003", ownerId=bob_id)

    answer = await assign(api.at(TUESDAY), [adas, nobodys, bobs], ownerId=bob_id)

    assert answer == done(adas, nobodys)
    assert await contacts(api, "owner { name } ownedAt updatedAt") == [
        {"owner": BOB, "ownedAt": iso(TUESDAY), "updatedAt": iso(TUESDAY)},
        {"owner": BOB, "ownedAt": iso(TUESDAY), "updatedAt": iso(TUESDAY)},
        {"owner": BOB, "ownedAt": iso(MONDAY), "updatedAt": iso(MONDAY)},
    ]


async def test_null_leaves_contacts_to_nobody(api: Api) -> None:
    adas = await api.make_contact("0712000001", assigneeIds=[api.user_id])
    nobodys = await api.make_contact("0712000002", ownerId=None)

    answer = await assign(api, [adas, nobodys], ownerId=None)

    assert answer == done(adas)
    assert await contact(api, adas, PEOPLE) == {"owner": None, "ownedAt": None, "assignees": [ADA]}


async def test_assignees_come_and_go_and_the_owner_stays(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    eve_id, _ = await api.make_user("Eve")
    of_bob = await api.make_contact("0712000001", assigneeIds=[bob_id])
    of_eve = await api.make_contact("0712000002", assigneeIds=[eve_id])
    of_nobody = await api.make_contact("0712000003")

    answer = await assign(
        api.at(TUESDAY), [of_bob, of_eve, of_nobody], addAssigneeIds=[eve_id, eve_id], removeAssigneeIds=[bob_id]
    )

    assert answer == done(of_bob, of_nobody)
    still = {"owner": ADA, "ownedAt": iso(MONDAY), "assignees": [EVE]}
    assert await contacts(api, f"{PEOPLE} updatedAt") == [
        still | {"updatedAt": iso(TUESDAY)},
        still | {"updatedAt": iso(MONDAY)},
        still | {"updatedAt": iso(TUESDAY)},
    ]


async def test_nothing_to_do_changes_nothing(api: Api) -> None:
    adas = await api.make_contact("0712000001", assigneeIds=[api.user_id])
    before = await stored_rows(api)

    nothing = await assign(api.at(TUESDAY), [adas])
    nulls = await assign(api.at(TUESDAY), [adas], addAssigneeIds=None, removeAssigneeIds=None)
    as_asked = await assign(api.at(TUESDAY), [adas], ownerId=api.user_id, addAssigneeIds=[api.user_id])

    assert nothing == nulls == as_asked == done()
    assert await stored_rows(api) == before


async def test_contacts_in_the_trash_of_others_and_of_nobody_are_left_alone(api: Api, stranger: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    trashed, live = await api.make_contact("0712000001"), await api.make_contact("0712000002")
    theirs = await stranger.make_contact("0712000003")
    await trash(api, [trashed])
    before = await stored_rows(stranger)

    answer = await assign(api, [trashed, theirs, live, "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"], ownerId=bob_id)

    assert answer == done(live)
    assert await contact(api, trashed, "owner { name }") == {"owner": ADA}
    assert await stored_rows(stranger) == before


async def test_users_that_are_not_there_or_not_active_are_not_found(api: Api, stranger: Api) -> None:
    zoe_id, _ = await api.make_user("Zoe", is_active=False)
    adas = await api.make_contact("0712000001")
    before = await stored_rows(api)

    answer = await assign(api, [adas], ownerId=zoe_id, addAssigneeIds=[api.user_id, stranger.user_id])

    user = "There is no such active user."
    assert answer == REFUSED | {
        "errors": [refusal("NOT_FOUND", user, "ownerId"), refusal("NOT_FOUND", user, "addAssigneeIds", "1")]
    }
    assert await stored_rows(api) == before


async def test_a_user_who_has_left_can_be_taken_off(api: Api, stranger: Api) -> None:
    zoe_id, _ = await api.make_user("Zoe", is_active=False)
    adas = await api.make_contact("0712000001")

    answer = await assign(api, [adas], removeAssigneeIds=[zoe_id, stranger.user_id])

    assert answer == done()


async def test_nobody_is_added_and_removed_at_once(api: Api) -> None:
    adas = await api.make_contact("0712000001")
    before = await stored_rows(api)

    answer = await assign(api, [adas], addAssigneeIds=[api.user_id], removeAssigneeIds=[api.user_id])

    message = "A user can't be in both addAssigneeIds and removeAssigneeIds."
    assert answer == REFUSED | {"errors": [refusal("INVALID", message, "removeAssigneeIds")]}
    assert await stored_rows(api) == before


@pytest.mark.parametrize("place", ["addAssigneeIds", "removeAssigneeIds"])
async def test_at_most_a_hundred_users_are_named(api: Api, place: str) -> None:
    adas = await api.make_contact("0712000001")

    answer = await assign(api, [adas], **{place: [api.user_id] * 101})

    assert answer == REFUSED | {
        "errors": [refusal("TOO_MANY", "The list has 101 IDs; at most 100 are allowed.", place)]
    }


# ------------------------------------------------------------------ protection


async def test_a_protected_contact_is_a_conflict_and_the_others_are_changed(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    eve_id, eve = await api.make_user("Eve")
    bobs = await api.make_contact("0712000001", ownerId=bob_id)
    eves = await api.make_contact("0712000002", ownerId=eve_id)
    free = await api.make_contact("0712000003", ownerId=None)
    protecting = eve.with_settings(contact_protection_hours=24).later(24 * HOUR - HOUR)

    answer = await assign(protecting, [bobs, eves, free], ownerId=api.user_id, addAssigneeIds=[eve_id])

    assert answer == {
        "count": 2,
        "contactIds": [eves, free],
        "conflictCount": 1,
        "conflicts": [{"contact": {"id": bobs}, "error": PROTECTED}],
        "errors": [],
    }
    assert await contact(api, bobs, PEOPLE) == {"owner": BOB, "ownedAt": iso(MONDAY), "assignees": []}
    assert (await assign(protecting.later(HOUR), [bobs], ownerId=eve_id))["count"] == 1


async def test_a_protected_contact_that_is_as_asked_already_is_no_conflict(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    bobs = await api.make_contact("0712000001", ownerId=bob_id, assigneeIds=[bob_id])

    answer = await assign(
        api.with_settings(contact_protection_hours=24), [bobs], ownerId=bob_id, addAssigneeIds=[bob_id]
    )

    assert answer == done()


async def test_a_manager_may_override_protection_and_an_agent_may_not(api: Api) -> None:
    bob_id, bob = await api.make_user("Bob")
    _, mia = await api.make_user("Mia", Role.MANAGER)
    adas = await api.make_contact("0712000001")
    protected = {"contact_protection_hours": 24}
    before = await stored_rows(api)

    by_agent = await assign(bob.with_settings(**protected), [adas], ownerId=bob_id, overrideProtection=True)
    unchanged = await stored_rows(api)
    by_manager = await assign(mia.with_settings(**protected), [adas], ownerId=bob_id, overrideProtection=True)

    message = "This requires the role MANAGER or ADMIN."
    assert by_agent == REFUSED | {"errors": [refusal("FORBIDDEN", message, "overrideProtection")]}
    assert unchanged == before
    assert by_manager == done(adas)


async def test_the_first_hundred_conflicts_are_named_and_all_are_counted(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    rows = [{"phone": f"0712{number:06}", "ownerId": bob_id} for number in range(101)]
    await mutate(api, "bulkCreateContacts", "summary { created }", contacts=rows)
    phones = [row["phone"] for row in rows]

    answer = await mutate(
        api.with_settings(contact_protection_hours=24),
        "assignContacts",
        ANSWER,
        contacts={"phones": phones},
        ownerId=api.user_id,
    )

    assert (answer["count"], answer["conflictCount"], len(answer["conflicts"])) == (0, 101, 100)


async def test_the_number_of_statements_does_not_depend_on_the_number_of_contacts(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    ids = [await api.make_contact(f"07120000{number:02}") for number in range(51)]

    async def statements(*chosen: str) -> int:
        with counted_statements() as seen:
            answer = await assign(api, list(chosen), ownerId=bob_id, addAssigneeIds=[api.user_id, bob_id])
        assert answer["count"] == len(chosen)
        return len(seen)

    assert await statements(*ids[:2]) == await statements(*ids[2:])
