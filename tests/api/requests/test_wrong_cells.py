"""A wrongly typed value in a row of a batch fails the row and no other. Numbers become texts."""

from typing import Any

import orjson
import pytest

from schema.execution import RequestError
from tests.support.api_client import MONDAY, Api, iso
from tests.support.campaign_requests import ERROR, add
from tests.support.messages import PHONE
from tests.support.mutations import bulk_create, contacts, no_number, record_messages, refusal
from tests.support.review_requests import entries
from tests.support.rows import make_campaign
from tests.support.servers.http_client import HttpServer

NO_OFFSET = "DateTime must be an ISO 8601 string with a UTC offset, such as 2026-01-31T09:30:00Z, not {}."
UNSET = "This can't be unset or null."
NO_OBJECT = "A row must be an object."
NO_PHONE = "No phone number is given."


def errors_of(results: list[Any]) -> list[Any]:
    return [result["error"] for result in results]


async def test_contacts(api: Api) -> None:
    rows: list[Any] = [
        {"phone": 254712000001, "firstName": 5, "tags": [7], "customVariables": {"age": 41}, "externalId": 1.5},
        {"phone": None},
        {"name": "Amina"},
        {"phone": True},
        {"phone": "0712000002", "notes": ["a"], "email": {"a": 1}},
        {"phone": "0712000003", "tags": ["a", None]},
        {"phone": "0712000004", "customVariables": [1]},
        {"phone": "0712000005", "nick": "A"},
        None,
        [["0712000006"]],
        {"phone": "0712000007", "ownerId": False},
        {"phone": 254712000008.0},
    ]

    payload = await bulk_create(api, "phone", rows)

    assert errors_of(payload["results"]) == [
        None,
        refusal("MISSING_CONTACT", NO_PHONE, "contacts", "1", "phone"),
        refusal("MISSING_CONTACT", NO_PHONE, "contacts", "2", "phone"),
        no_number("PhoneNumber must be a string, not True.", "contacts", "3", "phone", value="true"),
        refusal("INVALID", "String cannot represent a non string value: {'a': '1'}", "contacts", "4", "email"),
        refusal("INVALID", "Expected value of non-null type 'String!' not to be None.", "contacts", "5", "tags", "1"),
        refusal("INVALID", "StringMap must be an object, not ['1'].", "contacts", "6", "customVariables"),
        refusal("INVALID", "ContactInput has no such field.", "contacts", "7", "nick"),
        refusal("REQUIRED", NO_OBJECT, "contacts", "8"),
        refusal("INVALID", NO_OBJECT, "contacts", "9"),
        refusal("INVALID", "ID cannot represent value: False", "contacts", "10", "ownerId"),
        None,
    ]
    assert (payload["summary"]["created"], payload["summary"]["rejected"]) == (2, 10)
    assert await contacts(api, "phone firstName tags customVariables externalId") == [
        {
            "phone": "+254712000001",
            "firstName": "5",
            "tags": ["7"],
            "customVariables": {"age": "41"},
            "externalId": "1.5",
        },
        {"phone": "+254712000008", "firstName": None, "tags": [], "customVariables": {}, "externalId": None},
    ]


async def test_contacts_in_a_variable_of_their_own_and_alone(api: Api) -> None:
    text = """
    mutation ($rows: [ContactInput!]!) {
      bulkCreateContacts(input: {contacts: $rows}) { results { outcome error { code path } } }
    }
    """

    both = await api.run(text, rows=[{"phone": "0712000001", "name": [1]}, {"phone": 254712000002}])
    alone = await api.run(text, rows={"phone": {}})

    failed = {"outcome": "FAILED", "error": {"code": "INVALID", "path": ["input", "contacts", "0", "name"]}}
    assert both["bulkCreateContacts"]["results"] == [failed, {"outcome": "CREATED", "error": None}]
    assert alone["bulkCreateContacts"]["results"] == [
        {"outcome": "FAILED", "error": {"code": "INVALID_PHONE_NUMBER", "path": ["input", "contacts", "0", "phone"]}}
    ]


async def test_a_single_contact_is_still_refused_as_a_whole(api: Api) -> None:
    text = "mutation ($input: CreateContactInput!) { createContact(input: $input) { errors { code path } } }"

    unset = await api.run(text, input={"contact": {"phone": None}})
    with pytest.raises(RequestError, match="PhoneNumber must be a string, not True"):
        await api.ask(text, input={"contact": {"phone": True}})

    assert unset["createContact"]["errors"] == [{"code": "MISSING_CONTACT", "path": ["input", "contact", "phone"]}]


async def test_contacts_of_a_campaign(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    rows: list[Any] = [
        {"contact": 712000001, "name": 5, "externalId": 6},
        {"contact": ["0712000002"]},
        {"contact": "0712000003", "extractedData": "x"},
        {},
        {"contact": "0712000004", "name": None},
        "0712000005",
    ]

    payload = await add(api, spring, *rows, selected="name externalId")

    assert [(row["phone"], row["campaignContact"]) for row in payload["results"]] == [
        ("+254712000001", {"name": "5", "externalId": "6"}),
        ('["0712000002"]', None),
        ("+254712000003", None),
        (None, None),
        ("+254712000004", {"name": None, "externalId": None}),
        (None, None),
    ]
    list_as_phone = "PhoneNumber must be a string, not ['0712000002']."
    assert errors_of(payload["results"]) == [
        None,
        no_number(list_as_phone, "contacts", "1", "contact", value='["0712000002"]'),
        refusal("INVALID", "JSONObject must be an object, not 'x'.", "contacts", "2", "extractedData"),
        refusal("MISSING_CONTACT", NO_PHONE, "contacts", "3", "contact"),
        None,
        refusal("INVALID", NO_OBJECT, "contacts", "5"),
    ]


async def test_messages(api: Api) -> None:
    stop = {"phone": PHONE, "direction": "INBOUND", "body": "STOP"}
    rows: list[Any] = [
        stop | {"body": "Hello", "occurredAt": "2026-01-05T09:30:00"},
        stop | {"occurredAt": iso(MONDAY)},
        stop | {"body": ["STOP"]},
        stop | {"externalId": {"sid": 1}},
        stop | {"direction": None},
        stop | {"direction": "IN", "kind": None},
        stop | {"phone": None},
        stop | {"phone": 254712000009, "body": 100, "externalId": 7},
        stop | {"status": 5, "channel": "sms", "occurredAt": 1767605400},
    ]

    payload = await record_messages(api, *rows, selected="body externalId")

    body = refusal("INVALID", "String cannot represent a non string value: ['STOP']", "messages", "2", "body")
    sid = "String cannot represent a non string value: {'sid': '1'}"
    assert errors_of(payload["results"]) == [
        refusal("INVALID", NO_OFFSET.format("'2026-01-05T09:30:00'"), "messages", "0", "occurredAt"),
        None,
        body,
        refusal("INVALID", sid, "messages", "3", "externalId"),
        refusal("REQUIRED", UNSET, "messages", "4", "direction"),
        refusal("INVALID", "Value 'IN' does not exist in 'MessageDirection' enum.", "messages", "5", "direction"),
        refusal("MISSING_CONTACT", NO_PHONE, "messages", "6", "phone"),
        None,
        refusal("INVALID", "Value '5' does not exist in 'MessageStatus' enum.", "messages", "8", "status"),
    ]
    assert payload["results"][7]["message"] == {"body": "100", "externalId": "7"}
    assert (payload["summary"]["created"], payload["summary"]["failed"]) == (2, 7)
    assert await api.run("query ($phone: PhoneNumber!) { optOut(phone: $phone) { isOptedOut } }", phone=PHONE) == {
        "optOut": {"isOptedOut": True}
    }


async def test_a_review(api: Api) -> None:
    rows: list[Any] = [
        {"phoneNumber": 712000001, "firstName": 5, "columns": {"n": 1}},
        {"phoneNumber": False, "firstName": "Amina"},
        {"phoneNumber": "0712000001", "lastName": []},
        {"phoneNumber": "0712000002", "columns": [1]},
        7,
    ]

    found = await entries(api, rows, f"bucket phoneNumber firstName columns {ERROR}")

    assert [(one["bucket"], one["phoneNumber"], one["firstName"], one["columns"]) for one in found] == [
        ("NEW", "+254712000001", "5", {"n": 1}),
        ("INVALID", "false", "Amina", {}),
        ("INVALID", "0712000001", None, {}),
        ("INVALID", "0712000002", None, {}),
        ("INVALID", None, None, {}),
    ]
    assert errors_of(found) == [
        None,
        no_number("PhoneNumber must be a string, not False.", "contacts", "1", "phoneNumber", value="false"),
        refusal("INVALID", "String cannot represent a non string value: []", "contacts", "2", "lastName"),
        refusal("INVALID", "JSONObject must be an object, not ['1'].", "contacts", "3", "columns"),
        refusal("INVALID", NO_OBJECT, "contacts", "4"),
    ]


RECORD = """
mutation ($input: RecordMessagesInput!) {
  recordMessages(input: $input) { summary { created failed } results { message { body } error { code path } } }
}
"""


async def test_half_a_surrogate_becomes_a_replacement_character(site: HttpServer) -> None:
    """Also checks that an Idempotency-Key covers such a request, and that its price counts every row."""
    body = (
        b'{"query": %s, "variables": {"input": {"messages": ['
        b'{"phone": "0712000001", "direction": "INBOUND", "body": "so \\ud83d"},'
        b'{"phone": "0712000002", "direction": "INBOUND", "body": "\\\\ud83d \\uD83D\\uDE00 \\udE00"},'
        b'{"phone": "0712000003", "direction": "INBOUND", "body": "STOP", "occurredAt": "today"}]}}}'
    ) % orjson.dumps(RECORD)

    priced = await site.post(body, GraphQL_Cost="validate")
    first = await site.post(body, Idempotency_Key="a")
    again = await site.post(body, Idempotency_Key="a")

    assert first.json() == {
        "data": {
            "recordMessages": {
                "summary": {"created": 2, "failed": 1},
                "results": [
                    {"message": {"body": "so \N{REPLACEMENT CHARACTER}"}, "error": None},
                    {"message": {"body": "\\ud83d \N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"}, "error": None},
                    {
                        "message": None,
                        "error": {"code": "INVALID", "path": ["input", "messages", "2", "occurredAt"]},
                    },
                ],
            }
        }
    }
    assert again.json() == first.json() | {"extensions": {"idempotency": {"replayed": True}}}
    assert priced.json()["extensions"]["cost"]["requested"] > 3 * 20
    broken = await site.post(body[:-1])
    assert (broken.status_code, broken.json()["errors"][0]["message"][:26]) == (400, "The body is not valid JSON")
