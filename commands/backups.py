"""`python -m muster backup` and `restore`, with SQLite's online backup or with pg_dump and pg_restore."""

import os
import shlex
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.running import console, fail, load_settings, run
from models.db import database, distribution, migration_state
from models.db.sqlite import epochs
from settings import Settings

_HAS_ACCOUNTS = "the database has accounts: restore with --force replaces everything in it"
_MIGRATE = "The backup is of an older version: run python -m muster migrate"
_BUSY_SECONDS = 30.0
# The owner of the database may not be allowed to drop these, and `restore` makes the extensions.
_KEPT = (" EXTENSION ", " COMMENT - EXTENSION ", " SCHEMA ")
_EXTENSIONS = ("pg_trgm", "btree_gin")


def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write, readable by its owner only.")],
) -> None:
    """Write a backup of the whole database. The server can run. An existing file is replaced by the complete new one.

    On PostgreSQL, pg_dump writes it, in its custom format.
    """
    settings = load_settings()
    path = migration_state.sqlite_path(settings.database_url)
    if path is None:
        _require_program("pg_dump", [*_DUMP, f"--file={file}"], settings)
    unfinished = file.with_name(f"{file.name}.part")
    try:
        _create_private(unfinished)
        if path is None:
            _run_program("pg_dump", [*_DUMP, f"--file={unfinished}"], settings, **run(_dump_options, is_migrated=False))
        elif not path.exists():
            fail(f"there is no database {path}")
        else:
            _copy(path, unfinished, is_live=False)
            epochs.renew(unfinished)
        unfinished.replace(file)
    except OSError as error:
        fail(f"{str(file)!r} can't be written: {error.strerror}")
    except sqlite3.Error as error:
        fail(f"the database {path} can't be copied: {error}")
    finally:
        unfinished.unlink(missing_ok=True)
    console.print(f"{file.stat().st_size:,} bytes written")


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A file of backup.")],
    is_forced: Annotated[
        bool, typer.Option("--force", help="Replace a database that has accounts. Its data are lost.")
    ] = False,
) -> None:
    """Replace the database by a backup. Stop the servers first.

    Refuses a database that has accounts, unless --force is set.
    """
    settings = load_settings()
    path = migration_state.sqlite_path(settings.database_url)
    if path is None:
        _require_program("pg_restore", [*_RESTORE, *_to_database(settings), str(file)], settings)
        run(lambda: _restore_postgres(file, settings, is_forced), is_migrated=False)
    else:
        _restore_sqlite(file, path, is_forced)
    if not run(_is_current, is_migrated=False):
        console.print(_MIGRATE)


def _create_private(file: Path) -> None:
    """Creates or empties a file that only its owner can read."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


# ------------------------------------------------------------------ SQLite


def _copy(source: Path, target: Path, *, is_live: bool) -> None:
    """Copies a database with SQLite's online backup, as one transaction. Raises sqlite3.Error.

    `is_live` is false if no server uses the copy.
    """
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin,
        closing(sqlite3.connect(target, timeout=_BUSY_SECONDS)) as copy,
    ):
        origin.backup(copy)
        if not is_live:
            copy.execute("PRAGMA journal_mode=DELETE")  # it is then one file, which also opens on a read-only disk


def _restore_sqlite(file: Path, path: Path, is_forced: bool) -> None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as origin:
            if not _has_table(origin, "tortoise_migrations"):
                fail(f"{str(file)!r} is not a backup of Muster")
            if (problem := origin.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                fail(f"{str(file)!r} is damaged: {problem}")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _create_private(path)
        with closing(sqlite3.connect(path)) as current:
            if not is_forced and _has_table(current, "account") and current.execute("SELECT 1 FROM account").fetchone():
                fail(_HAS_ACCOUNTS)
        _copy(file, path, is_live=True)
        epochs.renew(path)
    except sqlite3.Error as error:
        fail(f"{str(file)!r} can't be restored: {error}")


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


# ------------------------------------------------------------------ PostgreSQL

_DUMP = ("--format=custom", "--no-owner", "--no-privileges")
_RESTORE = ("--clean", "--if-exists", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")


async def _restore_postgres(file: Path, settings: Settings, is_forced: bool) -> None:
    contents = _run_program("pg_restore", ["--list", str(file)], settings).splitlines()
    tables = {line.split()[-2] for line in contents if " TABLE public " in line}
    if "tortoise_migrations" not in tables:
        fail(f"{str(file)!r} is not a backup of Muster")
    await database.connect(settings.database_url, **settings.database_options)
    try:
        existing = await distribution.tables()
        if "account" in existing and not is_forced and await database.fetch("SELECT 1 FROM account LIMIT 1"):
            fail(_HAS_ACCOUNTS)
        for name in _EXTENSIONS:
            await database.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        # The tables of a newer version are not in the backup, and their migrations will create them again.
        for name in existing - tables:
            await database.execute(f'DROP TABLE "{name}" CASCADE')
    finally:
        await database.disconnect()
    with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
        wanted.write("\n".join(line for line in contents if not any(kind in line for kind in _KEPT)))
        wanted.flush()
        arguments = [
            *_RESTORE,
            f"--use-list={wanted.name}",
            *_to_database(settings),
            str(file),
        ]
        _run_program("pg_restore", arguments, settings, **await _dump_options())
    await _distribute(settings)


async def _distribute(settings: Settings) -> None:
    """Distributes the restored tables, if the database is a Citus cluster."""
    await database.connect(settings.database_url, **settings.database_options)
    try:
        await distribution.distribute()
    finally:
        await database.disconnect()


async def _is_current() -> bool:
    settings = load_settings()
    await database.connect(settings.database_url, **settings.database_options)
    try:
        return await migration_state.is_current()
    finally:
        await database.disconnect()


def _require_program(name: str, arguments: Sequence[str], settings: Settings) -> None:
    """Ends the command if a program of PostgreSQL is not found, and prints the command line to run elsewhere."""
    if shutil.which(name) is None:
        console.print(f"{name} was not found. Run this where it is installed:")
        connection = [
            f"{key}={shlex.quote(text)}" for key, text in _connection(settings).items() if key != "PGPASSWORD"
        ]
        print(" ".join([*connection, shlex.join([name, *arguments])]))
        raise typer.Exit(1)


async def _dump_options() -> dict[str, str]:
    """Returns the environment of pg_dump and pg_restore for a Citus cluster."""
    settings = load_settings()
    await database.connect(settings.database_url, **settings.database_options)
    try:
        return {"PGOPTIONS": distribution.DUMP_OPTIONS} if await distribution.has_extension() else {}
    finally:
        await database.disconnect()


def _run_program(name: str, arguments: Sequence[str], settings: Settings, **environment: str) -> str:
    """Runs a program of PostgreSQL, and returns its output. An error ends the command."""
    done = subprocess.run(
        [name, *arguments],
        env=os.environ | _connection(settings) | environment,
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    if done.returncode:
        fail(" ".join(done.stderr.split()) or f"{name} failed with status {done.returncode}")
    return done.stdout


def _to_database(settings: Settings) -> Sequence[str]:
    return (f"--dbname={_connection(settings)['PGDATABASE']}",)


def _connection(settings: Settings) -> Mapping[str, str]:
    """Returns libpq's environment variables of the database. They keep the password out of the list of processes.

    pg_dump needs a direct connection, so they are those of the URL for notifications if there is one.
    """
    url = settings.listen_url or settings.database_url
    given: dict[str, Any] = database.configuration(url)["connections"]["default"]["credentials"]
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "database": "PGDATABASE"}
    names |= {"ssl": "PGSSLMODE", "passfile": "PGPASSFILE"}
    return {variable: str(given[name]) for name, variable in names.items() if given.get(name) is not None}
