"""bulkCreateContacts saves a batch of contacts: each row on its own, in order."""

from typing import Any

import pytest

from tests.support.api_client import MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.mutations import (
    NO_ROWS,
    bulk_create,
    contacts,
    list_counts,
    no_number,
    refusal,
    tag_counts,
    taken_external_id,
    taken_number,
    trash,
)
from tests.support.snapshot import stored_counts, stored_rows, true_counts


def row_result(index: int, outcome: str, contact: Any = None, error: Any = None) -> dict[str, Any]:
    return {"index": index, "outcome": outcome, "contact": contact, "error": error}


async def test_each_row_is_told_how_it_ended(api: Api) -> None:
    there = await api.make_contact("0712000001", firstName="Ann")
    holder = await api.make_contact("0712000002", externalId="a")

    answer = await bulk_create(
        api,
        "phone firstName",
        [
            {"phone": "0712000001", "firstName": "Bea"},
            {"phone": "0712000003", "firstName": "Cleo"},
            {"phone": ""},
            {"phone": "12"},
            {"phone": "0712000004", "email": "dora"},
            {"phone": "0712000005", "externalId": "a"},
            {"phone": "+254202222222", "firstName": "Line"},
        ],
    )

    email = "This is not an e-mail address: An email address must have an @-sign."
    few = "The number has too few digits for a number of KE; the area code may be missing."
    at = "contacts"
    assert answer == {
        "summary": NO_ROWS
        | {"total": 7, "imported": 2, "valid": 1, "invalid": 1, "skipped": 5, "rejected": 4, "created": 2},
        "results": [
            row_result(0, "SKIPPED", {"phone": "+254712000001", "firstName": "Ann"}),
            row_result(1, "CREATED", {"phone": "+254712000003", "firstName": "Cleo"}),
            row_result(2, "FAILED", error=refusal("MISSING_CONTACT", "No phone number is given.", at, "2", "phone")),
            row_result(3, "FAILED", error=no_number(few, at, "3", "phone", value="12")),
            row_result(4, "FAILED", error=refusal("INVALID_EMAIL", email, at, "4", "email")),
            row_result(5, "FAILED", error=taken_external_id(holder, at, "5", "externalId")),
            row_result(6, "CREATED", {"phone": "+254202222222", "firstName": "Line"}),
        ],
        "errors": [],
    }
    assert [one["id"] for one in await contacts(api, "id", phones=["0712000001"])] == [there]


@pytest.mark.parametrize(
    ("if_exists", "outcomes", "kept_name"),
    [
        ("ERROR", ["CREATED", "FAILED", "FAILED"], "Ann Kamau"),
        ("SKIP", ["CREATED", "SKIPPED", "SKIPPED"], "Ann Kamau"),
        ("UPDATE", ["CREATED", "UPDATED", "UPDATED"], "Cleo Njeri"),
    ],
)
async def test_a_second_row_of_a_number_meets_what_the_first_made(
    api: Api, if_exists: str, outcomes: list[str], kept_name: str
) -> None:
    rows = [
        {"phone": "0712345678", "firstName": "Ann", "lastName": "Kamau", "tags": ["a"]},
        {"phone": "+254 712 345 678", "firstName": "Bea", "tags": ["b"]},
        {"phone": "254712345678", "firstName": "Cleo", "lastName": "Njeri", "tags": ["a", "c"]},
    ]

    answer = await bulk_create(api, "id name", rows, ifExists=if_exists)

    (made,) = await contacts(api, "id name tags")
    assert [result["outcome"] for result in answer["results"]] == outcomes
    assert made["name"] == kept_name
    assert made["tags"] == (["a", "b", "c"] if if_exists == "UPDATE" else ["a"])
    if if_exists == "ERROR":
        assert [result["error"] for result in answer["results"]] == [
            None,
            taken_number(made["id"], "contacts", "1", "phone"),
            taken_number(made["id"], "contacts", "2", "phone"),
        ]
    else:
        assert {result["contact"]["id"] for result in answer["results"]} == {made["id"]}
    assert await stored_counts(api) == await true_counts(api)


async def test_a_row_that_failed_leaves_its_number_to_the_next(api: Api) -> None:
    rows = [{"phone": "0712345678", "email": "ann"}, {"phone": "0712345678", "firstName": "Bea"}]

    answer = await bulk_create(api, "firstName", rows, ifExists="ERROR")

    assert [result["outcome"] for result in answer["results"]] == ["FAILED", "CREATED"]
    assert await contacts(api, "firstName") == [{"firstName": "Bea"}]


async def test_an_update_that_fails_leaves_no_trace_in_the_rows_after_it(api: Api) -> None:
    holder = await api.make_contact("0712000001", externalId="a")
    await api.make_contact("0712000002", firstName="Ann")

    answer = await bulk_create(
        api,
        "firstName tags",
        [
            {"phone": "0712000002", "firstName": "Bea", "tags": ["x"], "externalId": "a"},
            {"phone": "0712000002", "lastName": "Kamau"},
        ],
        ifExists="UPDATE",
    )

    assert answer["results"] == [
        row_result(0, "FAILED", error=taken_external_id(holder, "contacts", "0", "externalId")),
        row_result(1, "UPDATED", {"firstName": "Ann", "tags": []}),
    ]
    assert await tag_counts(api) == {}


async def test_an_external_id_can_go_from_hand_to_hand_within_a_batch(api: Api) -> None:
    await api.make_contact("0712000001", externalId="a")
    await api.make_contact("0712000002", externalId="b")

    answer = await bulk_create(
        api,
        "phone externalId",
        [
            {"phone": "0712000001", "externalId": "c"},
            {"phone": "0712000002", "externalId": "a"},
            {"phone": "0712000003", "externalId": "b"},
            {"phone": "0712000004", "externalId": "a"},
        ],
        ifExists="UPDATE",
    )

    assert [result["outcome"] for result in answer["results"]] == ["UPDATED", "UPDATED", "CREATED", "FAILED"]
    assert await contacts(api, "phone externalId") == [
        {"phone": "+254712000001", "externalId": "c"},
        {"phone": "+254712000002", "externalId": "a"},
        {"phone": "+254712000003", "externalId": "b"},
    ]


async def test_two_rows_with_one_external_id_are_one_contact_and_one_refusal(api: Api) -> None:
    rows = [{"phone": "0712000001", "externalId": "a"}, {"phone": "0712000002", "externalId": " a "}]

    answer = await bulk_create(api, "id", rows)

    first, second = answer["results"]
    assert first["outcome"] == "CREATED"
    assert second == row_result(
        1, "FAILED", error=taken_external_id(first["contact"]["id"], "contacts", "1", "externalId")
    )


async def test_a_row_that_names_what_is_not_there_fails_alone(api: Api, stranger: Api) -> None:
    theirs = await stranger.make_list("Theirs")
    others = await stranger.make_contact("0712000009")

    answer = await bulk_create(
        api,
        "phone",
        [
            {"phone": "0712000001", "listIds": [theirs]},
            {"phone": "0712000002", "ownerId": stranger.user_id},
            {"phone": "0712000003", "assigneeIds": [stranger.user_id]},
            {"phone": "0712000004", "assignedToEmail": "nobody@example.com"},
            {"phone": "0712000005", "listIds": [others]},
            {"phone": "0712000006", "region": "XX"},
            {"phone": "0712000007"},
        ],
    )

    told_codes = [
        result["error"] and (result["error"]["code"], *result["error"]["path"]) for result in answer["results"]
    ]
    assert told_codes == [
        ("NOT_FOUND", "input", "contacts", "0", "listIds", "0"),
        ("NOT_FOUND", "input", "contacts", "1", "ownerId"),
        ("NOT_FOUND", "input", "contacts", "2", "assigneeIds", "0"),
        ("NOT_FOUND", "input", "contacts", "3", "assignedToEmail"),
        ("INVALID_ID", "input", "contacts", "4", "listIds", "0"),
        ("INVALID", "input", "contacts", "5", "region"),
        None,
    ]
    assert await contacts(api, "phone") == [{"phone": "+254712000007"}]


async def test_a_row_can_have_everything_that_a_contact_has(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    clients = await api.make_list("Clients")

    answer = await bulk_create(
        api.at(TUESDAY),
        "phone notes tags customVariables senderNumber lists { name } owner { name } ownedAt assignees { name }",
        [
            {
                "phone": "0712345678",
                "region": "TZ",
                "notes": "a\nb",
                "tags": ["b", "a"],
                "customVariables": {"Shoe size": "38"},
                "senderNumber": "+254722000000",
                "listIds": [clients],
                "ownerId": bob_id,
                "assigneeIds": [api.user_id],
            }
        ],
    )

    assert answer["results"][0]["contact"] == {
        "phone": "+255712345678",
        "notes": "a\nb",
        "tags": ["a", "b"],
        "customVariables": {"Shoe size": "38"},
        "senderNumber": "+254722000000",
        "lists": [{"name": "Clients"}],
        "owner": {"name": "Bob"},
        "ownedAt": iso(TUESDAY),
        "assignees": [{"name": "Ada"}],
    }


# ------------------------------------------------------------------ sizes


@pytest.mark.parametrize(
    ("count", "code", "message"),
    [
        (0, "REQUIRED", "There must be at least one row."),
        (1001, "TOO_MANY", "The list has 1001 rows; at most 1000 are allowed."),
    ],
)
async def test_a_batch_of_none_or_too_many_rows_is_refused(api: Api, count: int, code: str, message: str) -> None:
    before = await stored_rows(api)

    answer = await bulk_create(api, "id", [{"phone": f"0712{number:06}"} for number in range(count)])

    assert answer == {"summary": None, "results": [], "errors": [refusal(code, message, "contacts")]}
    assert await stored_rows(api) == before


@pytest.mark.parametrize("if_exists", ["ERROR", "SKIP", "UPDATE"])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(api: Api, if_exists: str) -> None:
    clients, bob_id = await api.make_list("Clients"), (await api.make_user("Bob"))[0]

    async def statements(first: int, count: int) -> int:
        rows = [
            {
                "phone": f"07{number:08}",
                "externalId": f"x{first}-{number}",
                "tags": [f"t{number % 50}"],
                "listIds": [clients],
                "assigneeIds": [bob_id],
            }
            for number in range(first, first + count)
        ]
        rows.append(rows[0] | {"firstName": "Again"})
        with counted_statements() as seen:
            answer = await bulk_create(
                api, "id tags lists { name } assignees { name }", rows, ifExists=if_exists, listId=clients
            )
        assert answer["summary"]["created"] == count
        return len(seen)

    few, many = await statements(12_000_000, 2), await statements(13_000_000, 999)

    assert few == many <= 16
    assert await list_counts(api) == {"Clients": 1001}


async def test_results_can_be_asked_for_by_outcome(api: Api) -> None:
    await api.make_contact("0712000001")

    text = """
    mutation ($input: BulkCreateContactsInput!) { bulkCreateContacts(input: $input) {
      failed: results(only: [FAILED]) { index } some: results(only: [CREATED, SKIPPED]) { index }
      none: results(only: []) { index } all: results(only: null) { index }
    } }
    """
    rows = [{"phone": "0712000001"}, {"phone": ""}, {"phone": "0712000002"}]
    answer = await api.run(text, input={"contacts": rows})

    assert answer["bulkCreateContacts"] == {
        "failed": [{"index": 1}],
        "some": [{"index": 0}, {"index": 2}],
        "none": [],
        "all": [{"index": 0}, {"index": 1}, {"index": 2}],
    }


async def test_contacts_in_the_trash_are_made_anew(api: Api) -> None:
    trashed = await api.make_contact("0712000001", firstName="Ann", externalId="a")
    await trash(api, [trashed])

    answer = await bulk_create(
        api, "firstName ownedAt", [{"phone": "0712000001", "externalId": "a"}], ifExists="UPDATE"
    )

    assert answer["results"] == [row_result(0, "CREATED", {"firstName": None, "ownedAt": iso(MONDAY)})]
