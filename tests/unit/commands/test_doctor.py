"""`python -m muster doctor` checks a real database, a real mail server and a real receiver of webhooks."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner

import muster
from models.db import notifications
from tests.support.commands import Command
from tests.support.servers.cluster import free_port

NAMES = "database migrations nodes writes notifications replicas clock mail webhook disk".split()
SECRET = "whsec_" + "A" * 32


@pytest.fixture
def mail_port() -> Iterator[int]:
    controller = Controller(object(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def receiver_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def checked(command: Command) -> tuple[int, dict[str, tuple[str, str]]]:
    """Returns the exit status, and the result and the detail of each check."""
    result = command("doctor", "--json")
    found: list[dict[str, Any]] = orjson.loads(result.stdout)
    return result.exit_code, {each["check"]: (each["result"], each["detail"]) for each in found}


def test_each_check_is_one_line(
    command: Command, database_kind: str, mail_port: int, receiver_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_SMTP_URL", f"smtp://127.0.0.1:{mail_port}")
    monkeypatch.setenv("MUSTER_WEBHOOK_URL", f"http://127.0.0.1:{receiver_port}/hooks")
    monkeypatch.setenv("MUSTER_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("MUSTER_WEBHOOK_ALLOW_PRIVATE", "true")
    monkeypatch.setenv("MUSTER_MAX_UPLOAD_BYTES", "1000")

    result = command("doctor")

    assert (result.exit_code, result.stderr) == (0, "")
    header, *lines = [line.split() for line in result.stdout.splitlines()]
    assert header == ["check", "result", "detail"]
    assert [line[:2] for line in lines] == [[name, "ok"] for name in NAMES]
    assert lines[0][2] == {"sqlite": "SQLite", "postgres": "PostgreSQL"}[database_kind]
    assert lines[4][2:] == (["notifications", "are", "heard"] if database_kind == "postgres" else lines[4][2:])


@pytest.mark.plain_postgres
def test_whatever_fails_is_named_and_the_status_is_1(
    command: Command, database_kind: str, receiver_port: int, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_SMTP_URL", f"smtp://ada:secret@127.0.0.1:{free_port()}")
    monkeypatch.setenv("MUSTER_WEBHOOK_URL", f"http://127.0.0.1:{receiver_port}/hooks")
    monkeypatch.setenv("MUSTER_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("MUSTER_MAX_UPLOAD_BYTES", "1_000_000_000_000")
    monkeypatch.setenv("MUSTER_LISTEN_URL", postgres_url)
    monkeypatch.setattr(notifications, "_TEST_SECONDS", 0.2)

    status, found = checked(command)

    assert status == 1
    failed = {name: detail for name, (result, detail) in found.items() if result == "FAILED"}
    deaf = {"notifications"} if database_kind == "postgres" else set()
    assert failed.keys() == {"mail", "webhook", "disk"} | deaf
    assert failed["mail"].startswith("The mail server can't be reached.: SMTPConnectError: ")
    assert "secret" not in failed["mail"]
    assert failed["webhook"] == "127.0.0.1 has a private address: set MUSTER_WEBHOOK_ALLOW_PRIVATE to allow it"
    assert failed["disk"].endswith(" needs 1000.0 GB")


@pytest.fixture
def postgres_url(database_kind: str, request: pytest.FixtureRequest) -> str:
    """Returns the URL of another database, whose listeners do not hear the tests' database."""
    if database_kind == "sqlite":
        return "postgres://127.0.0.1/unused"
    return str(request.getfixturevalue("postgres").url())


def test_a_database_that_is_away_fails_and_skips_what_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", f"postgres://ada:secret@127.0.0.1:{free_port()}/none"):
        monkeypatch.setenv("MUSTER_DATABASE_URL", url)
        monkeypatch.setenv("MUSTER_MAX_UPLOAD_BYTES", "1000")

        status, found = checked(lambda *arguments: CliRunner().invoke(muster.app, arguments))

        assert status == 1
        assert [result for result, _ in found.values()] == ["FAILED", *["skipped"] * 6, "ok", "ok", "ok"]
        assert "secret" not in str(found)
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_is_not_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")

    status, found = checked(lambda *arguments: CliRunner().invoke(muster.app, arguments))

    assert status == 1
    assert found["migrations"] == ("FAILED", "migrations are missing: run python -m muster migrate")
    assert found["writes"][0] == "FAILED"
