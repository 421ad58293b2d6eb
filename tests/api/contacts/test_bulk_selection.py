"""A bulk change selects contacts by ids, by numbers, or by a filter."""

from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.mutations import mutate, refusal, trash
from tests.support.snapshot import stored_rows

CHANGES: dict[str, dict[str, Any]] = {
    "assignContacts": {"ownerId": None},
    "tagContacts": {"add": ["x"]},
    "trashContacts": {},
    "purgeContacts": {"fromAnywhere": True},
}
EXPECTED = ("contacts", "matching", "expectedCount")


async def chosen(api: Api, mutation: str, contacts: dict[str, Any]) -> Any:
    return await mutate(api, mutation, "count contactIds", contacts=contacts, **CHANGES.get(mutation, {}))


def refused(*errors: dict[str, Any]) -> dict[str, Any]:
    return {"count": None, "contactIds": [], "errors": list(errors)}


@pytest.mark.parametrize("mutation", CHANGES)
async def test_some_ids_some_numbers_or_all_that_match(api: Api, mutation: str) -> None:
    ids = [await api.make_contact(f"071200000{number}", tags=[f"t{number}"]) for number in range(5)]

    by_ids = await chosen(api, mutation, {"ids": [ids[1], ids[0], ids[0]]})
    by_numbers = await chosen(api, mutation, {"phones": ["0712 000 002", "+254712000002", "call me", ""]})
    by_filter = await chosen(api, mutation, {"matching": {"filter": {"anyTags": ["t3"]}, "expectedCount": 1}})

    assert by_ids == {"count": 2, "contactIds": sorted(ids[:2]), "errors": []}
    assert by_numbers == {"count": 1, "contactIds": [ids[2]], "errors": []}
    assert by_filter == {"count": 1, "contactIds": [ids[3]], "errors": []}


@pytest.mark.parametrize("mutation", CHANGES)
async def test_an_empty_choice_is_nobody(api: Api, mutation: str) -> None:
    await api.make_contact("0712000001")
    before = await stored_rows(api)

    nobody = {"count": 0, "contactIds": [], "errors": []}
    choices: list[dict[str, Any]] = [
        {"ids": []},
        {"phones": []},
        {"matching": {"filter": {"ids": []}, "expectedCount": 0}},
    ]
    for choice in choices:
        assert await chosen(api, mutation, choice) == nobody
    assert await stored_rows(api) == before


@pytest.mark.parametrize("mutation", CHANGES)
async def test_where_another_number_matches_nothing_is_written(api: Api, mutation: str) -> None:
    for number in range(3):
        await api.make_contact(f"071200000{number}")
    before = await stored_rows(api)

    for expected in (2, 4, 0, -1):
        answer = await chosen(api, mutation, {"matching": {"filter": {}, "expectedCount": expected}})

        message = f"The number of matching contacts is 3, not {expected}."
        assert answer == refused(refusal("COUNT_CHANGED", message, *EXPECTED))
    assert await stored_rows(api) == before
    assert (await chosen(api, mutation, {"matching": {"filter": {}, "expectedCount": 3}}))["count"] == 3


ASKS_NOTHING: list[dict[str, Any]] = [
    {},
    {"state": "ACTIVE"},
    {"search": ""},
    {"search": "  "},
    {"search": None, "ids": None},
    {"and": []},
    {"and": [{}, {"search": ""}]},
    {"or": [{}, {"search": "Ann"}]},
    {"noTags": []},
    {"allTags": []},
    {"notInListIds": []},
    {"notInCampaignIds": []},
    {"createdAt": {}},
    {"updatedAt": {"from": None}},
]


async def test_a_filter_that_asks_for_nothing_needs_the_number_expected(api: Api) -> None:
    await api.make_contact("0712000001", firstName="Bea")
    before = await stored_rows(api)

    for filter in ASKS_NOTHING:
        answer = await chosen(api, "trashContacts", {"matching": {"filter": filter}})

        message = "expectedCount is required with a filter without conditions: the number of contacts that you expect."
        assert answer == refused(refusal("REQUIRED", message, *EXPECTED)), filter
    assert await stored_rows(api) == before


NULLS: list[tuple[dict[str, Any], list[str]]] = [
    ({"listIds": None, "hasEmail": False}, ["listIds"]),
    ({"hasEmail": False, "state": None, "createdAt": {"from": None}}, ["state", "createdAt.from"]),
    ({"and": [{"search": None}, {"hasEmail": False}]}, ["and.0.search"]),
    ({"hasEmail": False, "or": [{"isVerified": False}, {"not": {"anyTags": None}}]}, ["or.1.not.anyTags"]),
]


async def test_a_null_beside_other_conditions_is_no_condition_that_was_left_out(api: Api) -> None:
    await api.make_contact("0712000001", firstName="Bea")
    before = await stored_rows(api)

    for filter, places in NULLS:
        for expected in ({}, {"expectedCount": 1}):
            answer = await chosen(api, "trashContacts", {"matching": {"filter": filter, **expected}})

            message = "A null is no condition. Omit the field, or set a value."
            paths = [("contacts", "matching", "filter", *place.split(".")) for place in places]
            assert answer == refused(*(refusal("REQUIRED", message, *path) for path in paths))
    assert await stored_rows(api) == before
    half = {"createdAt": {"from": None, "before": iso(TUESDAY)}}
    assert (await chosen(api, "trashContacts", {"matching": {"filter": half}}))["count"] == 1


@pytest.mark.parametrize(
    "filter",
    [
        {"search": "Bea"},
        {"or": [{"search": "Bea"}, {"isOptedOut": True}]},
        {"and": [{}, {"hasOwner": True}]},
        {"not": {"search": "Ann"}},
        {"createdAt": {"from": iso(MONDAY)}},
    ],
    ids=str,
)
async def test_a_filter_that_asks_for_something_needs_none(api: Api, filter: dict[str, Any]) -> None:
    await api.make_contact("0712000001", firstName="Bea")

    assert (await chosen(api, "trashContacts", {"matching": {"filter": filter}}))["count"] == 1


async def test_to_purge_by_filter_always_needs_the_number_expected(api: Api) -> None:
    await trash(api, [await api.make_contact("0712000001", firstName="Bea")])
    before = await stored_rows(api)

    answer = await mutate(
        api, "purgeContacts", "count contactIds", contacts={"matching": {"filter": {"search": "Bea"}}}
    )

    message = "expectedCount is required with a filter: the number of contacts that you expect to match."
    assert answer == refused(refusal("REQUIRED", message, *EXPECTED))
    assert await stored_rows(api) == before


@pytest.mark.parametrize("mutation", [*CHANGES, "restoreContacts"])
async def test_an_agent_chooses_by_id_or_number_and_not_by_filter(api: Api, mutation: str) -> None:
    _, bob = await api.make_user("Bob")
    await api.make_contact("0712000001")
    await trash(api, [await api.make_contact("0712000002")])
    before = await stored_rows(api)

    changes = {} if mutation == "purgeContacts" else CHANGES.get(mutation, {})
    answer = await mutate(
        bob, mutation, "count contactIds", contacts={"matching": {"filter": {}, "expectedCount": 1}}, **changes
    )

    message = "Changing all contacts that match a filter requires the role MANAGER or ADMIN."
    assert answer == refused(refusal("FORBIDDEN", message, "contacts", "matching"))
    assert await stored_rows(api) == before


@pytest.mark.parametrize("mutation", ["addContactsToList", "removeContactsFromList"])
async def test_an_agent_fills_and_empties_lists_by_id_or_number_alone(api: Api, mutation: str) -> None:
    _, bob = await api.make_user("Bob")
    clients = await api.make_list("Clients")
    before = await stored_rows(api)

    answer = await mutate(
        bob, mutation, "contactList { name }", listId=clients, contacts={"matching": {"filter": {"hasOwner": True}}}
    )

    message = "Changing all contacts that match a filter requires the role MANAGER or ADMIN."
    assert answer == {"contactList": None, "errors": [refusal("FORBIDDEN", message, "contacts", "matching")]}
    assert await stored_rows(api) == before


async def test_a_manager_and_an_integration_may_choose_by_filter(api: Api) -> None:
    _, mia = await api.make_user("Mia", Role.MANAGER)
    for caller in (mia, api.without_user()):
        await api.make_contact("0712000001")

        assert (await chosen(caller, "trashContacts", {"matching": {"filter": {"hasOwner": True}}}))["count"] == 1


@pytest.mark.parametrize("mutation", CHANGES)
async def test_at_most_a_thousand_are_named(api: Api, mutation: str) -> None:
    made = await api.make_contact("0712000001")
    before = await stored_rows(api)

    ids = await chosen(api, mutation, {"ids": [made] * 1001})
    numbers = await chosen(api, mutation, {"phones": ["0712000001"] * 1001})
    unchanged = await stored_rows(api)

    message = "The list has 1001 items; at most 1000 are allowed."
    assert ids == refused(refusal("TOO_MANY", message, "contacts", "ids"))
    assert numbers == refused(refusal("TOO_MANY", message, "contacts", "phones"))
    assert unchanged == before
    assert (await chosen(api, mutation, {"ids": [made] * 1000}))["count"] == 1


async def test_the_first_thousand_of_the_changed_are_named_and_all_are_counted(api: Api) -> None:
    for first in (0, 1000):
        rows = [{"phone": f"0712{number:06}"} for number in range(first, first + 600)]
        await mutate(api, "bulkCreateContacts", "summary { created }", contacts=rows)

    answer = await chosen(api, "tagContacts", {"matching": {"filter": {}, "expectedCount": 1200}})

    assert (answer["count"], len(set(answer["contactIds"]))) == (1200, 1000)


@pytest.mark.parametrize("mutation", CHANGES)
async def test_contacts_of_other_accounts_are_not_chosen(api: Api, stranger: Api, mutation: str) -> None:
    ours, theirs = await api.make_contact("0712000001"), await stranger.make_contact("0712000002")
    before = await stored_rows(stranger)

    by_ids = await chosen(api, mutation, {"ids": [theirs, ours]})
    by_numbers = await chosen(api, mutation, {"phones": ["0712000002"]})
    by_filter = await chosen(api, mutation, {"matching": {"filter": {"ids": [theirs]}, "expectedCount": 0}})

    assert by_ids == {"count": 1, "contactIds": [ours], "errors": []}
    assert by_numbers == by_filter == {"count": 0, "contactIds": [], "errors": []}
    assert await stored_rows(stranger) == before


async def test_what_is_wrong_with_a_choice_is_told_with_its_place(api: Api) -> None:
    clients = await api.make_list("Clients")
    before = await stored_rows(api)

    async def told(choice: dict[str, Any]) -> Any:
        answer = await chosen(api, "trashContacts", choice)
        return [(error["code"], ".".join(error["path"])) for error in answer["errors"]]

    matching = "input.contacts.matching.filter"
    assert await told({"ids": ["cnt_1"]}) == [("INVALID_ID", "input.contacts.ids.0")]
    assert await told({"matching": {"filter": {"and": [{}, {"ids": [clients]}]}}}) == [
        ("INVALID_ID", f"{matching}.and.1.ids.0")
    ]
    assert await told({"matching": {"filter": {"not": {"phones": ["1"] * 1001}}}}) == [
        ("TOO_MANY", f"{matching}.not.phones")
    ]
    assert await told({"matching": {"filter": {"search": "x" * 201}}}) == [("TOO_LONG", f"{matching}.search")]
    assert await stored_rows(api) == before
