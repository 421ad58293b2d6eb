"""Applies migrations to a database. `models.db.migration_state` tells whether a database has all of them."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copyfile
from typing import cast

from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import AlterModelOptions

from models.db import database, distribution
from models.db.migration_state import sqlite_path
from models.db.postgres.engine import PostgresClient
from models.db.sqlite import epochs

_LOCK = 7_746_838  # no other advisory lock on the cluster has this number
_POLL_SECONDS = 0.2


async def migrate(url: str) -> list[str]:
    """Applies the missing migrations, and returns their names. Concurrent calls apply each migration once.

    An SQLite file that has tables is first copied to a file beside it (``.before-<migration>``). On a Citus cluster, it
    distributes new tables. It raises NotDistributed if one is left, and on a worker.
    """
    if (path := sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        async with _file_locked(path), _open(f"{url}?foreign_keys=OFF"):
            return await _apply(copy=path)
    async with _open(url), _locked():
        await distribution.ensure_coordinator()
        applied = await _apply(copy=None)
        await distribution.distribute()
        return applied


async def drift() -> list[str]:
    """Returns descriptions of the differences between models and migrations; empty if none. Needs no database."""
    configuration = database.configuration("sqlite://:memory:")
    await Tortoise.init(config=configuration, init_connections=False)
    writers = await MigrationAutodetector(Tortoise.apps, configuration["apps"]).changes()
    return [
        operation.describe()
        for writer in writers
        for operation in writer.operations
        if not isinstance(operation, AlterModelOptions)  # Tortoise counts a model's docstring as an option
    ]


def _executor() -> MigrationExecutor:
    from_apps = database.configuration("sqlite://:memory:")["apps"]
    return MigrationExecutor(database.connection(), from_apps)


async def _apply(copy: Path | None) -> list[str]:
    tables = await database.fetch("SELECT name FROM sqlite_master") if copy is not None else ()
    executor = _executor()
    plan = [step.migration.name for step in await executor.plan()]
    if plan and copy is not None and tables:
        await database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = Path(f"{copy}.before-{plan[0]}")
        copyfile(copy, before)
        epochs.renew(before)
    await executor.migrate()
    return plan


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[None]:
    await database.connect(url)
    try:
        yield
    finally:
        await database.disconnect()


@asynccontextmanager
async def _file_locked(path: Path) -> AsyncIterator[None]:
    """Locks a file beside the database. The lock also ends if this process does."""
    with path.with_name(f"{path.name}.migrating").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_POLL_SECONDS)
        yield


@asynccontextmanager
async def _locked() -> AsyncIterator[None]:
    """Takes PostgreSQL's advisory lock in a separate transaction, because a pooler keeps the locks of sessions.

    It polls, because a waiting session would block CREATE INDEX CONCURRENTLY. A transaction between two statements
    does not.
    """
    connection = await cast(PostgresClient, database.connection()).connect()
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            while not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                await asyncio.sleep(_POLL_SECONDS)
            yield
    finally:
        await connection.close()
