"""SQLite collects planner statistics after bulk writes and while it serves, and every connection learns of them."""

import asyncio

import pytest

from models.db import database, planner_statistics as database_statistics
from services import planner_statistics
from services.imports import job as import_job
from tests.support.api_client import Api
from tests.support.imports import import_content
from tests.support.mutations import bulk_create
from tests.support.rows import insert_contacts

ROWS = 1_100
SHEET = "Phone\n" + "".join(f"07120{row:05}\n" for row in range(ROWS))
LINKS = (
    "INSERT INTO contact_assignee (account_id, contact_id, user_id) "
    "SELECT account_id, id, (SELECT id FROM account_user) FROM contact"
)


@pytest.fixture
def database_kind() -> str:
    """PostgreSQL: see test_growing_tables.py."""
    return "sqlite"


@pytest.fixture
def executor() -> str:
    """Both executors run the same statements."""
    return "compiled"


async def analyzed() -> set[str]:
    """The tables that have statistics."""
    if not await database.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
        return set()
    return {row[0] for row in await database.fetch("SELECT tbl FROM sqlite_stat1")}


async def test_an_import_leaves_statistics_of_contacts_and_of_the_links_to_its_list(api: Api) -> None:
    clients = await api.make_list("Clients")
    assert await analyzed() == set()

    await import_content(api, SHEET, listId=clients)

    assert await analyzed() == {"contact", "contact_list_member"}


async def test_an_import_that_is_one_block_leaves_statistics_as_well(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 2 * ROWS, False: 2 * ROWS})

    await import_content(api, SHEET)

    assert await analyzed() == {"contact"}


async def test_requests_that_write_thousands_of_rows_leave_statistics(api: Api) -> None:
    clients = await api.make_list("Clients")
    rows = [{"phone": f"+2547120{row:05}"} for row in range(ROWS)]
    planner_statistics.accounts().start()
    try:
        for start in (0, 600):
            await bulk_create(api, "id", rows[start : start + 600], listId=clients)
        for one in planner_statistics.accounts()._growths.values():
            await one.finish()
    finally:
        await planner_statistics.accounts().stop()

    assert await analyzed() == {"contact", "contact_list_member"}


async def test_a_server_collects_statistics_of_the_large_tables_that_it_finds(api: Api) -> None:
    await insert_contacts(api, [{"phone": f"+2547120{row:05}"} for row in range(ROWS)])
    await database.execute(LINKS)
    planner_statistics.accounts().start()
    try:
        async with asyncio.timeout(10):
            while await analyzed() != {"contact", "contact_assignee"}:  # noqa: ASYNC110  # nothing says when it is
                await asyncio.sleep(0.01)
    finally:
        await planner_statistics.accounts().stop()


async def test_connections_that_are_open_read_by_new_statistics(db: None) -> None:
    for table, count in (("small", 10), ("medium", 200)):
        await database.execute(f"CREATE TABLE {table} (key, value)")
        await database.execute(f"CREATE INDEX {table}_value ON {table} (value)")
        await fill(table, count)
        await database_statistics._analyze_on_sqlite(table)
    before = await outer_table()
    await fill("small", ROWS)

    await database_statistics.refresh("small", "TRUE", count=ROWS)

    assert {before, await outer_table()} == {"small", "medium"}


async def fill(table: str, count: int) -> None:
    await database.execute(f"INSERT INTO {table} SELECT value, 1 FROM json_each($1)", list(range(count)))


async def outer_table() -> str:
    """Returns the table that a reader scans in its outer loop. The choice depends on its statistics of both sizes."""
    (count,) = (await database.fetch("SELECT count(*) FROM small"))[0]  # EXPLAIN alone does not look for a new schema
    plan = f"EXPLAIN QUERY PLAN SELECT *, {count} FROM small JOIN medium ON small.key = medium.key"
    return str((await database.fetch(plan))[0]["detail"]).split()[1]


async def test_the_write_lock_is_held_for_a_sample_of_each_index_only(api: Api) -> None:
    await insert_contacts(api, [{"phone": f"+2547120{row:05}"} for row in range(3 * ROWS)])

    await database_statistics.refresh("contact", "TRUE", count=3 * ROWS)

    rows = await database.fetch("SELECT stat FROM sqlite_stat1 WHERE idx = 'contact_phone'")
    _, of_account, _ = map(int, rows[0]["stat"].split())
    assert of_account == database_statistics._ROWS_OF_AN_INDEX + 1
