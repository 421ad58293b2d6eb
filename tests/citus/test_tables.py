"""`migrate` distributes the tables that a migration adds, and `doctor` says how the tables of a cluster lie."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner, Result

import muster
from models.db import database, distribution
from tests.support.commands import Command, asked

pytestmark = pytest.mark.citus

PACKAGE = "migrations_with_an_invented_one"
BESIDE_THE_OTHERS = "from models import migrations\n\n__path__ = [*migrations.__path__, *__path__]\n"
INVENTED = """
from tortoise import migrations
from models.migrations._tables import RunScript

class Migration(migrations.Migration):
    dependencies = [("models", "0034_rate_limit")]
    operations = [RunScript({!r})]
"""
TABLES = """
CREATE TABLE invented (
    account_id UUID NOT NULL REFERENCES account (id), id UUID NOT NULL, tag TEXT COLLATE "C",
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, tag) REFERENCES tag (account_id, name)
);
CREATE TABLE invented_by_all (id INTEGER PRIMARY KEY);
"""
WITHOUT_ACCOUNT_IN_THE_KEY = "CREATE TABLE invented (account_id UUID NOT NULL, id UUID PRIMARY KEY);"
UNDONE = (
    "DROP TABLE IF EXISTS invented, invented_by_all",
    "DELETE FROM tortoise_migrations WHERE name = '9999_invented'",
)


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    return lambda *arguments: CliRunner().invoke(muster.app, arguments)


@pytest.fixture
def migrated(
    command: Command, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Result]]:
    """Yields a function that runs `migrate` with a further migration, which has the given script."""
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text(BESIDE_THE_OTHERS)
    (package / "9999_invented.py").write_text(INVENTED.format(str(package / "9999_invented.sql")))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(database, "MIGRATIONS", PACKAGE)

    def migrate(script: str) -> Result:
        (package / "9999_invented.sql").write_text(script)
        return command("migrate")

    yield migrate
    for statement in UNDONE:
        asked(database_url, partial(database.execute, statement))
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


def nodes(command: Command) -> str:
    [line] = [line for line in command("doctor").stdout.splitlines() if line.startswith("nodes ")]
    return " ".join(line.split())


def test_a_migration_distributes_the_tables_that_it_adds(
    migrated: Callable[[str], Result], command: Command, database_url: str
) -> None:
    before = asked(database_url, distribution.layout)

    result = migrated(TABLES)

    assert (result.exit_code, result.stderr) == (0, "applied 9999_invented\n")
    after = asked(database_url, distribution.layout)
    assert {*after.by_account} - {*before.by_account} == {"invented"}
    assert {*after.copied} - {*before.copied} == {"invented_by_all"}
    assert (after.local, after.left) == (["account_queue"], [])
    assert nodes(command) == (
        f"nodes ok {len(after.by_account)} tables by account in {after.shard_count} shards on 2 nodes, "
        f"2 copied to each node, 1 on the coordinator"
    )


def test_a_table_that_cannot_be_distributed_fails_the_migration(
    migrated: Callable[[str], Result], command: Command
) -> None:
    for _ in range(2):  # the second time, no migration is missing
        result = migrated(WITHOUT_ACCOUNT_IN_THE_KEY)
        assert result.exit_code == 1
        assert 'muster: the database can\'t be used: cannot create constraint on "invented"' in result.stderr

    assert nodes(command) == "nodes FAILED invented are on one node only: run python -m muster migrate"


def test_on_a_worker_nothing_migrates_and_doctor_names_the_mistake(
    command: Command, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(host, port), *_] = asked(
        database_url, lambda: database.fetch("SELECT nodename, nodeport FROM pg_dist_node WHERE groupid > 0")
    )
    user = urlsplit(database_url).username
    monkeypatch.setenv("MUSTER_DATABASE_URL", urlsplit(database_url)._replace(netloc=f"{user}@{host}:{port}").geturl())

    result = command("migrate")

    assert (result.exit_code, result.stderr) == (1, f"muster: {distribution.NOT_COORDINATOR}\n")
    assert nodes(command) == f"nodes FAILED {distribution.NOT_COORDINATOR}"
