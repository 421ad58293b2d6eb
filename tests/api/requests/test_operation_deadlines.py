"""An operation that takes too long ends, in the database as well, and its answer never says something false."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest

from models.db import database
from services.jobs import leases_sql as leases
from tests.support.idempotent_requests import CREATE, keys, lists, phones, replayed, send
from tests.support.servers.cut_connections import cutting_proxy
from tests.support.servers.http_client import HttpServer, code_of, running_http_server
from tests.support.servers.slow_statements import ENDLESS, SlowStatements

LISTS = "{ contactLists(first: 5) { nodes { name } } viewer { account { name } } }"
CREATE_LIST = 'mutation { createContactList(input: {name: "Clients"}) { contactList { name } } }'
CREATE_CONTACT = """
mutation { createContact(input: {contact: {phone: "+254712345678"}}) { contact { phone campaigns { name } } } }
"""
READ_LIST = 'FROM "contact_list" WHERE'
WRITE_LIST = 'INSERT INTO "contact_list"'


@pytest.fixture(params=[True, False], ids=["plans", "graphql-core on both databases"])
async def site(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, compiled=request.param, operation_timeout=0.5) as site:
        yield site


def codes(response: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_a_query_that_takes_too_long_is_one_error_and_its_statement_ends(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)

    late = await site.post(query=LISTS)

    assert (late.status_code, code_of(late)) == (504, "OPERATION_TIMEOUT")
    assert list(late.json()) == ["errors"]
    assert "path" not in late.json()["errors"][0]
    assert slow.how == ["DeadlineExceeded"]


async def test_nothing_of_a_late_operation_is_logged_as_an_error(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    SlowStatements(monkeypatch, READ_LIST)

    await site.post(query=LISTS, X_Request_Id="find-me")

    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if "job" not in line]  # the server also looks for jobs
    assert (line["level"], line["code"], line["request_id"]) == ("warning", "OPERATION_TIMEOUT", "find-me")
    assert "exception" not in line


async def test_a_mutation_that_is_late_before_it_writes_has_written_nothing(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowStatements(monkeypatch, WRITE_LIST)

    late = await site.post(query=CREATE_LIST)

    assert (late.status_code, code_of(late), list(late.json())) == (504, "OPERATION_TIMEOUT", ["errors"])
    monkeypatch.undo()
    assert await lists(site) == []


async def test_a_mutation_whose_result_is_read_too_late_may_have_written(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowStatements(monkeypatch, READ_LIST)

    late = await site.post(query=CREATE_LIST)

    assert (late.status_code, code_of(late)) == (503, "RESULT_UNKNOWN")
    assert late.headers["retry-after"] == "2"
    assert late.json()["data"] == {"createContactList": None}
    assert late.json()["errors"][0]["path"] == ["createContactList"]
    monkeypatch.undo()
    assert await lists(site) == ["Clients"]


async def test_a_payload_that_is_read_too_late_has_a_null(site: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    SlowStatements(monkeypatch, "campaign_contact")

    late = await site.post(query=CREATE_CONTACT)

    assert late.status_code == 200
    assert codes(late) == ["OPERATION_TIMEOUT"]
    assert late.json()["data"]["createContact"] is not None
    assert late.json()["errors"][0]["path"][:2] == ["createContact", "contact"]
    assert "Nothing was written" not in late.json()["errors"][0]["message"]
    monkeypatch.undo()
    assert await phones(site) == ["+254712345678"]


async def test_of_two_fields_the_first_stays_and_the_second_may_have_written(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowStatements(monkeypatch, "opt_out")
    query = 'a: createContactList(input: {name: "A"}) { contactList { name } }'

    late = await site.post(
        query=f'mutation {{ {query} optOut(input: {{phone: "+254712345678"}}) {{ errors {{ code }} }} }}'
    )

    assert (late.status_code, codes(late)) == (200, ["RESULT_UNKNOWN"])
    assert late.json()["data"] == {"a": {"contactList": {"name": "A"}}, "optOut": None}


async def test_under_a_key_a_late_mutation_is_undone_and_a_retry_does_it_once(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowStatements(monkeypatch, READ_LIST)  # without a key the list would stay

    late = await send(site, "a", CREATE_LIST)
    monkeypatch.undo()
    left = (await lists(site), await keys(site))
    while (done := await send(site, "a", CREATE_LIST)).status_code == 409:  # noqa: ASYNC110  # PostgreSQL still rolls back the first
        await asyncio.sleep(0.05)
    again = await send(site, "a", CREATE_LIST)

    assert (late.status_code, code_of(late), list(late.json())) == (504, "OPERATION_TIMEOUT", ["errors"])
    assert left == ([], 0)
    assert (done.status_code, again.content) == (200, replayed(done))
    assert await lists(site) == ["Clients"]


async def test_a_commit_without_an_answer_is_unknown_and_a_retry_under_the_key_settles_it(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no connection to lose")
    async with cutting_proxy(database_url) as (proxy, url), running_http_server(url) as site:
        proxy.cut_at, proxy.after = b"COMMIT", b"+254712345678"
        unknown = await send(site, "a")
        again = await send(site, "a")

        assert (unknown.status_code, code_of(unknown)) == (503, "RESULT_UNKNOWN")
        assert unknown.headers["retry-after"] == "2"
        assert "Idempotency-Key" in unknown.json()["errors"][0]["message"]
        assert (again.status_code, again.json()["extensions"]) == (200, {"idempotency": {"replayed": True}})
        assert len(await phones(site)) == 1


async def test_a_commit_without_an_answer_is_unknown_without_a_key_as_well(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no connection to lose")
    async with cutting_proxy(database_url) as (proxy, url), running_http_server(url) as site:
        proxy.cut_at, proxy.after = b"COMMIT", b"+254712345678"
        unknown = await site.post(query='mutation { optOut(input: {phone: "+254712345678"}) { errors { code } } }')

        assert (unknown.status_code, code_of(unknown)) == (503, "RESULT_UNKNOWN")
        assert unknown.headers["retry-after"] == "2"
        assert len(await database.fetch("SELECT 1 FROM opt_out WHERE account_id = $1", site.account_id)) == 1


async def test_a_body_that_comes_slowly_does_not_count(site: HttpServer) -> None:
    content = b'{"query": "{ viewer { account { name } } }"}'

    async def slowly() -> AsyncIterator[bytes]:
        for piece in (content[:10], content[10:]):
            yield piece
            await asyncio.sleep(0.6)

    answer = await site.client.post(
        "/graphql", content=slowly(), headers={**site.headers, "Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()) == (200, {"data": {"viewer": {"account": {"name": "Acme"}}}})


async def test_waiting_for_a_job_ends_by_itself_and_does_not_count(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(**_: Any) -> None:
        """No worker takes a job up."""

    monkeypatch.setattr(leases, "claim", nothing)

    answer = await site.post(
        query="mutation { exportContacts(input: {waitSeconds: 2}) { job { status } errors { code message } } }"
    )

    assert answer.json() == {"data": {"exportContacts": {"job": {"status": "QUEUED"}, "errors": []}}}


async def test_a_token_look_up_that_takes_too_long_is_unavailable(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*_: Any) -> Any:
        return await database.fetch(ENDLESS)

    monkeypatch.setattr(database, "fetch_reserved", endless)

    answer = await site.post(Authorization="Bearer unknown")

    assert (answer.status_code, code_of(answer)) == (503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "2"


async def test_a_database_that_is_away_is_unavailable(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no server")
    async with cutting_proxy(database_url) as (proxy, url), running_http_server(url, token_cache_seconds=300) as site:
        known = await site.post()
        proxy.go_away()
        answers = [
            await site.post(),
            await site.post(Authorization="Bearer unknown"),
            await site.post({"query": CREATE, "variables": {"contact": {"phone": "+254712345678"}}}),
            await send(site, "a"),
        ]

    assert known.status_code == 200
    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(503, "UNAVAILABLE")] * 4
    assert {answer.headers["retry-after"] for answer in answers} == {"2"}
