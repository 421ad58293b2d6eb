"""The command line: its output on stdout and stderr, and its error messages."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

import muster
from models.db import database, migration
from schema.ids import IdPrefix, encode
from schema.root import schema
from services.accounts import authentication
from services.accounts.authentication import Role, Scope
from services.demo import account as demo
from tests.support.commands import Command, asked, value
from web import listening

ROOT = Path(muster.__file__).parent


@pytest.mark.plain_postgres
def test_an_account_a_user_and_a_token_are_made_by_three_commands(command: Command, database_url: str) -> None:
    account = value(command("account", "create", "--name", "Acme", "--region", "KE"))
    user = value(
        command(
            *("user", "create", "--account", account, "--email", "Ada@example.com", "--name", "Ada"),
            *("--role", "admin", "--subject", "ada-1"),
        )
    )
    again = command(
        *("user", "create", "--account", account, "--email", "eve@example.com", "--name", "Eve", "--subject", "ada-1")
    )
    secret = value(command("token", "create", "--account", account, "--user", "ada@EXAMPLE.com"))

    caller = asked(database_url, lambda: authentication.authenticate(secret, now=datetime.now(UTC)))
    assert account.startswith("acc_")
    assert user.startswith("usr_")
    assert again.exit_code == 1
    assert "subject: Another user of the account has this subject." in again.output
    assert caller.settings.default_region == "KE"
    assert caller.role is Role.ADMIN
    assert caller.scopes == frozenset(Scope)


def test_a_token_has_the_scopes_and_the_end_that_it_is_given(command: Command, database_url: str) -> None:
    account = value(command("account", "create", "--name", "Acme"))
    secret = value(
        command(
            *("token", "create", "--account", account, "--expires", "30"),
            *("--scope", "contacts_read", "--scope", "CONTACTS_WRITE"),
        )
    )

    def caller(days: int) -> Any:
        now = datetime.now(UTC) + timedelta(days=days)
        return asked(database_url, lambda: authentication.authenticate(secret, now=now))

    assert caller(29).scopes == {Scope.CONTACTS_READ, Scope.CONTACTS_WRITE}
    assert caller(29).user_id is None
    assert caller(31) is None


@pytest.mark.plain_postgres
def test_a_revoked_token_is_dead(command: Command, database_url: str) -> None:
    account = value(command("account", "create", "--name", "Acme"))
    made = command("token", "create", "--account", account)
    secret = value(made)
    caller = asked(database_url, lambda: authentication.authenticate(secret, now=datetime.now(UTC)))
    token = encode(IdPrefix.API_TOKEN, caller.token_id)

    revoked = command("token", "revoke", token)

    assert made.stderr == f"The token is {token}; its secret is shown only once.\n"
    events = asked(database_url, lambda: database.fetch("SELECT * FROM audit_event ORDER BY id"))
    assert [event["action"] for event in events] == ["CHANGE_ACCOUNT", "CREATE_TOKEN", "REVOKE_TOKEN"]
    assert [(event["user_id"], event["token_id"], event["request_id"]) for event in events] == [(None, None, None)] * 3
    assert events[2]["subject"] == token
    assert (revoked.exit_code, revoked.stdout) == (0, "")
    assert asked(database_url, lambda: authentication.authenticate(secret, now=datetime.now(UTC))) is None


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("token", "create", "--account", "acme"), 1, "there is no account acme"),
        (("token", "create", "--account", "acc_01jd8vq0c5fj2v7wq1x3ynm8za"), 1, "there is no account acc_"),
        (("token", "revoke", "tok_01jd8vq0c5fj2v7wq1x3ynm8za"), 1, "there is no token tok_"),
        (("account", "create", "--name", " "), 1, "name: "),
        (("account", "create", "--name", "Acme", "--region", "Kenya"), 1, "defaultRegion: 'Kenya' is not a region"),
        (
            ("token", "create", "--account", "acc_01jd8vq0c5fj2v7wq1x3ynm8za", "--expires", "soon"),
            2,
            "'soon' is not a date",
        ),
        (
            (
                *("token", "create", "--account", "acc_01jd8vq0c5fj2v7wq1x3ynm8za"),
                *("--expires", "9999-12-31T23:59:59-12:00"),
            ),
            2,
            "'9999-12-31T23:59:59-12:00' is not a date",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    command: Command, arguments: tuple[str, ...], status: int, told: str
) -> None:
    result = command(*arguments)

    assert result.exit_code == status
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith(f"muster: {told}")


def test_a_user_whom_the_account_has_not_gets_no_token(command: Command) -> None:
    account = value(command("account", "create", "--name", "Acme"))

    result = command("token", "create", "--account", account, "--user", "nobody@example.com")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "muster: the account has no user nobody@example.com\n"


@pytest.mark.plain_postgres
def test_a_value_that_is_empty_is_none_of_an_option_that_was_left_out(command: Command, database_url: str) -> None:
    """For example an unset variable in a script: the token would have no user, all permissions and no expiry."""
    account = value(command("account", "create", "--name", "Acme"))

    nobody = command("token", "create", "--account", account, "--user", "")
    never = command("token", "create", "--account", account, "--expires", "")

    assert (nobody.exit_code, nobody.output) == (1, "muster: the account has no user ''\n")
    assert (never.exit_code, never.output) == (2, "muster: '' is not a date, an instant or a number of days\n")
    assert asked(database_url, lambda: database.fetch("SELECT id FROM api_token")) == []


def test_migrating_twice_applies_nothing_the_second_time(command: Command) -> None:
    result = command("migrate")

    assert (result.exit_code, result.stderr) == (0, "nothing to apply\n")


@pytest.mark.parametrize("name", ["empty.db", "none.db", "none/none.db"])
def test_a_database_without_tables_is_told_of_and_none_is_made(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{tmp_path}/{name}")

    result = CliRunner().invoke(muster.app, ["account", "create", "--name", "Acme"])

    assert result.exit_code == 1
    assert result.stderr == "muster: the database is not migrated: run python -m muster migrate\n"
    assert [path.name for path in tmp_path.iterdir()] == ["empty.db"]


def test_a_database_that_is_away_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgres://nobody:secret@127.0.0.1:1/nothing")

    result = CliRunner().invoke(muster.app, ["migrate"])

    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("muster: the database can't be used: ")
    assert "secret" not in line


def test_a_file_that_is_no_database_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Buy milk. " * 100)

    done = subprocess.run(
        [sys.executable, "-m", "muster", "migrate"],
        cwd=ROOT,
        env={**os.environ, "MUSTER_DATABASE_URL": f"sqlite:///{tmp_path}/notes.txt"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "muster: the database can't be used: file is not a database\n"


@pytest.mark.parametrize("arguments", [["serve"], ["migrate"], ["serve", "--workers", "2"]])
def test_a_bad_setting_stops_the_start_with_one_line(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_PORT", "http")

    result = CliRunner().invoke(muster.app, arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("muster: MUSTER_PORT ")


@pytest.mark.plain_postgres
def test_the_demo_is_filled_once_and_its_counts_are_right(command: Command, database_url: str) -> None:
    first = value(command("demo"))
    second = value(command("demo"))

    assert first == second

    async def counts() -> list[Any]:
        wrong_lists = await database.fetch(
            "SELECT l.name FROM contact_list l WHERE l.contact_count <> (SELECT count(*) FROM contact_list_member m "
            "JOIN contact c ON c.account_id = m.account_id AND c.id = m.contact_id "
            "WHERE m.account_id = l.account_id AND m.contact_list_id = l.id AND c.deleted_at IS NULL)"
        )
        numbers = await database.fetch_one(
            "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM account_user), "
            "(SELECT count(*) FROM contact WHERE deleted_at IS NULL), "
            "(SELECT count(*) FROM contact WHERE deleted_at IS NOT NULL), (SELECT count(*) FROM contact_list), "
            "(SELECT count(DISTINCT country) FROM contact), "
            "(SELECT count(*) FROM contact WHERE status = 'INVALID') > 0, (SELECT count(*) FROM opt_out) > 20"
        )
        assert numbers is not None
        return [list(wrong_lists), *numbers]

    assert asked(database_url, counts) == [[], 1, 3, 2000, 40, 8, 12, True, True]


def test_the_demo_has_a_token_for_its_administrator(command: Command, database_url: str) -> None:
    command("demo")

    async def caller() -> Any:
        now = datetime.now(UTC)
        secret = await demo.new_token(account_id=await demo.fill(now=now), now=now)
        return await authentication.authenticate(secret, now=now)

    assert asked(database_url, caller).role is Role.ADMIN


@pytest.mark.plain_postgres
def test_purging_says_how_much_of_each_kind_went(
    command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("demo")

    async def expire() -> None:
        await database.execute("UPDATE contact SET purge_at = deleted_at WHERE deleted_at IS NOT NULL")
        await database.execute("INSERT INTO tag (account_id, name, contact_count) SELECT id, 'unused', 0 FROM account")
        await database.execute(
            "INSERT INTO job (account_id, id, kind, status, input, checkpoint, done_row_count, columns, is_dry_run, "
            "created_at, finished_at) "
            "SELECT id, id, 'IMPORT', 'FAILED', '{}', '{}', 0, '[]', FALSE, $1, $1 FROM account",
            datetime.now(UTC) - timedelta(days=8),
        )

    def purged() -> dict[str, int]:
        lines = (line.split(" purged: ") for line in command("purge").stderr.splitlines())
        return {name: int(count) for name, count in lines if int(count)}

    asked(database_url, expire)

    assert purged() == {"contacts": 40, "tags": 1}
    monkeypatch.setenv("MUSTER_JOB_RETENTION_DAYS", "7")
    assert purged() == {"jobs": 1}
    assert purged() == {}


def test_the_schema_is_printed(command: Command) -> None:
    assert command("schema").stdout == schema.as_str() + "\n"


def test_the_migrations_make_what_the_models_describe() -> None:
    assert asyncio.run(migration.drift()) == []


# ------------------------------------------------------------------ served as a process of its own


@contextmanager
def served(database_path: Path, *arguments: str, **settings: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "muster", *arguments, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "MUSTER_DATABASE_URL": f"sqlite:///{database_path}", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield port, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_the_demo_prints_a_link_its_address_and_a_token_and_answers(tmp_path: Path) -> None:
    with served(tmp_path / "var" / "demo.db", "demo-serve") as (port, process):
        assert process.stdout is not None
        link, address, secret = (process.stdout.readline().strip() for _ in range(3))
        request = urllib.request.Request(
            address,
            orjson.dumps({"query": "{ contacts { totalCount } viewer { user { role } } }"}),
            {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = orjson.loads(response.read())

    assert link == f"http://127.0.0.1:{port}/console#token={secret}"
    assert address == f"http://127.0.0.1:{port}/graphql"
    assert answer == {"data": {"contacts": {"totalCount": 2000}, "viewer": {"user": {"role": "ADMIN"}}}}
    assert process.returncode == 0


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--workers", "2"], ["demo-serve"]])
def test_a_port_that_is_taken_is_one_line_that_names_the_setting(arguments: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(muster.app, [*arguments, "--port", str(port)])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"muster: another process uses port {port} of 127.0.0.1 (address already in use): set MUSTER_PORT to another\n"
    )


def test_an_address_of_another_machine_names_the_setting() -> None:
    assert listening.problem("192.0.2.1", 0) == "192.0.2.1 is not an address of this machine: change MUSTER_HOST"
    assert listening.problem("nobody.invalid", 0) == "the host nobody.invalid is unknown: change MUSTER_HOST"
    assert listening.problem("localhost", 0) is None
