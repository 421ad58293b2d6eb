"""The commands that list accounts, users, tokens and jobs, and those that change what they list."""

import tomllib
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import Result

import muster
from schema.ids import IdPrefix, decode_as, encode
from services.accounts import authentication
from services.jobs import queue as jobs
from services.jobs.queue import JobKind
from tests.support.commands import Command, asked, value


@pytest.fixture
def account(command: Command) -> str:
    return value(command("account", "create", "--name", "Acme Ltd", "--region", "KE"))


def listed(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = orjson.loads(result.stdout)
    return rows


@pytest.mark.plain_postgres
def test_lists_are_tables_for_people_and_json_for_scripts(command: Command, account: str) -> None:
    assert (command("job", "list").exit_code, command("job", "list").output) == (0, "")
    assert listed(command("user", "list", "--account", account, "--json")) == []
    user = value(command("user", "create", "--account", "Acme Ltd", "--email", "Ada@example.com", "--name", "Ada"))
    value(command("token", "create", "--account", "Acme Ltd", "--user", user, "--scope", "contacts_read"))

    [one] = listed(command("account", "list", "--json"))
    [ada] = listed(command("user", "list", "--account", "Acme Ltd", "--json"))
    [token] = listed(command("token", "list", "--account", account, "--json"))
    header, row = command("account", "list").stdout.splitlines()

    created = datetime.fromisoformat(one.pop("createdAt"))
    assert one == {"id": account, "name": "Acme Ltd", "region": "KE"}
    assert created.tzinfo is not None
    assert ada.pop("createdAt")
    assert ada == {"id": user, "email": "Ada@example.com", "name": "Ada", "role": "AGENT", "isActive": True}
    assert (token["user"], token["scopes"], token["lastUsedAt"]) == ("Ada@example.com", ["CONTACTS_READ"], None)
    assert header.split() == ["id", "name", "region", "createdAt"]
    assert row == f"{account}  Acme Ltd  KE      {created:%Y-%m-%d %H:%M}"


@pytest.mark.plain_postgres
def test_a_name_of_several_accounts_is_refused_with_their_ids(command: Command, account: str) -> None:
    other = value(command("account", "create", "--name", "Acme Ltd"))

    result = command("user", "list", "--account", "Acme Ltd")

    ids = ", ".join(sorted([account, other]))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"muster: 2 accounts have the name 'Acme Ltd': use one of the ids {ids}\n"
    assert command("user", "list", "--account", other).exit_code == 0


@pytest.mark.plain_postgres
def test_a_user_is_changed_and_loses_tokens_when_inactive(command: Command, database_url: str, account: str) -> None:
    command("user", "create", "--account", account, "--email", "ada@example.com", "--name", "Ada", "--role", "ADMIN")
    user = value(command("user", "create", "--account", account, "--email", "bo@example.com", "--name", "Bo"))
    secret = value(command("token", "create", "--account", account, "--user", "bo@example.com"))

    promoted = command("user", "update", "bo@example.com", "--account", account, "--role", "manager", "--name", "Bob")
    manager = asked(database_url, lambda: authentication.authenticate(secret, now=datetime.now(UTC)))
    ended = command("user", "update", user, "--account", "Acme Ltd", "--inactive")
    last = command("user", "update", "ada@example.com", "--account", account, "--inactive")
    nothing = command("user", "update", user, "--account", account)

    assert (promoted.exit_code, promoted.output, ended.exit_code) == (0, "", 0)
    assert manager.role == "MANAGER"
    assert asked(database_url, lambda: authentication.authenticate(secret, now=datetime.now(UTC))) is None
    assert [(each["name"], each["role"], each["isActive"]) for each in listed(users(command, account))] == [
        ("Ada", "ADMIN", True),
        ("Bob", "MANAGER", False),
    ]
    assert listed(command("token", "list", "--account", account, "--json")) == []
    [revoked] = listed(command("token", "list", "--account", account, "--all", "--json"))
    assert revoked["revokedAt"] is not None
    assert last.exit_code == 1
    assert last.stderr.startswith("muster: isActive: This is the last active ADMIN")
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert (
        nothing.stderr == "muster: nothing to change: use --email, --name, --role, --subject, --active or --inactive\n"
    )


def users(command: Command, account: str) -> Result:
    return command("user", "list", "--account", account, "--json")


@pytest.mark.plain_postgres
def test_jobs_are_listed_and_cancelled(command: Command, database_url: str, account: str) -> None:
    other = value(command("account", "create", "--name", "Other"))
    ids = []
    for each in (account, other):
        values: dict[str, Any] = {
            "account_id": decode_as(IdPrefix.ACCOUNT, each),
            "kind": JobKind.IMPORT,
            "task": "import",
            "input": {},
        }
        made = asked(database_url, partial(jobs.create, **values, now=datetime.now(UTC), row_count=7))
        ids.append(encode(IdPrefix.JOB, made))
    first, second = ids

    cancelled = command("job", "cancel", first)
    again = command("job", "cancel", first)
    unknown = command("job", "cancel", "job_01jd8vq0c5fj2v7wq1x3ynm8za")

    assert [job["id"] for job in listed(command("job", "list", "--json"))] == [second, first]
    assert [job["id"] for job in listed(command("job", "list", "--limit", "1", "--json"))] == [second]
    [queued] = listed(command("job", "list", "--status", "queued", "--json"))
    [own] = listed(command("job", "list", "--account", "Acme Ltd", "--json"))
    assert (queued["id"], queued["account"], queued["rows"], queued["doneRows"]) == (second, other, 7, 0)
    assert (own["id"], own["status"], own["error"], own["startedAt"]) == (first, "CANCELLED", None, None)
    assert (cancelled.exit_code, cancelled.output, again.exit_code) == (0, "", 0)
    assert (unknown.exit_code, unknown.output) == (1, "muster: there is no job job_01jd8vq0c5fj2v7wq1x3ynm8za\n")


def test_the_version_is_that_of_the_project(command: Command) -> None:
    project = tomllib.loads((Path(muster.__file__).parent / "pyproject.toml").read_text())["project"]

    assert value(command("--version")) == f"Muster {project['version']}"
