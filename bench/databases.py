"""The measured databases. The data set is loaded once, kept under bench/data, and copied for each run."""

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench import data
from bench.data import Facts
from bench.watch import DIRECTORY, POSTMASTER, Watch, postmaster
from models.db import migration
from models.db.sqlite.values import to_parameter
from tests.support.servers.cluster import Cluster

DATA = data.ROOT / "bench" / "data"
_FACTS = "facts.json"
SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "jit": "off",
    # Autovacuum would run during one target's measurement and not during the other's.
    "autovacuum": "off",
    # No Unix socket, because its path would have to be short.
    "unix_socket_directories": "",
}
# Indexes that no constraint needs. Creating them after the rows are loaded is faster.
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique
"""

_SQLITE_INDEXES = """
SELECT type, name, sql FROM sqlite_master
WHERE type = 'trigger' OR type = 'index' AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%'
"""


@dataclass(frozen=True, slots=True)
class DataSet:
    """`with data_set.copy("name") as url: …` creates a copy of the database and drops it at the end."""

    facts: Facts
    copy: Callable[[str], AbstractContextManager[str]]


@contextmanager
def postgres(watch: Watch) -> Iterator[DataSet]:
    """Starts a PostgreSQL for the bench."""
    place = _place("postgres")
    is_complete = (place / _FACTS).exists()
    if not is_complete:
        shutil.rmtree(place, ignore_errors=True)
    if postmaster(place / "data") is not None:
        sys.exit("bench: another bench is running.")
    cluster = Cluster(settings=SETTINGS, directory=place)
    with watch.over(POSTMASTER, place / "data"), cluster:
        if not is_complete:
            facts = asyncio.run(_fill_postgres(cluster))
            (place / _FACTS).write_text(json.dumps(facts.to_json()))
        yield DataSet(_facts(place), lambda name: _postgres_copy(cluster, name))


@contextmanager
def sqlite(watch: Watch) -> Iterator[DataSet]:
    """Provides the same data set in SQLite files."""
    place = _place("sqlite")
    if not (place / _FACTS).exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        facts = _fill_sqlite(place / "muster.db")
        (place / _FACTS).write_text(json.dumps(facts.to_json()))
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as directory, watch.over(DIRECTORY, directory):
        yield DataSet(_facts(place), lambda name: _sqlite_copy(place / "muster.db", Path(directory) / name))


@contextmanager
def _postgres_copy(cluster: Cluster, name: str) -> Iterator[str]:
    asyncio.run(_copy(cluster, name))
    try:
        yield cluster.url(name)
    finally:
        asyncio.run(run(cluster.url(), f'DROP DATABASE "{name}" WITH (FORCE)'))


@contextmanager
def _sqlite_copy(original: Path, directory: Path) -> Iterator[str]:
    directory.mkdir()
    shutil.copyfile(original, directory / "muster.db")
    try:
        yield f"sqlite:///{directory}/muster.db"
    finally:
        shutil.rmtree(directory)


def _place(kind: str) -> Path:
    """Returns the directory of the current code's data set."""
    return place_of(kind, data.key())


def place_of(kind: str, key: str) -> Path:
    """Returns the directory of the data set with this key, and deletes the data sets with other keys."""
    home = DATA if _is_open_to_all(DATA) else Path(tempfile.gettempdir()) / "muster-bench-data"
    place = home / f"{kind}-{key}"
    for old in home.glob(f"{kind}-*"):
        if old != place and not (old / "data" / "postmaster.pid").exists():
            shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _is_open_to_all(directory: Path) -> bool:
    """Returns whether the user that PostgreSQL runs as can enter the directory. This user differs if the bench runs as
    root.
    """
    if os.geteuid() != 0:
        return True
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in directory.parents if parent.exists())


def _facts(place: Path) -> Facts:
    return Facts(**json.loads((place / _FACTS).read_text()))


async def _fill_postgres(cluster: Cluster) -> Facts:
    made = data.DataSet()
    print(f"bench: filling PostgreSQL with {data.LARGE:,} contacts …", flush=True)
    await run(cluster.url(), "CREATE DATABASE filled")
    await migration.migrate(cluster.url("filled"))
    connection = await asyncpg.connect(cluster.url("filled"))
    async with without_indexes(connection):
        await connection.execute("SET session_replication_role = replica")  # skips foreign key checks
        for piece in made.pieces():
            await connection.copy_records_to_table(piece.table, columns=piece.columns, records=piece.rows)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()
    return made.facts()


@asynccontextmanager
async def without_indexes(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """Drops the indexes that only serve reads, and creates them again after the block."""
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:
        await connection.execute(f'DROP INDEX "{index["name"]}"')
    yield
    for index in indexes:
        await connection.execute(index["definition"])


async def _copy(cluster: Cluster, name: str) -> None:
    await run(
        cluster.url(),
        f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}" TEMPLATE filled STRATEGY file_copy',
    )
    await warm(cluster.url(name))


async def warm(url: str) -> None:
    """Reads the whole database into memory."""
    await run(
        url,
        "CREATE EXTENSION IF NOT EXISTS pg_prewarm",
        "SELECT pg_prewarm(oid) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace",
    )


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _fill_sqlite(path: Path) -> Facts:
    made = data.DataSet()
    asyncio.run(migration.migrate(f"sqlite:///{path}"))
    print(f"bench: filling SQLite with {data.LARGE:,} contacts …", flush=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("BEGIN")
    made_anew = connection.execute(_SQLITE_INDEXES).fetchall()
    for kind, name, _ in made_anew:
        connection.execute(f'DROP {kind} "{name}"')
    for piece in made.pieces():
        marks = ", ".join("?" * len(piece.columns))
        sql = f"INSERT INTO {piece.table} ({', '.join(piece.columns)}) VALUES ({marks})"
        connection.executemany(sql, _parameters(piece.rows))
    connection.execute("INSERT INTO contact_search (contact_search) VALUES ('rebuild')")
    for _, _, sql in made_anew:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return made.facts()


def _parameters(rows: Sequence[tuple[object, ...]]) -> Iterator[list[object]]:
    for row in rows:
        yield [to_parameter(value) for value in row]
