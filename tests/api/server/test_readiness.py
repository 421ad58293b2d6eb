"""/readyz: whether the server can serve reads, and whether it can serve writes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.db import database
from tests.support.servers.cut_connections import cutting_proxy
from tests.support.servers.http_client import ANSWER, HttpServer, code_of, running_http_server
from tests.support.servers.slow_statements import ENDLESS
from web import health

CREATE = 'mutation { createContactList(input: {name: "Clients"}) { contactList { name } } }'
READY = {"status": "ready", "reads": True, "writes": True}
READS_ALONE = {"status": "ready", "reads": True, "writes": False}
NO_WRITES = {
    "status": "unavailable",
    "reads": True,
    "writes": False,
    "reason": "The database accepts no writes.",
}


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_PROBE_EVERY_SECONDS", 0.0)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[HttpServer]:
    """On PostgreSQL all transactions have the same connection."""
    async with running_http_server(database_url, jobs=0, pool_size=1, token_cache_seconds=0) as site:
        yield site


async def ready(site: HttpServer, path: str = "/readyz") -> tuple[int, Any]:
    answer = await site.client.get(path)
    return answer.status_code, answer.json()


async def refuse_writes(is_on: bool) -> None:
    """As a replica does, or a database that an operator has made read-only."""
    if database.is_postgres():
        async with database.transaction():
            await database.fetch("SET TRANSACTION READ WRITE")
            await database.fetch(f"SET default_transaction_read_only = {'on' if is_on else 'off'}")
    else:
        await database.execute(f"PRAGMA query_only={'ON' if is_on else 'OFF'}")


async def test_a_database_that_takes_writes_is_ready_for_both(site: HttpServer) -> None:
    assert await ready(site) == (200, READY)
    assert await ready(site, "/readyz?for=writes") == (200, READY)


@pytest.mark.plain_postgres  # it makes one connection of the pool read-only
async def test_a_read_only_database_serves_reads_and_says_that_it_takes_no_writes(site: HttpServer) -> None:
    await refuse_writes(True)
    states = [await ready(site), await ready(site, "/readyz?for=writes")]
    query, mutation = await site.post(), await site.post(query=CREATE)
    await refuse_writes(False)

    assert states == [(200, READS_ALONE), (503, NO_WRITES)]
    assert (query.status_code, query.json()) == (200, ANSWER)
    assert (mutation.status_code, code_of(mutation)) == (503, "UNAVAILABLE")
    assert await ready(site, "/readyz?for=writes") == (200, READY)
    assert (await site.post(query=CREATE)).status_code == 200


async def test_a_full_database_serves_reads_and_is_not_ready_for_writes(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_postgres():
        pytest.skip("a full disk is needed")
    used = (await database.fetch("PRAGMA page_count"))[0][0]
    await database.execute(f"PRAGMA max_page_count={used}")
    rows = [{"phone": f"+2547123{number:05}"} for number in range(1000)]
    query = (
        "mutation ($rows: [ContactInput!]!) { bulkCreateContacts(input: {contacts: $rows}) { summary { created } } }"
    )

    full = await site.post({"query": query, "variables": {"rows": rows}})
    states = [await ready(site), await ready(site, "/readyz?for=writes")]
    reading = await site.post()
    await database.execute("PRAGMA max_page_count=1000000")
    monkeypatch.setattr(health, "_FULL_FOR_SECONDS", 0.0)

    assert (full.status_code, code_of(full), list(full.json())) == (507, "INSUFFICIENT_STORAGE", ["errors"])
    assert states == [(200, READS_ALONE), (503, NO_WRITES)]
    assert (reading.status_code, reading.json()) == (200, ANSWER)
    assert await ready(site, "/readyz?for=writes") == (200, READY)


async def test_a_database_that_is_busy_is_not_taken_for_one_that_takes_no_writes(
    site: HttpServer, database_url: str
) -> None:
    if database.is_postgres():
        pytest.skip("SQLite has one writer")
    await ready(site)
    path = database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    async with asyncio.timeout(20):
        state = await ready(site, "/readyz?for=writes")
    other.execute("ROLLBACK")
    other.close()

    assert state == (200, READY)


async def test_a_database_that_does_not_answer_is_unavailable_in_time(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(site)

    async def endless(*_: Any) -> Any:
        return await database.fetch(ENDLESS)

    monkeypatch.setattr(database, "fetch_reserved", endless)
    async with asyncio.timeout(10):
        status, state = await ready(site)

    assert status == 503
    assert state == {
        "status": "unavailable",
        "reads": False,
        "writes": False,
        "reason": "The database can't be reached.",
    }


async def test_a_database_that_comes_back_is_ready_again(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no server")
    async with cutting_proxy(database_url) as (proxy, url), running_http_server(url, jobs=0) as site:
        before = await ready(site)
        proxy.go_away()
        away = await ready(site)
        proxy.come_back()
        after = await ready(site, "/readyz?for=writes")

    assert (before, away[0], after) == ((200, READY), 503, (200, READY))


PROBES = ("'readiness'", "INTO account_queue (account_id, id, queue, due_at) VALUES ($1, $1, '', $2)")
"""Parts of the statements that try a write: the second is that of a cluster."""


async def test_writes_are_tried_at_most_once_in_a_few_seconds(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_PROBE_EVERY_SECONDS", 60.0)
    tried: list[str] = []
    database.statement_watchers.append(lambda sql: tried.append(sql) if any(each in sql for each in PROBES) else None)
    try:
        for _ in range(5):
            await ready(site, "/readyz?for=writes")
    finally:
        database.statement_watchers.pop()

    assert len(tried) == 1
