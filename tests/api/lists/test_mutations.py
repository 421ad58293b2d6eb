"""Lists are created, renamed, filled, emptied and deleted."""

import asyncio
from typing import Any

import pytest

from tests.support.api_client import MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.mutations import contact, contacts, list_counts, mutate, refusal, trash
from tests.support.snapshot import stored_counts, stored_rows, true_counts

LIST = "contactList { name description contactCount createdAt updatedAt }"
TAKEN = refusal("DUPLICATE_NAME", "Another list has this name.", "name")
GONE = "There is no such list."


async def made(api: Api, **given: Any) -> Any:
    return await mutate(api, "createContactList", LIST, **given)


async def changed(api: Api, list_id: str, **changes: Any) -> Any:
    return await mutate(api, "updateContactList", LIST, id=list_id, **changes)


async def added(api: Api, list_id: str, *ids: str) -> Any:
    asked = "added contactList { contactCount }"
    return await mutate(api, "addContactsToList", asked, listId=list_id, contacts={"ids": list(ids)})


async def removed(api: Api, list_id: str, *ids: str) -> Any:
    asked = "removed contactList { contactCount }"
    return await mutate(api, "removeContactsFromList", asked, listId=list_id, contacts={"ids": list(ids)})


def clients(**more: Any) -> dict[str, Any]:
    shown = {
        "name": "Clients",
        "description": None,
        "contactCount": 0,
        "createdAt": iso(MONDAY),
        "updatedAt": iso(MONDAY),
    }
    return {"contactList": shown | more, "errors": []}


# ------------------------------------------------------------------ made and changed


async def test_a_list_is_made_empty(api: Api) -> None:
    answer = await made(api, name=" Clients ", description=" Of 2026\nand before ")

    assert answer == clients(description="Of 2026\nand before")


@pytest.mark.parametrize("name", ["Clients", "CLIENTS", " clients "])
async def test_a_name_is_unique_without_regard_to_case(api: Api, stranger: Api, name: str) -> None:
    await api.make_list("Clients")
    other = await api.make_list("Leads")
    before = await stored_rows(api)

    created = await made(api, name=name)
    renamed = await changed(api.at(TUESDAY), other, name=name, description="new")
    elsewhere = await made(stranger, name=name)

    assert created == renamed == {"contactList": None, "errors": [TAKEN]}
    assert elsewhere["errors"] == []
    assert await stored_rows(api) == before


async def test_letters_of_other_scripts_have_their_case_as_well(api: Api) -> None:
    await api.make_list("\u00c9t\u00e9 \u0160ABAC STRASSE")

    answer = await made(api, name="e\u0301te\u0301 \u0161abac stra\u00dfe")

    assert answer["errors"] == [TAKEN]


async def test_a_list_may_change_the_case_of_its_own_name(api: Api) -> None:
    list_id = await api.make_list("Clients")

    answer = await changed(api.at(TUESDAY), list_id, name="CLIENTS")

    assert answer == clients(name="CLIENTS", updatedAt=iso(TUESDAY))


async def test_what_is_not_given_stays_and_null_clears(api: Api) -> None:
    created = await mutate(api, "createContactList", "contactList { id }", name="Clients", description="Old")
    list_id = created["contactList"]["id"]

    described = await changed(api, list_id, description="New")
    renamed = await changed(api, list_id, name="Leads")
    cleared = await changed(api, list_id, description=None)

    assert described == clients(description="New")
    assert renamed == clients(name="Leads", description="New")
    assert cleared == clients(name="Leads")


@pytest.mark.parametrize(
    ("given", "code", "message", "path"),
    [
        ({"name": "  "}, "REQUIRED", "A name can't be blank.", "name"),
        ({"name": "x" * 201}, "TOO_LONG", "At most 200 characters, not 201.", "name"),
        ({"name": "a\x00b"}, "INVALID", "Control characters can't be part of it.", "name"),
        ({"name": "a\nb"}, "INVALID", "Control characters can't be part of it.", "name"),
        ({"description": "x" * 2001}, "TOO_LONG", "At most 2000 characters, not 2001.", "description"),
        ({"description": "a\x07"}, "INVALID", "Control characters can't be part of it.", "description"),
    ],
)
async def test_what_a_list_cannot_be_called_is_refused(
    api: Api, given: dict[str, str], code: str, message: str, path: str
) -> None:
    list_id = await api.make_list("Clients")
    before = await stored_rows(api)

    created = await made(api, **({"name": "Leads"} | given))
    renamed = await changed(api, list_id, **given)

    assert created == renamed == {"contactList": None, "errors": [refusal(code, message, path)]}
    assert await stored_rows(api) == before


async def test_a_name_cannot_be_null(api: Api) -> None:
    list_id = await api.make_list("Clients")
    before = await stored_rows(api)

    answer = await changed(api, list_id, name=None, description="New")

    assert answer == {"contactList": None, "errors": [refusal("REQUIRED", "A name can't be blank.", "name")]}
    assert await stored_rows(api) == before


async def test_of_lists_of_one_name_made_at_once_one_is_made(api: Api) -> None:
    answers = await asyncio.gather(*(made(api, name=name) for name in ("Clients", "CLIENTS", "clients") * 3))

    assert sum(not answer["errors"] for answer in answers) == 1
    assert [answer["errors"] for answer in answers if answer["errors"]] == [[TAKEN]] * 8


# ------------------------------------------------------------------ filled and emptied


async def test_contacts_are_added_and_removed_and_counted(api: Api) -> None:
    list_id = await api.make_list("Clients")
    first, second = await api.make_contact("0712000001"), await api.make_contact("0712000002")

    steps = [
        (await added(api, list_id, first, second), {"added": 2, "contactList": {"contactCount": 2}, "errors": []}),
        (await added(api, list_id, first, first), {"added": 0, "contactList": {"contactCount": 2}, "errors": []}),
        (await removed(api, list_id, first), {"removed": 1, "contactList": {"contactCount": 1}, "errors": []}),
        (await removed(api, list_id, first), {"removed": 0, "contactList": {"contactCount": 1}, "errors": []}),
    ]

    for answer, expected in steps:
        assert answer == expected
    assert [one["id"] for one in await contacts(api, "id", listIds=[list_id])] == [second]


async def test_contacts_in_the_trash_and_of_others_are_left_alone(api: Api, stranger: Api) -> None:
    list_id = await api.make_list("Clients")
    member, trashed = await api.make_contact("0712000001", listIds=[list_id]), await api.make_contact("0712000002")
    await trash(api, [member, trashed])
    theirs = await stranger.make_contact("0712000001")
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    nobody = await added(api, list_id, trashed, theirs, "cnt_01jd8vq0c5fj2v7wq1x3ynm8za")
    none = await removed(api, list_id, member, theirs)

    assert nobody == {"added": 0, "contactList": {"contactCount": 0}, "errors": []}
    assert none == {"removed": 0, "contactList": {"contactCount": 0}, "errors": []}
    assert (await stored_rows(api), await stored_rows(stranger)) == (before, before_theirs)


async def test_contacts_of_a_list_are_chosen_by_number_and_by_filter(api: Api) -> None:
    list_id = await api.make_list("Clients")
    for number in range(3):
        await api.make_contact(f"071200000{number}", tags=["vip"] if number else [])

    by_number = await mutate(
        api, "addContactsToList", "added", listId=list_id, contacts={"phones": ["0712 000 000", "call me", ""]}
    )
    by_filter = await mutate(
        api, "addContactsToList", "added", listId=list_id, contacts={"matching": {"filter": {"allTags": ["vip"]}}}
    )
    out = await mutate(
        api,
        "removeContactsFromList",
        "removed",
        listId=list_id,
        contacts={"matching": {"filter": {"listIds": [list_id]}}},
    )

    assert (by_number["added"], by_filter["added"], out["removed"]) == (1, 2, 3)
    assert await list_counts(api) == {"Clients": 0}


# ------------------------------------------------------------------ deleted


async def test_a_list_is_deleted_and_its_contacts_stay(api: Api) -> None:
    list_id = await api.make_list("Clients")
    live = await api.make_contact("0712000001", listIds=[list_id])
    trashed = await api.make_contact("0712000002", listIds=[list_id])
    await trash(api, [trashed])

    answer = await mutate(api, "deleteContactList", "deletedId", id=list_id)
    await mutate(api, "restoreContacts", "count", contacts={"ids": [trashed]})

    assert answer == {"deletedId": list_id, "errors": []}
    assert await list_counts(api) == {}
    assert await contacts(api, "id lists { name }") == [{"id": live, "lists": []}, {"id": trashed, "lists": []}]


async def test_a_list_that_is_not_there_is_not_found(api: Api, stranger: Api) -> None:
    theirs = await stranger.make_list("Theirs")
    deleted, one = await api.make_list("Deleted"), await api.make_contact("0712000001")
    await mutate(api, "deleteContactList", "deletedId", id=deleted)
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    for list_id in (theirs, deleted):
        renamed = await changed(api, list_id, name="Mine")
        gone = await mutate(api, "deleteContactList", "deletedId", id=list_id)
        put_on, taken_off = await added(api, list_id, one), await removed(api, list_id, one)

        assert renamed == {"contactList": None, "errors": [refusal("NOT_FOUND", GONE, "id")]}
        assert gone == {"deletedId": None, "errors": [refusal("NOT_FOUND", GONE, "id")]}
        assert put_on == {"added": None, "contactList": None, "errors": [refusal("NOT_FOUND", GONE, "listId")]}
        assert taken_off == {"removed": None, "contactList": None, "errors": [refusal("NOT_FOUND", GONE, "listId")]}
    assert (await stored_rows(api), await stored_rows(stranger)) == (before, before_theirs)


@pytest.mark.parametrize("mutation", ["addContactsToList", "removeContactsFromList"])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_contacts(api: Api, mutation: str) -> None:
    list_id = await api.make_list("Clients")
    on_it = [] if mutation == "addContactsToList" else [list_id]
    ids = [await api.make_contact(f"07120000{number:02}", listIds=on_it) for number in range(51)]

    async def statements(*chosen: str) -> int:
        with counted_statements() as seen:
            await mutate(api, mutation, "contactList { contactCount }", listId=list_id, contacts={"ids": list(chosen)})
        return len(seen)

    assert await statements(*ids[:2]) == await statements(*ids[2:])
    assert await stored_counts(api) == await true_counts(api)
    assert (await contact(api, ids[0], "lists { contactCount }"))["lists"] == ([] if on_it else [{"contactCount": 51}])
