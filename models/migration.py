"""Brings a database to the state that the models describe; models.migration_state tells whether it is there."""

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

from models import database
from models.migration_state import sqlite_path
from models.postgres import PostgresClient

_LOCK = 7_746_838  # any number that nothing else on the cluster takes as an advisory lock
_POLL_SECONDS = 0.2


async def migrate(url: str) -> list[str]:
    """Applies what is missing, once however many processes ask at once; the names of what was applied.

    An SQLite file that holds something already is copied beside itself first (``.before-<migration>``).
    """
    if (path := sqlite_path(url)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        async with _file_locked(path), _open(f"{url}?foreign_keys=OFF"):
            return await _apply(copy=path)
    async with _open(url), _locked():
        return await _apply(copy=None)


async def drift() -> list[str]:
    """What the models say that the migrations don't; empty where they agree. Needs no database."""
    configuration = database.configuration("sqlite://:memory:")
    await Tortoise.init(config=configuration, init_connections=False)
    writers = await MigrationAutodetector(Tortoise.apps, configuration["apps"]).changes()
    return [
        operation.describe()
        for writer in writers
        for operation in writer.operations
        if not isinstance(operation, AlterModelOptions)  # docstrings of models count as options there
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
        copyfile(copy, f"{copy}.before-{plan[0]}")
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
    """Holds a lock on a file beside the database, as long as this process lives."""
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
    """Holds PostgreSQL's advisory lock. Polled: a waiting one would hang against CREATE INDEX CONCURRENTLY."""
    connection = await cast(PostgresClient, database.connection()).connect()
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        await connection.close()
