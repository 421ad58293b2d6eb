"""Reads outside transactions use pooled connections; a connection that breaks while idle causes no error."""

import asyncio

from models.db import database

READ = "SELECT * FROM account ORDER BY id"


async def read() -> list[list[str]]:
    """Runs two reads concurrently, on two connections if there are several, and returns the columns of their rows."""
    found = await asyncio.gather(database.fetch(READ), database.fetch(READ))
    return [list(rows[0].keys()) for rows in found]


async def test_a_statement_that_was_run_before_is_run_on_a_table_that_has_changed_since(api: object) -> None:
    before = await read()
    assert before == await read()

    await database.execute("ALTER TABLE account ADD COLUMN motto text")

    assert await read() == [[*columns, "motto"] for columns in before]


async def test_reading_goes_on_where_the_server_has_closed_the_connections(api: object) -> None:
    before = await read()

    if database.is_postgres():
        closed = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle'"
        )
        async with database.transaction():
            await database.fetch(f"{closed} AND datname = current_database()")

    assert await read() == before
