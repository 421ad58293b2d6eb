"""An operator creates the index of a migration in advance, on PostgreSQL and while the earlier version runs."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from models.db import database, migration, migration_state
from models.migrations import _tables
from tests.support.servers import cluster, given

pytestmark = [
    pytest.mark.skipif(cluster.binaries() is None and given.server is None, reason="needs PostgreSQL"),
    pytest.mark.plain_postgres,
]

EARLIER, MIGRATION, INDEX = "0035_contact_history", "0036_search_numbers", "contact_search_text"
IN_ADVANCE = "CREATE INDEX IF NOT EXISTS"
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture
async def earlier(postgres: cluster.Cluster | given.Server) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    """Yields the URL of a database of the earlier version with the index of the next one, and a connection to it."""
    url, server = postgres.url("earlier"), await asyncpg.connect(postgres.url())
    drop = f"DROP DATABASE IF EXISTS {(name := urlsplit(url).path[1:])} WITH (FORCE)"
    await server.execute(drop)
    await server.execute(f"CREATE DATABASE {name}")
    await database.connect(url)
    try:
        executor = MigrationExecutor(database.connection(), database.configuration(url)["apps"])
        await executor.migrate([MigrationTarget("models", EARLIER)])
        assert max(await migration_state.applied()) == EARLIER
    finally:
        await database.disconnect()
    operator = await asyncpg.connect(url)
    await operator.execute(in_advance())
    yield url, operator
    await operator.close()
    await server.execute(drop)
    await server.close()


def in_advance() -> str:
    """Returns the migration's statement, changed as docs/operating.md says."""
    script = (Path(_tables.__file__).parent / f"{MIGRATION}.sql").read_text()
    [create] = [statement for statement in _tables.ddl(script, "postgres") if IN_ADVANCE in statement]
    return create.replace(IN_ADVANCE, "CREATE INDEX CONCURRENTLY IF NOT EXISTS")


async def test_a_migration_keeps_a_valid_index(earlier: tuple[str, asyncpg.Connection]) -> None:
    url, operator = earlier
    before = await operator.fetchval(f"SELECT '{INDEX}'::regclass::oid")

    applied = await migration.migrate(url)

    assert MIGRATION in applied
    assert await operator.fetchval(f"SELECT '{INDEX}'::regclass::oid") == before


async def test_a_migration_refuses_an_invalid_index_and_changes_nothing(
    earlier: tuple[str, asyncpg.Connection],
) -> None:
    url, operator = earlier
    # A failed CREATE INDEX CONCURRENTLY leaves the index in this state.
    await operator.execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{INDEX}'::regclass")
    before = await operator.fetch(INDEXES)

    with pytest.raises(asyncpg.RaiseError, match=f"The index {INDEX} is invalid. Drop it and repeat the migration."):
        await migration.migrate(url)

    assert await operator.fetch(INDEXES) == before
    assert await operator.fetchval("SELECT max(name) FROM tortoise_migrations") == EARLIER

    await operator.execute(f"DROP INDEX {INDEX}")
    applied = await migration.migrate(url)

    assert MIGRATION in applied
    is_valid = f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{INDEX}'::regclass"
    assert await operator.fetchval(is_valid) is True
