"""An answer has a limited size, whether its texts are long, repeated by aliases, or named by long aliases."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.servers.http_client import HttpServer, code_of, running_http_server
from web.http.media_types import JSON

LIMIT = 100_000
CREATE = """
mutation ($rows: [ContactInput!]!) {
  bulkCreateContacts(input: {contacts: $rows}) { results { contact { id notes } } }
}
"""
RECORD = "mutation ($rows: [MessageInput!]!) { recordMessages(input: {messages: $rows}) { results { outcome } } }"
UPDATE = """
mutation ($id: ID!, $notes: String) {
  updateContact(input: {contact: {id: $id}, notes: $notes}) { contact { SELECTED } }
}
"""
LIST = """
mutation ($text: String!) { createContactList(input: {name: "Farmers", description: $text}) { contactList { id } } }
"""
ADD = """
mutation ($list: ID!, $phones: [PhoneNumber!]!) {
  addContactsToList(input: {listId: $list, contacts: {phones: $phones}}) { added }
}
"""
PHONES = [f"+2547122231{number:02}" for number in range(5)]
BODIES = "{ contacts { nodes { messages(first: 100) { nodes { body } } } } }"
NOTES = "{ contacts { nodes { SELECTED } } }"


def aliased(field: str, count: int, prefix: str = "a") -> str:
    return " ".join(f"{prefix}{number}: {field}" for number in range(count))


@pytest.fixture(scope="module", params=[True, False], ids=["compiled", "graphql-core"])
def compiled(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
async def site(database_url: str, compiled: bool) -> AsyncIterator[HttpServer]:
    """Five contacts with notes of 1,000 characters, each with six messages of 5,000."""
    async with running_http_server(database_url, jobs=0, max_answer_characters=LIMIT, compiled=compiled) as site:
        rows = [{"phone": phone, "notes": "n" * 1_000} for phone in PHONES]
        messages = [
            {"phone": phone, "direction": "INBOUND", "body": "b" * 5_000, "occurredAt": f"2025-05-0{day}T10:00:00Z"}
            for phone in PHONES
            for day in range(1, 7)
        ]
        await site.post({"query": CREATE, "variables": {"rows": rows}})
        await site.post({"query": RECORD, "variables": {"rows": messages}})
        yield site


def told(answer: Any) -> tuple[int, str, Any]:
    return answer.status_code, code_of(answer), answer.json().get("data")


async def test_long_texts_are_read_up_to_the_limit(site: HttpServer) -> None:
    some = await site.post(query=BODIES.replace("contacts {", "contacts(first: 3) {"))
    answer = await site.post(query=BODIES)
    in_plain_json = await site.post(query=BODIES, Accept=JSON)

    assert sum(len(node["messages"]["nodes"]) for node in some.json()["data"]["contacts"]["nodes"]) == 18
    assert told(answer) == (400, "ANSWER_TOO_LARGE", None)
    assert told(in_plain_json) == (200, "ANSWER_TOO_LARGE", None)
    assert "Nothing was written" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("fits", "does_not"),
    [
        (aliased("notes", 15), aliased("notes", 25)),
        (aliased("status", 15, "s" * 1_000), aliased("status", 25, "s" * 1_000)),
    ],
    ids=["texts", "names"],
)
async def test_what_aliases_repeat_counts_each_time(site: HttpServer, fits: str, does_not: str) -> None:
    answers = [await site.post(query=NOTES.replace("SELECTED", selected)) for selected in (fits, does_not)]

    assert len(answers[0].json()["data"]["contacts"]["nodes"]) == len(PHONES)
    assert told(answers[1]) == (400, "ANSWER_TOO_LARGE", None)
    assert f"more than {LIMIT} characters" in answers[1].json()["errors"][0]["message"]


async def test_a_mutation_with_too_large_an_answer_says_that_its_changes_are_saved(site: HttpServer) -> None:
    found = await site.post(query="{ contacts(first: 1) { nodes { id } } }")
    id = found.json()["data"]["contacts"]["nodes"][0]["id"]
    body = {"query": UPDATE.replace("SELECTED", aliased("notes", 12)), "variables": {"id": id, "notes": "m" * 9_000}}

    answer = await site.post(body)
    notes = await site.post(query=f'{{ node(id: "{id}") {{ ... on Contact {{ notes }} }} }}')

    assert told(answer) == (400, "ANSWER_TOO_LARGE", None)
    assert "The changes of the mutation are saved." in answer.json()["errors"][0]["message"]
    assert notes.json()["data"]["node"]["notes"] == "m" * 9_000


async def test_lists_that_contacts_share_count_for_each_contact(site: HttpServer) -> None:
    made = await site.post({"query": LIST, "variables": {"text": "d" * 2_000}})
    listed = {"list": made.json()["data"]["createContactList"]["contactList"]["id"], "phones": PHONES}
    await site.post({"query": ADD, "variables": listed})

    few, many = [
        await site.post(query="{ contacts { nodes { lists { SELECTED } } } }".replace("SELECTED", selected))
        for selected in (aliased("description", 8), aliased("description", 12))
    ]

    assert [len(node["lists"]) for node in few.json()["data"]["contacts"]["nodes"]] == [1] * len(PHONES)
    assert told(many) == (400, "ANSWER_TOO_LARGE", None)
