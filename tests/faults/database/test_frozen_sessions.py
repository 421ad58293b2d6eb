"""A client that is frozen in the middle of a message does not keep its locks."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from models.db import database
from models.db.deadline import Deadline
from models.db.postgres.frozen_sessions import end_frozen_sessions
from tests.support.api_client import Api

RENAME = "UPDATE account SET name = $2 WHERE id = $1"


async def never() -> AsyncIterator[bytes]:
    """Rows that don't come."""
    await asyncio.Event().wait()
    yield b""


async def freeze(url: str, api: Api, application_name: str) -> "asyncio.Task[None]":
    """A session that has locked the account's row, and waits for the rows of a COPY."""
    is_waiting = asyncio.Event()

    async def copy() -> None:
        connection = await asyncpg.connect(url, server_settings={"application_name": application_name})
        try:
            async with connection.transaction():
                await connection.execute(RENAME, api.account_id, "Frozen")
                await connection.execute("CREATE TEMPORARY TABLE staged (x integer) ON COMMIT DROP")
                is_waiting.set()
                await connection.copy_to_table("staged", source=never())
        finally:
            connection.terminate()

    task = asyncio.create_task(copy())
    await is_waiting.wait()
    await asyncio.sleep(0.3)
    return task


async def test_a_frozen_session_is_ended_and_its_locks_are_free(api: Api, database_url: str) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite runs in this process")
    frozen = await freeze(database_url, api, "muster")

    assert await end_frozen_sessions(after_seconds=0.1) == 1
    with Deadline(10):
        await database.execute(RENAME, api.account_id, "Renamed")

    frozen.cancel()
    await asyncio.gather(frozen, return_exceptions=True)


async def test_sessions_of_other_applications_and_young_statements_are_left_alone(api: Api, database_url: str) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite runs in this process")
    other = await freeze(database_url, api, "pg_restore")

    assert await end_frozen_sessions(after_seconds=0.1) == 0
    assert await end_frozen_sessions() == 0

    assert not other.done()
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
