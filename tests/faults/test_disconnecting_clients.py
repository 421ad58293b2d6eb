"""A client that goes away, or ends its operation, stops the database's work for it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from tests.support.api_client import Api
from tests.support.rows import insert_contacts
from tests.support.servers.asking import PAGE, api_caller, new_token, sent
from tests.support.servers.processes import cpu_seconds
from tests.support.servers.server_process import started
from tests.support.servers.timeouts import TIMEOUT

SOON = 8.0
"""The work must end within these seconds. Its timeout is a minute, and without a disconnect it takes many seconds."""
PATIENT = {
    "operation_timeout": 60,
    "connection_wait_seconds": 60,
    "max_cost": 1_000_000_000,
    "max_query_tokens": 100_000,
    "max_query_characters": 1_000_000,
}
WAYS = ["http", "events", "socket", "complete"]
CONTACTS = 20_000
SEARCHES = 2_400
IDLE_SECONDS = 0.045
"""A process that does nothing uses less CPU time than this in a second."""
SEARCH = "{" + " ".join(f's{n}: contacts(filter: {{search: "mail"}}) {{ totalCount }}' for n in range(SEARCHES)) + "}"
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND wait_event_type = 'Lock'
"""


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Returns whether the condition became true within the seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not await is_so():  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_on_postgresql_the_statement_of_a_client_that_went_away_ends(account: Api, database_url: str) -> None:
    secret = await new_token(account)
    # Inside a transaction, pg_stat_activity does not change.
    locking, watching = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    has_ended = {}

    async def is_waiting() -> bool:
        return bool(await watching.fetchval(WAITING))

    async def is_idle() -> bool:
        return not await is_waiting()

    try:
        async with (
            started(database_url, "-m", "muster", "serve", **PATIENT) as (url, _),
            api_caller(url, secret) as asker,
        ):
            for way in WAYS:
                async with locking.transaction():
                    await locking.execute("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE")
                    async with sent(way, url, secret, PAGE) as go_away:
                        assert await until(is_waiting, TIMEOUT), f"{way}: nothing waits for the lock"
                        await go_away()
                        has_ended[way] = await until(is_idle, SOON)
            after = await asker.ask(PAGE)
    finally:
        await locking.close()
        await watching.close()

    assert has_ended == dict.fromkeys(WAYS, True)
    assert after.is_good


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_on_sqlite_the_reads_of_a_client_that_went_away_end(account: Api, database_url: str) -> None:
    secret = await new_token(account)
    rows = [{"phone": f"+25471{number:07}", "email": f"a{number}@mail.example"} for number in range(CONTACTS)]
    await insert_contacts(account, rows)
    has_ended = {}

    async with started(database_url, "-m", "muster", "serve", **PATIENT) as (url, process):

        async def is_busy() -> bool:
            return await seconds_of(process.pid) > IDLE_SECONDS

        async def is_idle() -> bool:
            return await seconds_of(process.pid) <= IDLE_SECONDS

        for way in WAYS:
            assert await until(is_idle, TIMEOUT)
            async with sent(way, url, secret, SEARCH) as go_away:
                assert await until(is_busy, TIMEOUT)
                assert await is_busy(), f"{way}: the operation ended by itself"
                await go_away()
                has_ended[way] = await until(is_idle, SOON)

    assert has_ended == dict.fromkeys(WAYS, True)


async def seconds_of(process: int) -> float:
    """The CPU time that a process uses in a second."""
    before = cpu_seconds(process)
    await asyncio.sleep(1)
    return cpu_seconds(process) - before
