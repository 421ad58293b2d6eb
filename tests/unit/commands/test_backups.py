"""`python -m muster backup` and `restore`, with SQLite's online backup and with PostgreSQL's own programs."""

import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import muster
from models.change import ChangeKind
from models.db import database
from services.changes import log as change_log
from tests.support.commands import Command, asked, value
from tests.support.servers import cluster

NAMES = "SELECT name FROM account ORDER BY name"
REFUSED = "muster: the database has accounts: restore with --force replaces everything in it\n"


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the programs of the tests' PostgreSQL first on the path, because an older pg_dump refuses a newer server."""
    if (directory := cluster.binaries()) is not None:
        monkeypatch.setenv("PATH", f"{directory}:{os.environ.get('PATH', '')}")


def account_names(url: str) -> list[str]:
    return [row["name"] for row in asked(url, lambda: database.fetch(NAMES))]


def test_a_backup_restores_the_database_of_its_time(command: Command, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "muster.backup"
    value(command("account", "create", "--name", "Before"))
    made = command("backup", str(file))
    value(command("account", "create", "--name", "After"))
    # As if of a newer version than the backup, whose migration would create the table again.
    asked(database_url, lambda: database.execute("CREATE TABLE newer (account_id TEXT)"))

    refused = command("restore", str(file))
    kept = account_names(database_url)
    restored = command("restore", str(file), "--force")

    assert (made.exit_code, made.stdout) == (0, "")
    assert made.stderr == f"{file.stat().st_size:,} bytes written\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (refused.exit_code, refused.output, kept) == (1, REFUSED, ["After", "Before"])
    assert (restored.exit_code, restored.output) == (0, "")
    assert account_names(database_url) == ["Before"]
    assert command("migrate").stderr == "nothing to apply\n"
    with pytest.raises(Exception, match="newer"):
        asked(database_url, lambda: database.fetch("SELECT * FROM newer"))
    assert [each.name for each in tmp_path.glob("muster.backup*")] == ["muster.backup"]


def test_a_restore_ends_the_cursors_of_changes(command: Command, database_url: str, tmp_path: Path) -> None:
    file, now = tmp_path / "muster.backup", datetime.now(UTC)
    value(command("account", "create", "--name", "Before"))
    account_id = asked(database_url, lambda: database.fetch("SELECT id FROM account"))[0]["id"]
    cursor = asked(database_url, lambda: change_log.latest(account_id, now=now))

    async def read() -> change_log.ChangePage:
        return await change_log.read(account_id, after=cursor, kinds=list(ChangeKind), size=1, now=now)

    assert command("backup", str(file)).exit_code == 0
    assert asked(database_url, read).kinds == []
    assert command("restore", str(file), "--force").exit_code == 0

    with pytest.raises(change_log.CursorExpired, match="The database was restored"):
        asked(database_url, read)


def test_a_backup_of_sqlite_does_not_wait_for_a_transaction_and_leaves_it_out(
    command: Command, database_kind: str, tmp_path: Path
) -> None:
    if database_kind != "sqlite":
        pytest.skip("pg_dump reads a snapshot")
    value(command("account", "create", "--name", "Committed"))
    with closing(sqlite3.connect(tmp_path / "muster.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE account SET name = 'Uncommitted'")

        made = command("backup", str(tmp_path / "backup"))

        writer.execute("COMMIT")
    assert made.exit_code == 0
    assert account_names(f"sqlite:///{tmp_path}/backup") == ["Committed"]
    assert account_names(f"sqlite:///{tmp_path}/muster.db") == ["Uncommitted"]


@pytest.mark.plain_postgres
def test_an_empty_database_needs_no_force(
    command: Command, database_kind: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value(command("account", "create", "--name", "Acme"))
    command("backup", str(tmp_path / "backup"))
    if database_kind == "sqlite":
        other = f"sqlite:///{tmp_path}/new/muster.db"
    else:
        asked(database_url, lambda: database.execute("DROP DATABASE IF EXISTS fresh"))
        asked(database_url, lambda: database.execute("CREATE DATABASE fresh"))
        other = database_url.removesuffix("test") + "fresh"
    monkeypatch.setenv("MUSTER_DATABASE_URL", other)

    restored = command("restore", str(tmp_path / "backup"))

    assert (restored.exit_code, restored.output) == (0, "")
    assert account_names(other) == ["Acme"]


@pytest.mark.plain_postgres
def test_a_file_that_is_no_backup_changes_nothing(
    command: Command, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value(command("account", "create", "--name", "Acme"))
    (tmp_path / "notes.txt").write_text("Buy milk. " * 100)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE note (text)")

    for name in ("notes.txt", "other.db"):
        result = command("restore", str(tmp_path / name), "--force")
        [line] = result.stderr.splitlines()
        assert (result.exit_code, result.stdout, line[:8]) == (1, "", "muster: ")

    assert account_names(database_url) == ["Acme"]
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{tmp_path}/notes.txt")
    damaged = command("backup", str(tmp_path / "backup"))
    assert (damaged.exit_code, damaged.stdout) == (1, "")
    assert damaged.stderr.endswith("notes.txt can't be copied: file is not a database\n")
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    unwritable = command("backup", str(tmp_path / "none" / "backup"))
    assert unwritable.exit_code == 1
    assert unwritable.stderr.endswith("can't be written: No such file or directory\n")


def test_without_its_programs_the_command_lines_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgres://ada:secret@pooler.example.com:6432/muster")
    monkeypatch.setenv("MUSTER_LISTEN_URL", "postgres://ada:secret@db.example.com:6000/muster?sslmode=require")
    (tmp_path / "backup").touch()

    dump = CliRunner().invoke(muster.app, ["backup", str(tmp_path / "new")])
    restore = CliRunner().invoke(muster.app, ["restore", str(tmp_path / "backup")])

    connection = "PGHOST=db.example.com PGPORT=6000 PGUSER=ada PGDATABASE=muster PGSSLMODE=require"
    assert dump.exit_code == restore.exit_code == 1
    assert dump.stdout == (f"{connection} pg_dump --format=custom --no-owner --no-privileges --file={tmp_path}/new\n")
    assert restore.stdout == (
        f"{connection} pg_restore --clean --if-exists --single-transaction --exit-on-error --no-owner --no-privileges "
        f"--dbname=muster {tmp_path}/backup\n"
    )
    assert "secret" not in dump.output + restore.output
    assert not (tmp_path / "new").exists()
