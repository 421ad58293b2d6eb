"""Fixtures of all tests.

A test with the fixture `db` runs on SQLite and, if its binaries are found, on PostgreSQL. With `api` it also runs with
each executor: with both on SQLite, with the compiled one on PostgreSQL.

MUSTER_TEST_POSTGRES_URL names a server for the tests of PostgreSQL; SQLite is then left out. If its database has the
extension Citus, all tests share this database, so each has accounts of its own and no empty tables.
"""

import io
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from models.db import database, migration
from services.accounts.authentication import last_uses
from tests.support.api_client import ENGINES, Api
from tests.support.citus_recorder import recorded_findings
from tests.support.servers import cluster, given
from web import logs

# An example's duration depends more on the machine than on the code, so there is no deadline. Each example creates its
# own data, so a function-scoped fixture may be shared by the examples of a test.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("patient")

LEFT_OUT = "The PostgreSQL binaries were not found: that half of the tests was SKIPPED."


def _databases() -> list[str]:
    if given.server is not None:
        return ["postgres"]
    return ["sqlite", "postgres"] if cluster.binaries() else ["sqlite"]


class _Failures:
    """Prints each failure when it occurs, because CI may end the run before its summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(f"\n{report.nodeid} failed ({report.when}):\n{report.longreprtext}")


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI"):
        config.pluginmanager.register(_Failures(config))


def pytest_sessionstart(session: pytest.Session) -> None:
    if os.environ.get("CI") and cluster.binaries() is None:
        raise pytest.UsageError(LEFT_OUT + " CI must have both databases.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Runs graphql-core's executor on one database only, because an executor does not depend on the database.

    Leaves out what a given server can't show.
    """
    twice = [item for item in items if {"postgres", "graphql-core"} <= set(_parameters(item))]
    twice += [item for item in items if given.leaves_out(item)]
    config.hook.pytest_deselected(items=twice)
    left_out = set(twice)
    items[:] = [item for item in items if item not in left_out]


def _parameters(item: pytest.Item) -> list[str]:
    callspec = getattr(item, "callspec", None)
    return [value for value in callspec.params.values() if isinstance(value, str)] if callspec else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if cluster.binaries() is None:
        terminalreporter.write_sep("!", LEFT_OUT)


@pytest.fixture(autouse=True)
def citus_rules() -> Iterator[None]:
    """Fails a test that runs a new statement on PostgreSQL which one shard of a Citus cluster could not answer."""
    if given.server is not None and given.server.is_citus:  # the cluster itself says what it does not support
        yield
        return
    with recorded_findings() as found:
        yield
    assert not found, "\n\n".join(["These statements break the rules of docs/decisions/citus-statements.md:", *found])


@pytest.fixture(scope="session")
def postgres() -> Iterator[cluster.Cluster | given.Server]:
    if given.server is not None:
        yield given.server
        return
    with cluster.Cluster(settings={"autovacuum": "off", "wal_writer_delay": "10ms"}) as running:
        yield running


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """Returns the migrated, empty databases that tests copy, by kind of database."""
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
    """Yields the URL of a migrated, empty database that only this test uses."""
    if database_kind == "sqlite":
        if "sqlite" not in templates:
            template = tmp_path_factory.mktemp("template") / "muster.db"
            await migration.migrate(f"sqlite:///{template}")
            templates["sqlite"] = str(template)
        copy = tmp_path / "muster.db"
        shutil.copy(templates["sqlite"], copy)
        yield f"sqlite:///{copy}"
        return
    running: cluster.Cluster | given.Server = request.getfixturevalue("postgres")
    if given.server is not None and given.server.is_citus:
        yield await given.server.shared_database()
        return
    if "postgres" not in templates or not await _emptied(running.url("test"), templates["postgres"]):
        templates["postgres"] = await _made(running)
    yield running.url("test")


async def _made(running: cluster.Cluster | given.Server) -> str:
    """Creates the tests' database and returns a description of its tables."""
    server, name = await asyncpg.connect(running.url()), urlsplit(running.url("test")).path[1:]
    try:
        await server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {name}")
    finally:
        await server.close()
    await migration.migrate(running.url("test"))
    connection = await asyncpg.connect(running.url("test"))
    try:
        return str(await connection.fetchval(_TABLES))
    finally:
        await connection.close()


async def _emptied(url: str, tables: str) -> bool:
    """Deletes every row, which is much faster than creating a database. Returns False if a test changed the tables.

    Tables that have grown are truncated, because the dead rows of earlier tests would change plans and fill disks.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_END_OTHERS)
        if await connection.fetchval(_TABLES) != tables:
            return False
        await connection.execute(_DELETE_ALL)
    finally:
        await connection.close()
    return True


# Describes the tables with their columns, the number of indexes, and the applied migrations.
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
        SET LOCAL session_replication_role = replica;  -- without foreign key checks, any order works
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'
        LOOP
            IF pg_total_relation_size(name::regclass) > 1000000 THEN
                EXECUTE format('TRUNCATE %I CASCADE', name);
            ELSE
                EXECUTE format('DELETE FROM %I', name);
            END IF;
        END LOOP;
    END $$
"""


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[None]:
    """Connects to the test's database."""
    await database.connect(database_url)
    try:
        yield
    finally:
        await last_uses().finish()
        await database.disconnect()


@pytest.fixture(params=ENGINES)
def executor(request: pytest.FixtureRequest) -> str:
    """Selects compiled plans or graphql-core's own executor. Both return the same answers."""
    return str(request.param)


@pytest.fixture
async def api(db: None, executor: str) -> Api:
    """Returns the caller Ada, the only ADMIN of a new account."""
    return await Api.of_new_account(executor=executor)


@pytest.fixture
async def stranger(db: None, executor: str) -> Api:
    """Returns a caller of another account."""
    return await Api.of_new_account(name="Elsewhere", executor=executor)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Yields the log as JSON lines."""
    before = logging.root.handlers
    logs.configure(level="info", is_json=True)
    text = io.StringIO()
    handler = logging.root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(text)
    yield text
    logging.root.handlers = before
