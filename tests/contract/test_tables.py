"""Migrations create the tables that the models describe, and every key begins with the account."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from tortoise.models import Model

import models
from models.db import database, migration, migration_state
from models.migrations._change_log import DropChangeTriggers
from models.migrations._tables import FoldNames
from tests.support.api_client import Api
from tests.support.rows import make_campaign
from tests.support.servers import cluster

# A cluster has tables, views and triggers of its own in the catalog. tests/citus/test_tables.py is about its tables.
pytestmark = pytest.mark.plain_postgres

MODELS: list[type[Model]] = [getattr(models, name) for name in models.__all__]
ROOT = Path(__file__).parents[2]
# On SQLite the full-text indexes are separate tables and refer to rows by number.
FULL_TEXT_INDEXES, SEARCH_ROWID = ("contact_search", "contact_variables"), "search_rowid"
# Each write appends to the change log. It has no foreign key, whose check would cost more than the rest, and on SQLite
# no second index: its key is the position among the changes of all accounts.
CHANGE_LOG = "change"
AUDIT_LOG = "audit_event"
"""Each write appends to it, too. It has no foreign key for the same reason."""
# A row for each contact of a bulk change. Its foreign key would cost more than the rest, too. A purge deletes the row.
BULK_CONTACTS = "bulk_change_contact"
# It stays on the coordinator of a Citus cluster, where a foreign key can't point to a distributed table.
ACCOUNT_QUEUE = "account_queue"


async def columns() -> dict[str, dict[str, bool]]:
    """Returns each table's columns and whether they are nullable."""
    found: dict[str, dict[str, bool]] = {}
    for table in await tables():
        if database.is_postgres():
            rows = await database.fetch(
                "SELECT column_name AS name, is_nullable = 'YES' AS nullable FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = $1",
                table,
            )
        else:
            rows = await database.fetch(f"SELECT name, NOT \"notnull\" AS nullable FROM pragma_table_info('{table}')")
        found[table] = {row["name"]: bool(row["nullable"]) for row in rows if row["name"] != SEARCH_ROWID}
    return found


async def tables() -> list[str]:
    sql = (
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        if database.is_postgres()
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    names = [row["name"] for row in await database.fetch(sql)]
    return sorted(name for name in names if name != "tortoise_migrations" and not name.startswith(FULL_TEXT_INDEXES))


async def unique_keys() -> dict[str, list[str]]:
    """Returns the columns of each primary key and unique index, by table and index."""
    if database.is_postgres():
        rows = await database.fetch(
            'SELECT t.relname AS "table", i.relname AS index, array_agg(a.attname ORDER BY k.place) AS columns '
            "FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
            "JOIN pg_namespace n ON n.oid = t.relnamespace "
            "CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(number, place) "
            "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number "
            "WHERE n.nspname = 'public' AND x.indisunique AND t.relname <> 'tortoise_migrations' GROUP BY 1, 2"
        )
        return {f"{row['table']}.{row['index']}": list(row["columns"]) for row in rows}
    found = {}
    for table in await tables():
        for index in await database.fetch(f"SELECT name FROM pragma_index_list('{table}') WHERE \"unique\""):
            rows = await database.fetch(f"SELECT name FROM pragma_index_info('{index['name']}') ORDER BY seqno")
            found[f"{table}.{index['name']}"] = [row["name"] for row in rows]
    return found


async def foreign_keys() -> dict[str, list[tuple[str, str]]]:
    """Returns the distinct column pairs of each foreign key, by table and referenced table."""
    found: dict[str, list[tuple[str, str]]] = {}
    if database.is_postgres():
        rows = await database.fetch(
            'SELECT c.conname, c.conrelid::regclass::text AS "table", c.confrelid::regclass::text AS target, '
            "a.attname AS ours, b.attname AS theirs FROM pg_constraint c "
            "CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(ours, theirs, place) "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.ours "
            "JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs "
            "WHERE c.contype = 'f' ORDER BY c.conname, k.place"
        )
        for row in rows:
            found.setdefault(f"{row['table']} {row['conname']}", []).append((row["ours"], row["theirs"]))
        return found
    for table in await tables():
        for row in await database.fetch(f"SELECT * FROM pragma_foreign_key_list('{table}') ORDER BY id, seq"):
            found.setdefault(f"{table} {row['id']}", []).append((row["from"], row["to"]))
    return found


async def test_the_tables_have_the_columns_of_the_models(db: None) -> None:
    described = {
        model._meta.db_table: {
            column: model._meta.fields_map[name].null for name, column in model._meta.fields_db_projection.items()
        }
        for model in MODELS
    }

    assert await columns() == described


async def test_every_table_of_an_account_names_the_account_first_in_every_unique_key(db: None) -> None:
    keys = await unique_keys()

    assert {name: key for name, key in keys.items() if key[0] != "account_id"} == {
        name: ["id"] for name in keys if name.startswith("account.")
    }
    without_index = set() if database.is_postgres() else {CHANGE_LOG}
    assert {name.partition(".")[0] for name in keys} == set(await tables()) - without_index


async def test_every_foreign_key_names_the_account_on_both_sides(db: None) -> None:
    wrong = {
        name: pairs
        for name, pairs in (await foreign_keys()).items()
        if pairs[0] != ("account_id", "account_id") and pairs != [("account_id", "id")]
    }

    assert wrong == {}


async def test_the_relations_of_the_models_are_the_foreign_keys(db: None) -> None:
    keys = {(name.split()[0].strip('"'), pairs[-1][0]) for name, pairs in (await foreign_keys()).items()}
    relations = {
        (model._meta.db_table, str(model._meta.fields_map[name].source_field))
        for model in MODELS
        for name in model._meta.fk_fields
    }

    # Tortoise requires a primary key of one column, and a relation can't be that column.
    assert keys - relations == {(model._meta.db_table, model._meta.db_pk_column) for model in MODELS} & keys
    assert relations <= keys


async def test_no_row_can_belong_to_an_account_that_is_not_there(db: None) -> None:
    pointing = {name.partition(" ")[0].strip('"') for name in await foreign_keys()}

    assert set(await tables()) - pointing == {"account", CHANGE_LOG, AUDIT_LOG, BULK_CONTACTS, ACCOUNT_QUEUE}


async def test_the_models_say_nothing_that_the_migrations_do_not() -> None:
    assert await migration.drift() == []


async def test_migrating_again_does_nothing(database_url: str) -> None:
    assert await migration.migrate(database_url) == []

    await database.connect(database_url)
    try:
        assert await migration_state.is_current()
    finally:
        await database.disconnect()


async def test_a_database_that_was_never_migrated_is_not_current(empty_database_url: str) -> None:
    await database.connect(empty_database_url)
    try:
        assert not await migration_state.is_current()
    finally:
        await database.disconnect()


async def test_a_database_that_lacks_one_migration_is_not_current(database_url: str) -> None:
    await database.connect(database_url)
    try:
        latest = max(await migration_state.applied())
        await database.execute("DELETE FROM tortoise_migrations WHERE name = $1", latest)

        assert not await migration_state.is_current()
    finally:
        await database.disconnect()


async def test_names_that_were_there_are_folded_by_the_migration_that_brings_their_keys(api: Api) -> None:
    await make_campaign(api, "École ЯРМАРКА", name_key="")

    editor: Any = SimpleNamespace(client=database.connection())
    await FoldNames("campaign").database_forward("models", editor, editor, editor)

    kept = await database.fetch_one("SELECT name_key FROM campaign WHERE account_id = $1", api.account_id)
    assert kept is not None
    assert kept["name_key"] == "école ярмарка"


def test_processes_that_migrate_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    program = (
        "import asyncio, sys; from models.db import migration; print(len(asyncio.run(migration.migrate(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", program, empty_database_url]

    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    ended = [process.communicate(timeout=60) for process in processes]

    applied = len(list((ROOT / "models" / "migrations").glob("0*.py")))
    assert [errors for _, errors in ended if errors] == []
    assert sorted(int(output) for output, _ in ended) == [0, 0, applied]


async def test_a_file_that_holds_something_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "muster.db"
    with sqlite3.connect(path) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.execute("CREATE TABLE keepsake (word TEXT)")
        old.execute("INSERT INTO keepsake VALUES ('hello')")

    applied = await migration.migrate(f"sqlite:///{path}")

    copies = list(tmp_path.glob("*.before-*"))
    assert [copy.name for copy in copies] == [f"muster.db.before-{applied[0]}"]
    with sqlite3.connect(copies[0]) as copy:
        assert copy.execute("SELECT word FROM keepsake").fetchall() == [("hello",)]
        assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'contact'").fetchone() == (0,)


async def test_a_new_file_is_not_copied(tmp_path: Path) -> None:
    await migration.migrate(f"sqlite:///{tmp_path / 'new' / 'muster.db'}")

    assert sorted(path.name for path in (tmp_path / "new").glob("*before*")) == []


@pytest.fixture
async def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Returns the URL of a database without tables."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    running: cluster.Cluster = request.getfixturevalue("postgres")
    server = await asyncpg.connect(running.url())
    try:
        await server.execute("DROP DATABASE IF EXISTS empty WITH (FORCE)")
        await server.execute("CREATE DATABASE empty")
    finally:
        await server.close()
    return running.url("empty")


async def test_rows_that_are_given_look_up_what_they_change(db: None) -> None:
    if database.is_postgres():
        pytest.skip("its planner counts the rows")

    plan = await database.fetch(
        "EXPLAIN QUERY PLAN UPDATE contact SET notes = r.notes "
        f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'notes': 'text'})} "
        "WHERE contact.account_id = $1 AND contact.id = r.id",
        "account",
        [],
    )

    steps = [row["detail"] for row in plan if "contact" in row["detail"]]
    assert [step.rpartition(" (")[2] for step in steps] == ["account_id=? AND id=?)"]


async def test_no_table_has_a_trigger_of_the_change_log(db: None) -> None:
    """Citus has no triggers on distributed tables. A database of an earlier version loses them."""
    if database.is_postgres():
        found = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        before = [
            "CREATE FUNCTION note_id() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER change_insert AFTER INSERT ON contact FOR EACH STATEMENT EXECUTE FUNCTION note_id()",
        ]
    else:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%change%'"
        before = ["CREATE TRIGGER contact_change_insert AFTER INSERT ON contact BEGIN SELECT 1; END"]
    triggers = [len(await database.fetch(found))]
    for statements in (before, DropChangeTriggers().statements(is_sqlite=not database.is_postgres())):
        for statement in statements:
            await database.execute(statement)
        triggers.append(len(await database.fetch(found)))

    assert triggers == [0, 1, 0]
