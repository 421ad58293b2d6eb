"""The measured databases. A data set is loaded once, kept under bench/data, and copied for each measurement."""

import asyncio
import fcntl
import json
import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bench import data
from bench.data import DataSet, Facts, fill_postgres, fill_sqlite
from bench.processes import ending_with_the_bench
from tests.support.servers.cluster import Cluster, binaries

_SETTINGS = {
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
_WARM = (
    "CREATE EXTENSION IF NOT EXISTS pg_prewarm",
    "SELECT pg_prewarm(oid) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace",
)


@dataclass(frozen=True, slots=True)
class Copies:
    """`with copies.copy("name") as url: …` creates a copy of the database and drops it at the end."""

    database: str
    facts: Facts
    copy: Callable[[str], AbstractContextManager[str]]
    postmaster: int | None = None


@contextmanager
def postgres(contacts: int) -> Iterator[Copies]:
    """Starts a PostgreSQL for the bench."""
    with (
        _place("postgres", contacts) as place,
        Cluster(settings=_SETTINGS, directory=place) as server,
        ending_with_the_bench(server.postmaster),
    ):

        def fill(made: DataSet) -> None:
            run(server.url(), "DROP DATABASE IF EXISTS filled", "CREATE DATABASE filled")
            asyncio.run(fill_postgres(server.url("filled"), made))

        facts = _facts(place, contacts, fill)
        yield Copies("postgres", facts, partial(_postgres_copy, server), server.postmaster)


@contextmanager
def sqlite(contacts: int) -> Iterator[Copies]:
    """Provides the same data set in SQLite files."""
    with _place("sqlite", contacts) as place:
        for old in place.glob("copy of *"):
            shutil.rmtree(old)
        facts = _facts(place, contacts, partial(fill_sqlite, place / "muster.db"))
        yield Copies("sqlite", facts, partial(_sqlite_copy, place))


@contextmanager
def _postgres_copy(server: Cluster, name: str) -> Iterator[str]:
    """Copies the database `filled` and reads the copy into memory."""
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    run(server.url(), drop, f'CREATE DATABASE "{name}" TEMPLATE filled STRATEGY file_copy')
    try:
        run(server.url(name), *_WARM)
        yield server.url(name)
    finally:
        run(server.url(), drop)


@contextmanager
def _sqlite_copy(place: Path, name: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix=f"copy of {name} ", dir=place) as directory:
        shutil.copyfile(place / "muster.db", f"{directory}/muster.db")
        yield f"sqlite:///{directory}/muster.db"


DATABASES = {"postgres": postgres, "sqlite": sqlite}


def available(names: Sequence[str]) -> list[str]:
    """Returns the databases that are installed, and reports others."""
    if "postgres" in names and binaries() is None:
        print("bench: the PostgreSQL binaries were not found; PostgreSQL is SKIPPED.", file=sys.stderr)
        return [name for name in names if name != "postgres"]
    return list(names)


@contextmanager
def _place(kind: str, contacts: int) -> Iterator[Path]:
    """Locks the directory of a data set. Deletes those of the same size that older code generated."""
    home = data.ROOT / "bench" / "data"
    # If the bench runs as root, PostgreSQL runs as a different user, which must be able to enter the directory.
    if os.geteuid() == 0 and not all(parent.stat().st_mode & stat.S_IXOTH for parent in data.ROOT.parents):
        home = Path(tempfile.gettempdir()) / "muster-bench-data"
    place = home / f"{kind}-{contacts}-{data.key()}"
    place.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("bench: another bench is running.")
        for old in home.glob(f"{kind}-{contacts}-*"):
            if old != place:
                shutil.rmtree(old, ignore_errors=True)
        yield place


def _facts(place: Path, contacts: int, fill: Callable[[DataSet], None]) -> Facts:
    """Returns the facts of a data set, and fills the database first if it is not complete."""
    file, made = place / "facts.json", DataSet(contacts)
    if not file.exists():
        print(f"bench: filling {place.name} …", flush=True)
        fill(made)
        file.write_text(json.dumps(asdict(made.facts())))
    return Facts(**json.loads(file.read_text()))


def run(url: str, *statements: str) -> list[Any]:
    """Executes statements, on PostgreSQL each in its own transaction, and returns the rows of the last one."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return [database.execute(statement).fetchall() for statement in statements][-1]

    async def execute() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return [await connection.fetch(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(execute())
