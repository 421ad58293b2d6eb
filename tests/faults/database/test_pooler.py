"""Muster behind the real PgBouncer in transaction mode, without a direct connection for notifications."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from structlog.testing import capture_logs

from models.db import database, migration, notifications
from models.db.deadline import Deadline, DeadlineExceeded
from services.accounts import tokens
from services.jobs import worker
from services.subscriptions import feed, registry
from tests.support.api_client import MONDAY
from tests.support.servers import pooler
from tests.support.servers.cluster import Cluster
from tests.support.servers.running_server import RunningServer, running_server
from tests.support.servers.timeouts import wait_until

CREATE = "mutation ($p: PhoneNumber!) { createContact(input: {contact: {phone: $p}}) { contact { id } } }"
READ = "query ($p: String!) { contacts(filter: {search: $p}, first: 1) { totalCount nodes { phone } } }"
CHANGED = "subscription { contactChanged { contact { phone } } }"
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"

pytestmark = pytest.mark.skipif(pooler.IS_LEFT_OUT, reason="needs PgBouncer")


@pytest.fixture
async def empty(postgres: Cluster) -> AsyncIterator[str]:
    """Yields the URL of a database without tables."""
    server = await asyncpg.connect(postgres.url())
    await server.execute("CREATE DATABASE pooled")
    yield postgres.url("pooled")
    await server.execute("DROP DATABASE pooled WITH (FORCE)")
    await server.close()


@pytest.mark.own_server
async def test_everything_works_behind_a_pooler_in_transaction_mode(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (feed._READ_ANYWAY_SECONDS, registry._LOOK_ANYWAY_SECONDS, worker._POLL_SECONDS) == (5, 10, 2), "docs say so"
    for module, name in ((notifications, "_TEST_SECONDS"), (feed, "_READ_ANYWAY_SECONDS")):
        monkeypatch.setattr(module, name, 0.3)
    monkeypatch.setattr(registry, "_LOOK_ANYWAY_SECONDS", 0.3)
    direct = await asyncpg.connect(empty)
    async with pooler.pooled(empty, tmp_path) as url:
        applied = await asyncio.gather(migration.migrate(url), migration.migrate(url))
        assert sorted(map(bool, applied)) == [False, True]
        assert await migration.migrate(url) == []
        assert await direct.fetchval(LOCKS) == 0

        with capture_logs() as logs:
            async with running_server(url) as one, running_server(url) as other:
                await wait_until(lambda: _warnings(logs) == 2)
                await _answers_many_at_once(one, other)
                await _ends_statements_at_their_deadline(direct)
                await _tells_of_changes(one, other)
                await _forgets_a_revoked_token(one, other)
    await direct.close()


def _warnings(logs: list[Any]) -> int:
    return Counter(each["event"] for each in logs)["notifications are not heard"]


async def _answers_many_at_once(one: RunningServer, other: RunningServer) -> None:
    async with one.client() as first, one.client() as second:
        second.base_url = httpx2.URL(f"http://127.0.0.1:{other.port}")

        async def write_and_read(number: int) -> None:
            phone = f"+2547110{number:05}"
            made = await first.post("/graphql", json={"query": CREATE, "variables": {"p": phone}})
            assert "errors" not in made.json(), made.text
            found = await second.post("/graphql", json={"query": READ, "variables": {"p": phone}})
            assert found.json() == {"data": {"contacts": {"totalCount": 1, "nodes": [{"phone": phone}]}}}

        await asyncio.gather(*map(write_and_read, range(40)))


async def _ends_statements_at_their_deadline(direct: Any) -> None:
    with pytest.raises(DeadlineExceeded), Deadline(1.5):
        await database.fetch("SELECT pg_sleep(60)")
    with Deadline(7.0):
        async with database.transaction():
            [row] = await database.fetch("SHOW statement_timeout")
            assert row[0] == "8s"
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)'"
    async with asyncio.timeout(30):
        while await direct.fetchval(sleeping):  # noqa: ASYNC110  # another server has no event
            await asyncio.sleep(0.02)


async def _tells_of_changes(one: RunningServer, other: RunningServer) -> None:
    async with other.socket(secret=one.secret) as socket, one.client() as client:
        await socket.subscribe(CHANGED)
        received = asyncio.create_task(socket.receive())
        number = 50
        while not received.done():  # until the other process knows of the subscription
            body = {"query": CREATE, "variables": {"p": f"+2547110{number:05}"}}
            assert (await client.post("/graphql", json=body)).status_code == 200
            await asyncio.wait([received], timeout=0.2)
            number += 1
        assert (await received)["payload"]["data"]["contactChanged"]["contact"]["phone"].startswith("+2547110000")


async def _forgets_a_revoked_token(one: RunningServer, other: RunningServer) -> None:
    async with one.client() as client:
        client.base_url = httpx2.URL(f"http://127.0.0.1:{other.port}")

        async def status() -> int:
            return (await client.post("/graphql", json={"query": "{ __typename }"})).status_code

        assert await status() == 200
        one.app.enter()
        await tokens.revoke(account_id=one.api.account_id, token_id=one.token_id, now=MONDAY)
        seconds = 0
        while await status() == 200:
            seconds += 1
            other.at(MONDAY.replace(second=seconds))
        assert seconds == 5
