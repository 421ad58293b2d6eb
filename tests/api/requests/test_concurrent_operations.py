"""The operations of one token that run at once: a few, then a queue, then 429; other tokens have their own."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from services.accounts.authentication import Scope
from tests.support.idempotent_requests import CREATE, with_token
from tests.support.servers.http_client import ANSWER, HttpServer, code_of, running_http_server
from tests.support.servers.slow_statements import SlowStatements
from tests.support.servers.timeouts import wait_until

LISTS = "{ contactLists(first: 5) { nodes { name } } }"
READ_LIST = 'FROM "contact_list" WHERE'


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[HttpServer]:
    limits = {"concurrent_operations_per_token": 2, "queued_operations_per_token": 3, "queue_seconds": 0.5}
    async with running_http_server(database_url, jobs=0, operation_timeout=3, **limits) as site:
        yield site


@pytest.fixture
async def occupied(site: HttpServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpServer]:
    """Two slow operations of the token run."""
    slow = SlowStatements(monkeypatch, READ_LIST)
    busy = [asyncio.create_task(site.post(query=LISTS)) for _ in range(2)]
    await wait_until(lambda: slow.started == 2)
    yield site
    await asyncio.gather(*busy)


def retry_after(response: httpx2.Response) -> tuple[str, int]:
    return response.headers["retry-after"], response.json()["errors"][0]["extensions"]["retryAfter"]


async def test_whoever_waits_too_long_is_refused(occupied: HttpServer) -> None:
    late = await occupied.post()

    assert (late.status_code, code_of(late)) == (429, "RATE_LIMITED")
    assert retry_after(late) == ("1", 1)


async def test_the_queue_is_bounded(occupied: HttpServer) -> None:
    answers = await asyncio.gather(*(occupied.post() for _ in range(8)))

    assert {answer.status_code for answer in answers} == {429}


async def test_another_token_of_the_account_does_not_wait(occupied: HttpServer) -> None:
    other = await with_token(occupied, *Scope)

    answer = await other.post()

    assert (answer.status_code, answer.json()) == (200, ANSWER)


async def test_a_refused_operation_has_done_nothing(occupied: HttpServer) -> None:
    refused = await occupied.post(
        {"query": CREATE, "variables": {"contact": {"phone": "+254712345678"}}}, Idempotency_Key="a"
    )

    other = await with_token(occupied, *Scope)
    found = await other.post(query="{ contacts(first: 1) { totalCount } }")
    assert (refused.status_code, "data" in refused.json()) == (429, False)
    assert found.json() == {"data": {"contacts": {"totalCount": 0}}}


async def test_what_waits_is_answered_in_its_turn(site: HttpServer) -> None:
    answers = await asyncio.gather(*(site.post() for _ in range(5)))

    assert [answer.json() for answer in answers] == [ANSWER] * 5


async def test_a_text_is_read_in_a_turn_as_well(occupied: HttpServer) -> None:
    unparsed = await occupied.post(query="{ nonsense")

    assert (unparsed.status_code, code_of(unparsed)) == (429, "RATE_LIMITED")
