"""When a token was used last is noted beside the request: a read never waits for a write, and never needs one."""

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context

import httpx2
import orjson
import pytest

from models.db import database
from services.accounts.authentication import last_uses
from tests.support.api_client import DAY, MONDAY
from tests.support.servers.http_client import ANSWER, HttpServer, running_http_server


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, jobs=0, token_cache_seconds=0) as site:
        yield site


async def last_used(site: HttpServer) -> object:
    row = await database.fetch_one(
        "SELECT last_used_at FROM api_token WHERE account_id = $1 AND id = $2", site.account_id, site.token_id
    )
    assert row is not None
    return row["last_used_at"]


@asynccontextmanager
async def locked_tokens(site: HttpServer, database_url: str) -> AsyncIterator[None]:
    """Locks the token's row, so that no other connection can write to it during the block."""
    if not database.is_postgres():
        path = database_url.removeprefix("sqlite:///")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    async with database.transaction():
        await database.fetch("SELECT id FROM api_token WHERE account_id = $1 FOR UPDATE", site.account_id)
        yield


def beside(site: HttpServer) -> asyncio.Task[httpx2.Response]:
    """A request outside the test's own transaction."""
    return asyncio.get_running_loop().create_task(site.post(), context=Context())


async def test_the_use_of_a_token_is_noted(site: HttpServer) -> None:
    await site.post()
    await last_uses().finish()
    first = await last_used(site)
    site.at(MONDAY + DAY / 2)
    await site.post()
    await last_uses().finish()

    assert (first, await last_used(site)) == (MONDAY, MONDAY + DAY / 2)


async def test_a_request_does_not_wait_for_the_note(site: HttpServer, database_url: str) -> None:
    async with locked_tokens(site, database_url), asyncio.timeout(3):
        answer = await beside(site)

    assert (answer.status_code, answer.json()) == (200, ANSWER)
    await last_uses().finish(seconds=10)
    assert await last_used(site) == MONDAY


async def test_many_requests_at_once_note_a_token_once(site: HttpServer, database_url: str) -> None:
    noted: list[str] = []
    database.statement_watchers.append(lambda sql: noted.append(sql) if 'UPDATE "api_token"' in sql else None)
    try:
        async with locked_tokens(site, database_url):
            answers = await asyncio.gather(*(beside(site) for _ in range(10)))
        await last_uses().finish(seconds=10)
    finally:
        database.statement_watchers.pop()

    assert {answer.status_code for answer in answers} == {200}
    assert len(noted) == 1


async def test_a_note_that_fails_is_one_line_in_the_log_until_one_succeeds(
    site: HttpServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> int:
        raise ConnectionError("+254712345678")

    with monkeypatch.context() as patched:
        patched.setattr(database, "execute", refuse)
        for _ in range(3):
            answer = await site.post()
            await last_uses().finish()
            assert answer.status_code == 200
    failed = await last_used(site)
    await site.post()
    await last_uses().finish()

    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "could not record the last use of a token"]
    assert line["level"] == "warning"
    assert "+254712345678" not in str(line)
    assert (failed, await last_used(site)) == (None, MONDAY)
