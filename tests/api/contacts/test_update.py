"""updateContact: unset fields stay, null clears, and concurrent updates lose nothing."""

import asyncio
from typing import Any
from unittest.mock import ANY

import pytest

from models.db import database
from tests.support.api_client import DAY, MONDAY, TUESDAY, Api, iso
from tests.support.mutations import (
    contact,
    list_counts,
    mutate,
    no_number,
    refusal,
    tag_counts,
    taken_external_id,
    taken_number,
    trash,
    update,
)
from tests.support.snapshot import stored_counts, stored_rows, true_counts

SHOWN = """
phone firstName lastName name email companyName notes tags customVariables externalId senderNumber
owner { name } ownedAt assignees { name } lists { name } createdAt updatedAt
"""
GONE = {"contact": None, "errors": [refusal("NOT_FOUND", "There is no such contact.", "contact")]}


async def full(api: Api) -> tuple[str, Any]:
    """Creates a contact with a value in every field. Returns its id and its fields."""
    made = await api.make_contact(
        "0712345678",
        firstName="Ann",
        lastName="Kamau",
        name="Mama Ann",
        email="ann@example.com",
        companyName="Safari",
        notes="a\nb",
        tags=["a", "b"],
        customVariables={"Plan": "gold", "Size": "38"},
        externalId="x",
        senderNumber="0722000000",
        listIds=[await api.make_list("Clients")],
        assigneeIds=[api.user_id],
    )
    return made, await contact(api, made, SHOWN)


async def test_what_is_not_given_stays(api: Api) -> None:
    made, shown = await full(api)

    answer = await update(api.at(TUESDAY), made, SHOWN, lastName="Njeri")

    assert answer == {"contact": shown | {"lastName": "Njeri", "updatedAt": iso(TUESDAY)}, "errors": []}
    assert await contact(api, made, SHOWN) == answer["contact"]


async def test_a_change_of_nothing_writes_nothing(api: Api) -> None:
    made, shown = await full(api)
    before = await stored_rows(api)

    nothing = await update(api.at(TUESDAY), made, SHOWN)
    the_same = await update(
        api.at(TUESDAY), made, SHOWN, phone="0712 345 678", firstName=" Ann ", tags=["b", "a"], ownerId=api.user_id
    )

    assert nothing == the_same == {"contact": shown, "errors": []}
    assert await stored_rows(api) == before


TEXTS = ["firstName", "lastName", "name", "email", "companyName", "notes", "externalId", "senderNumber"]


@pytest.mark.parametrize("empty", [None, "", "  "])
async def test_null_and_blank_texts_clear(api: Api, empty: str | None) -> None:
    made, shown = await full(api)

    answer = await update(api, made, SHOWN, **dict.fromkeys(TEXTS, empty))

    assert answer == {"contact": shown | dict.fromkeys(TEXTS), "errors": []}


async def test_null_makes_lists_empty(api: Api) -> None:
    made, shown = await full(api)

    answer = await update(
        api, made, SHOWN, tags=None, customVariables=None, listIds=None, assigneeIds=None, ownerId=None
    )

    cleared: dict[str, Any] = {
        "tags": [],
        "customVariables": {},
        "lists": [],
        "assignees": [],
        "owner": None,
        "ownedAt": None,
    }
    assert answer == {"contact": shown | cleared, "errors": []}
    assert (await list_counts(api), await tag_counts(api)) == ({"Clients": 0}, {})


async def test_a_number_cannot_be_null_or_blank(api: Api) -> None:
    made, _ = await full(api)
    before = await stored_rows(api)

    null = await update(api, made, "id", phone=None, firstName="Bea")
    blank = await update(api, made, "id", phone=" ", firstName="Bea")
    none = await update(api, made, "id", phone="12", firstName="Bea")

    message = "The number has too few digits for a number of KE; the area code may be missing."
    assert null["errors"] == [refusal("REQUIRED", "A contact's number can't be null.", "phone")]
    assert blank["errors"] == [refusal("MISSING_CONTACT", "No phone number is given.", "phone")]
    assert none["errors"] == [no_number(message, "phone", value="12")]
    assert await stored_rows(api) == before


# ------------------------------------------------------------------ the number


async def test_a_new_number_brings_all_that_follows_from_it(api: Api) -> None:
    made = await api.make_contact("0712345678", firstName="Ann")
    await api.run('mutation { optOut(input: {phone: "+255713345678"}) { errors { code } } }')
    await database.execute(
        "INSERT INTO phone_history (account_id, phone, last_inbound_at) VALUES ($1, $2, $3)",
        api.account_id,
        "+255713345678",
        MONDAY,
    )
    await database.execute("UPDATE contact SET verified_at = $2 WHERE account_id = $1", api.account_id, MONDAY)

    answer = await update(
        api,
        made,
        "phone firstName country operator { name country } timeZones status isOptedOut isVerified lastInboundAt",
        phone="0713 345 678",
        region="TZ",
    )

    assert answer["contact"] == {
        "phone": "+255713345678",
        "firstName": "Ann",
        "country": "TZ",
        "operator": {"name": "Yas", "country": "TZ"},
        "timeZones": ["Africa/Dar_es_Salaam"],
        "status": "VALID",
        "isOptedOut": True,
        "isVerified": False,
        "lastInboundAt": iso(MONDAY),
    }
    assert (await api.run('{ contacts(filter: {search: "713345"}) { nodes { id } } }'))["contacts"]["nodes"] == [
        {"id": made}
    ]


async def test_a_number_that_another_contact_has_is_refused_and_that_contact_named(api: Api) -> None:
    made, _ = await full(api)
    holder = await api.make_contact("0733345678", externalId="taken")
    before = await stored_rows(api)

    answer = await update(api, made, "id", phone="0733 345 678", externalId="taken", firstName="Bea", listIds=[])

    assert answer == {
        "contact": None,
        "errors": [taken_number(holder, "phone"), taken_external_id(holder, "externalId")],
    }
    assert await stored_rows(api) == before


async def test_the_number_of_a_contact_in_the_trash_is_free(api: Api) -> None:
    made, _ = await full(api)
    await trash(api, [await api.make_contact("0733345678", externalId="free")])

    answer = await update(api, made, "phone externalId", phone="0733345678", externalId="free")

    assert answer == {"contact": {"phone": "+254733345678", "externalId": "free"}, "errors": []}


# ------------------------------------------------------------------ which contact


async def test_a_contact_is_named_by_its_number_or_external_id_too(api: Api) -> None:
    made, _ = await full(api)

    by_phone = await mutate(
        api, "updateContact", "contact { id firstName }", contact={"phone": "0712345678"}, firstName="B"
    )
    by_external_id = await mutate(
        api, "updateContact", "contact { id firstName }", contact={"externalId": "x"}, firstName="C"
    )

    assert by_phone == {"contact": {"id": made, "firstName": "B"}, "errors": []}
    assert by_external_id == {"contact": {"id": made, "firstName": "C"}, "errors": []}


async def test_a_contact_that_is_not_there_is_not_found(api: Api, stranger: Api) -> None:
    theirs = await stranger.make_contact("0712345678", externalId="x")
    before = await stored_rows(stranger)

    for key in (
        {"id": theirs},
        {"phone": "0712345678"},
        {"phone": "call me"},
        {"externalId": "x"},
        {"externalId": "\x00"},
    ):
        answer = await mutate(api, "updateContact", "contact { id }", contact=key, firstName="B")

        assert answer == GONE
    assert await stored_rows(stranger) == before


async def test_a_contact_in_the_trash_is_not_changed(api: Api) -> None:
    made, _ = await full(api)
    await trash(api, [made])
    before = await stored_rows(api)

    by_id = await update(api, made, "id", firstName="B")
    by_phone = await mutate(api, "updateContact", "contact { id }", contact={"phone": "0712345678"}, firstName="B")
    after_its_time = await update(api.later(91 * DAY), made, "id", firstName="B")

    message = "The contact is in the trash; restore it first."
    assert by_id == {"contact": None, "errors": [refusal("IN_TRASH", message, "contact")]}
    assert by_phone == after_its_time == GONE
    assert await stored_rows(api) == before


# ------------------------------------------------------------------ tags, variables, lists


async def test_tags_are_replaced_and_counted(api: Api) -> None:
    made = await api.make_contact("0712345678", tags=["a", "b"])
    await api.make_contact("0733345678", tags=["b", "c"])

    answer = await update(api, made, "tags", tags=["d", " c ", "d"])

    assert answer["contact"] == {"tags": ["c", "d"]}
    assert await tag_counts(api) == {"b": 1, "c": 2, "d": 1}


async def test_custom_variables_merge_and_null_removes_a_key(api: Api) -> None:
    made = await api.make_contact("0712345678", customVariables={"Plan": "gold", "Size": "38", "Car": "no"})

    answer = await update(
        api, made, "customVariables", customVariables={"Plan": None, "Size": "39", "New": "", "Gone": None}
    )

    assert answer["contact"] == {"customVariables": {"Size": "39", "Car": "no", "New": ""}}


async def test_what_the_fields_cannot_hold_is_refused_all_at_once(api: Api) -> None:
    made = await api.make_contact("0712345678", customVariables={str(number): "x" for number in range(100)})
    before = await stored_rows(api)

    wrong = await update(
        api, made, "id", firstName="a\x00", email="ann", tags=["a;"], customVariables={"a": 1}, notes="x" * 10_001
    )
    many = await update(api, made, "id", customVariables={"more": "x"})
    swapped = await update(api, made, "id", region="XX", phone=None, firstName="B")
    nowhere = await update(api, made, "id", region="XX", phone="0712345679", email="ann")

    assert [(error["code"], error["path"][1:]) for error in wrong["errors"]] == [
        ("INVALID", ["firstName"]),
        ("INVALID_EMAIL", ["email"]),
        ("TOO_LONG", ["notes"]),
        ("INVALID", ["tags", "0"]),
        ("INVALID", ["customVariables", "a"]),
    ]
    assert many["errors"] == [
        refusal("TOO_MANY", "A contact has at most 100 custom variables; it would have 101.", "customVariables")
    ]
    message = "'XX' is not a region that libphonenumber knows."
    assert swapped["errors"] == [
        refusal("REQUIRED", "A contact's number can't be null.", "phone"),
        refusal("INVALID", message, "region"),
    ]
    assert nowhere["errors"] == [refusal("INVALID", message, "region"), refusal("INVALID_EMAIL", ANY, "email")]
    assert await stored_rows(api) == before


async def test_list_ids_are_a_full_sync(api: Api) -> None:
    left, stays, new = [await api.make_list(name) for name in ("Left", "Stays", "New")]
    made = await api.make_contact("0712345678", listIds=[left, stays])

    answer = await update(api.at(TUESDAY), made, "lists { name contactCount } updatedAt", listIds=[new, stays, new])

    lists = [{"name": "New", "contactCount": 1}, {"name": "Stays", "contactCount": 1}]
    assert answer == {"contact": {"lists": lists, "updatedAt": iso(TUESDAY)}, "errors": []}
    assert await list_counts(api) == {"Left": 0, "New": 1, "Stays": 1}


async def test_a_list_that_is_not_there_refuses_the_whole_change(api: Api, stranger: Api) -> None:
    made, _ = await full(api)
    ours, theirs = await api.make_list("Ours"), await stranger.make_list("Theirs")
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    unknown = await update(api, made, "id", firstName="B", tags=["new"], listIds=[ours, theirs])
    wrong = await update(api, made, "id", firstName="B", listIds=[ours, made])
    many = await update(api, made, "id", firstName="B", listIds=[ours] * 1001)

    assert unknown["errors"] == [refusal("NOT_FOUND", "There is no such list.", "listIds", "1")]
    assert [(error["code"], error["path"]) for error in wrong["errors"]] == [("INVALID_ID", ["input", "listIds", "1"])]
    assert many["errors"] == [refusal("TOO_MANY", "The list has 1001 IDs; at most 1000 are allowed.", "listIds")]
    assert await stored_rows(api) == before
    assert await stored_rows(stranger) == before_theirs


# ------------------------------------------------------------------ at once


async def test_changes_at_once_lose_nothing_of_each_other(api: Api) -> None:
    made = await api.make_contact("0712345678")
    lists = [await api.make_list(f"List {number}") for number in range(2)]
    texts = {"firstName": "Ann", "lastName": "Kamau", "email": "ann@example.com", "notes": "n", "externalId": "x"}

    answers = await asyncio.gather(
        *(update(api, made, "id", **{name: value}) for name, value in texts.items()),
        *(update(api, made, "id", customVariables={f"v{number}": "x"}) for number in range(6)),
        update(api, made, "id", tags=["a"]),
        update(api, made, "id", listIds=lists),
        update(api, made, "id", phone="0733345678"),
        update(api, made, "id", assigneeIds=[api.user_id]),
        mutate(api, "tagContacts", "count", contacts={"ids": [made]}, add=[]),
    )

    assert [answer["errors"] for answer in answers] == [[]] * len(answers)
    shown = await contact(
        api, made, f"{' '.join(texts)} customVariables tags phone assignees {{ name }} lists {{ name }}"
    )
    assert shown == texts | {
        "customVariables": {f"v{number}": "x" for number in range(6)},
        "tags": ["a"],
        "phone": "+254733345678",
        "assignees": [{"name": "Ada"}],
        "lists": [{"name": "List 0"}, {"name": "List 1"}],
    }
    assert await stored_counts(api) == await true_counts(api)
