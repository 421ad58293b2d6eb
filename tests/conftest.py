"""A test that asks for `db` runs on SQLite and, where its binaries are found, on PostgreSQL.

With `api` it runs with each executor as well: both on SQLite, the compiled one on PostgreSQL, too.
"""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from models import database, migration
from tests import cluster
from tests.api_client import ENGINES, Api

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
    server = await asyncpg.connect(running.url())
    try:
        if "postgres" not in templates:
            await server.execute("CREATE DATABASE template_muster")
            await migration.migrate(running.url("template_muster"))
            templates["postgres"] = "template_muster"
        await server.execute("DROP DATABASE IF EXISTS test WITH (FORCE)")
        await server.execute("CREATE DATABASE test TEMPLATE template_muster STRATEGY file_copy")
    finally:
        await server.close()
    yield running.url("test")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[None]:
    """The test's database, connected."""
    await database.connect(database_url)
    try:
        yield
    finally:
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
