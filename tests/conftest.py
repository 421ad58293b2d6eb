"""A test that asks for `db` runs on SQLite and, where its binaries are found, on PostgreSQL.

With `api` it runs with each executor as well: both on SQLite, the compiled one on PostgreSQL, too.
"""

import io
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from models import database, migration
from services.authentication import last_uses
from tests import cluster
from tests.api_client import ENGINES, Api
from web import logs

# How long an example takes says more about the machine than about the code; and each example makes its own data where
# a fixture is shared by all.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("patient")

LEFT_OUT = "PostgreSQL's binaries were not found: that half of the tests was LEFT OUT."


def _databases() -> list[str]:
    return ["sqlite", "postgres"] if cluster.binaries() else ["sqlite"]


def pytest_sessionstart(session: pytest.Session) -> None:
    if os.environ.get("CI") and cluster.binaries() is None:
        raise pytest.UsageError(LEFT_OUT + " CI must have both databases.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What an executor does does not depend on the database: one of them is enough for graphql-core's."""
    twice = [item for item in items if {"postgres", "graphql-core"} <= set(_parameters(item))]
    config.hook.pytest_deselected(items=twice)
    left_out = set(twice)
    items[:] = [item for item in items if item not in left_out]


def _parameters(item: pytest.Item) -> list[str]:
    callspec = getattr(item, "callspec", None)
    return [value for value in callspec.params.values() if isinstance(value, str)] if callspec else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if cluster.binaries() is None:
        terminalreporter.write_sep("!", LEFT_OUT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[cluster.Cluster]:
    with cluster.Cluster() as running:
        yield running


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """By kind of database: the migrated, empty one that tests are given copies of."""
    return {}


@pytest.fixture(params=_databases())
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def database_url(
    database_kind: str,
    request: pytest.FixtureRequest,
    templates: dict[str, str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[str]:
    """The URL of a migrated and empty database that is this test's alone."""
    if database_kind == "sqlite":
        if "sqlite" not in templates:
            template = tmp_path_factory.mktemp("template") / "muster.db"
            await migration.migrate(f"sqlite:///{template}")
            templates["sqlite"] = str(template)
        copy = tmp_path / "muster.db"
        shutil.copy(templates["sqlite"], copy)
        yield f"sqlite:///{copy}"
        return
    running: cluster.Cluster = request.getfixturevalue("postgres")
    if "postgres" not in templates or not await _emptied(running.url("test"), templates["postgres"]):
        templates["postgres"] = await _made(running)
    yield running.url("test")


async def _made(running: cluster.Cluster) -> str:
    """Makes the tests' database anew; what its tables are, to be told again."""
    server = await asyncpg.connect(running.url())
    try:
        await server.execute("DROP DATABASE IF EXISTS test WITH (FORCE)")
        await server.execute("CREATE DATABASE test")
    finally:
        await server.close()
    await migration.migrate(running.url("test"))
    connection = await asyncpg.connect(running.url("test"))
    try:
        return str(await connection.fetchval(_TABLES))
    finally:
        await connection.close()


async def _emptied(url: str, tables: str) -> bool:
    """Deletes every row, which takes a fraction of making a database; false where a test changed the tables."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_END_OTHERS)
        if await connection.fetchval(_TABLES) != tables:
            return False
        await connection.execute(_DELETE_ALL)
    finally:
        await connection.close()
    return True


# Tables with their columns, and which migrations were applied.
_TABLES = """
    SELECT coalesce(string_agg(DISTINCT format('%s.%s', table_name, column_name), ','), '')
        || (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public')
        || coalesce((SELECT string_agg(name, ',' ORDER BY name) FROM tortoise_migrations), '')
    FROM information_schema.columns WHERE table_schema = 'public'
"""
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_DELETE_ALL = """
    DO $$
    DECLARE name text;
    BEGIN
        SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to what
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'
        LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
    END $$
"""


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[None]:
    """The test's database, connected."""
    await database.connect(database_url)
    try:
        yield
    finally:
        await last_uses.finish()
        await database.disconnect()


@pytest.fixture(params=ENGINES)
def executor(request: pytest.FixtureRequest) -> str:
    """Compiled plans, or graphql-core's own executor: the answers are the same."""
    return str(request.param)


@pytest.fixture
async def api(db: None, executor: str) -> Api:
    """An account with one active ADMIN, Ada, who asks."""
    return await Api.of_new_account(executor=executor)


@pytest.fixture
async def stranger(db: None, executor: str) -> Api:
    """Somebody of another account."""
    return await Api.of_new_account(name="Elsewhere", executor=executor)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as JSON."""
    before = logging.root.handlers
    logs.configure(level="info", is_json=True)
    text = io.StringIO()
    handler = logging.root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(text)
    yield text
    logging.root.handlers = before
