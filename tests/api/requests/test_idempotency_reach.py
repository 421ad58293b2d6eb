"""A request with an Idempotency-Key covers its relations, its files, its jobs and its secrets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from models.db import database
from services.accounts.authentication import Scope
from services.exports import emailed_file
from tests.support.idempotent_requests import PHONE, replayed, send, with_token
from tests.support.servers.http_client import HttpServer, code_of, running_http_server
from tests.support.uploads import PREFLIGHT, SHEET, form, operations


@pytest.fixture(params=[True, False], ids=["plans", "graphql-core on both databases"])
async def site(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, compiled=request.param) as site:
        yield site


async def test_a_mutation_reads_back_what_it_wrote_with_all_relations(site: HttpServer) -> None:
    query = """
    mutation ($contact: ContactInput!) {
      createContact(input: {contact: $contact}) {
        contact {
          phone isOptedOut tags owner { name } assignees { name } lists { name contactCount }
          campaigns { name } messages { totalCount nodes { body } }
        }
      }
      optOut(input: {phone: "+254712345678"}) { contact { isOptedOut lists { name } } }
      tagContacts(input: {contacts: {phones: ["+254712345678"]}, add: ["b"]}) { contacts: count }
    }
    """
    made = await site.post(query='mutation { createContactList(input: {name: "First"}) { contactList { id } } }')
    id = made.json()["data"]["createContactList"]["contactList"]["id"]

    keyed = await send(site, "a", query, contact={"phone": PHONE, "listIds": [id], "tags": ["a"]})

    assert "errors" not in keyed.json()
    made = keyed.json()["data"]["createContact"]["contact"]
    assert (made["lists"], made["tags"], made["isOptedOut"]) == ([{"name": "First", "contactCount": 1}], ["a"], False)
    assert made["owner"] == {"name": "Ada"}
    assert keyed.json()["data"]["optOut"] == {"contact": {"isOptedOut": True, "lists": [{"name": "First"}]}}


# ------------------------------------------------------------------ mail

EMAIL = """
mutation {
  emailExport(
    input: {email: "ada@example.com", filename: "a.csv", fileBase64: "YQ==", mimeType: "text/csv", count: 1}
  ) { isSent }
}
"""


async def test_nobody_waits_for_mail_that_is_sent_under_a_key(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_sending, may_end = asyncio.Event(), asyncio.Event()
    sent: list[str] = []

    async def send_slowly(*, email: str, **_: Any) -> None:
        sent.append(email)
        is_sending.set()
        await may_end.wait()

    monkeypatch.setattr(emailed_file, "send", send_slowly)
    sending = asyncio.create_task(send(site, "a", EMAIL))
    async with asyncio.timeout(60):
        await is_sending.wait()
        other = await send(site, "b")
        in_use = await send(site, "a", EMAIL)
    may_end.set()
    first = await sending
    again = await send(site, "a", EMAIL)

    assert (other.status_code, code_of(in_use)) == (200, "IDEMPOTENCY_KEY_IN_USE")
    assert first.json() == {"data": {"emailExport": {"isSent": True}}}
    assert again.content == replayed(first)
    assert sent == ["ada@example.com"]


# ------------------------------------------------------------------ files and jobs

IMPORT = """
mutation ($file: Upload!) {
  importContacts(input: {file: $file, waitSeconds: 25}) { job { id status fileName } errors { code message } }
}
"""


async def send_file(site: HttpServer, key: str, content: bytes, name: str = "people.csv") -> httpx2.Response:
    body = form(operations(IMPORT, file=None), ("map", {"0": ["variables.file"]}), ("0", content, name))
    headers = {"Content-Type": "multipart/form-data; boundary=X", "Idempotency-Key": key}
    return await site.client.post("/graphql", content=body, headers={**site.headers, **PREFLIGHT, **headers})


async def jobs(site: HttpServer) -> list[Any]:
    found = await site.post(query="{ jobs { nodes { id status summary { created } } } }")
    return list(found.json()["data"]["jobs"]["nodes"])


async def test_a_file_that_is_sent_again_is_taken_in_once(site: HttpServer) -> None:
    first = await send_file(site, "a", SHEET)
    again = await send_file(site, "a", SHEET)
    async with asyncio.timeout(60):
        while (found := await jobs(site))[0]["status"] in ("QUEUED", "RUNNING"):  # noqa: ASYNC110  # another task has no event
            await asyncio.sleep(0.02)
    later = await send_file(site, "a", SHEET)

    made = first.json()["data"]["importContacts"]["job"]
    assert made == {"id": made["id"], "status": "QUEUED", "fileName": "people.csv"}, "it waits for no job"
    assert {again.content, later.content} == {replayed(first)}
    assert found == await jobs(site) == [{"id": made["id"], "status": "COMPLETED", "summary": {"created": 1}}]


async def test_another_file_is_another_request(site: HttpServer) -> None:
    await send_file(site, "a", SHEET)

    refused = [await send_file(site, "a", SHEET + b"\r\n"), await send_file(site, "a", SHEET, "others.csv")]

    assert [(one.status_code, code_of(one)) for one in refused] == [(409, "IDEMPOTENCY_KEY_REUSED")] * 2
    assert len(await jobs(site)) == 1


# ------------------------------------------------------------------ secrets and tokens


async def test_a_secret_can_be_read_again_by_whoever_has_the_key_and_not_from_the_database(site: HttpServer) -> None:
    query = 'mutation { createToken(input: {name: "till", scopes: [CONTACTS_READ]}) { secret token { name } } }'

    first, again = (
        await send(site, "a-key-of-122-random-bits", query),
        await send(site, "a-key-of-122-random-bits", query),
    )

    secret = first.json()["data"]["createToken"]["secret"]
    assert again.content == replayed(first)
    row = await database.fetch_one("SELECT * FROM idempotency_key WHERE account_id = $1", site.account_id)
    assert row is not None
    assert len(row["answer"]) > 50
    assert not any(part in repr(tuple(row)) for part in (secret, "a-key-of", "till", "data"))


async def test_a_token_that_is_revoked_under_a_key_ends_at_once(site: HttpServer) -> None:
    other = await with_token(site, *Scope)
    assert (await other.post()).status_code == 200
    [token] = [
        node["id"]
        for node in (await site.post(query="{ tokens { nodes { id name } } }")).json()["data"]["tokens"]["nodes"]
        if node["name"] == "other"
    ]

    await send(site, "a", "mutation ($id: ID!) { revokeToken(input: {id: $id}) { token { id } } }", id=token)

    assert (await other.post()).status_code == 401
