"""An import refreshes PostgreSQL's planner statistics of a growing table without waiting for autovacuum."""

import asyncio
from contextlib import suppress

import pytest

from models.db import database, planner_statistics as database_statistics
from services import planner_statistics
from services.imports import job as import_job
from services.planner_statistics import GrowingAccounts, Growth
from tests.support.api_client import MONDAY, Api, counted_statements
from tests.support.imports import import_content
from tests.support.mutations import bulk_create
from tests.support.rows import insert_contacts

OF_ACCOUNT = ("contact", "account_id = $1")


async def test_the_planner_knows_of_what_an_import_brings(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_statistics, "FIRST_LOOK", 100)
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 50, False: 50})
    clients = await api.make_list("Clients")
    for table in ("contact", "contact_list_member"):
        await database.execute(f"ANALYZE {table}")
    looked_at: set[str] = set()
    database.statement_watchers.append(looked_at.add)

    await import_content(api, "Phone\n" + "".join(f"07120{row:05}\n" for row in range(600)), listId=clients)

    database.statement_watchers.remove(looked_at.add)
    asked = {statement.split(" WHERE")[0] for statement in looked_at if statement.startswith("EXPLAIN")}
    expected = {f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table}" for table in ("contact", "contact_list_member")}
    assert asked == (expected if database.is_postgres() else set())
    if database.is_postgres():
        assert (
            await database_statistics._estimated_rows(*OF_ACCOUNT, api.account_id)
            >= 100 / database_statistics._MISLED_BY
        )


async def test_a_table_that_the_planner_knows_well_is_not_looked_at_again(api: Api) -> None:
    for row in range(8):
        await api.make_contact(f"07120{row:05}")

    await database_statistics.refresh(*OF_ACCOUNT, api.account_id, count=8_000_000)
    with counted_statements() as statements:
        was_refreshed = await database_statistics.refresh(*OF_ACCOUNT, api.account_id, count=8)

    assert not was_refreshed
    assert not any(statement.startswith("ANALYZE") for statement in statements)


async def test_a_dry_run_asks_nobody(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_statistics, "FIRST_LOOK", 1)
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 5, False: 5})

    with counted_statements() as statements:
        await import_content(api, "Phone\n" + "".join(f"07120{row:05}\n" for row in range(50)), dryRun=True)

    of_tables = [statement for statement in statements if not statement.startswith("ANALYZE temp.")]
    assert not any(statement.startswith(("EXPLAIN", "ANALYZE")) for statement in of_tables)


@pytest.mark.usefixtures("db")
async def test_the_planner_is_asked_once_at_a_time_and_each_time_that_the_rows_have_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    going_on = asyncio.Event()

    async def refresh(*_: object, count: int) -> bool:
        asked.append(count)
        await going_on.wait()
        if count == 20_000:
            raise OSError
        return True

    monkeypatch.setattr(database_statistics, "refresh", refresh)
    one = Growth("contact", "TRUE")
    for count in (10, 999, 1_000, 1_800, 2_000):
        one.report(count)
        await asyncio.sleep(0)
    going_on.set()
    await one.finish()
    for count in (20_000, 39_999, 40_000):
        one.report(count)
        await one.finish()
    await one.stop()
    await one.stop()

    assert asked == [1_000, 20_000, 40_000]


async def test_the_planner_knows_of_what_requests_bring(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_statistics, "_FIRST_LOOK_AT_AN_ACCOUNT", 100)
    await insert_contacts(stranger, [{"phone": f"+2547130{row:05}"} for row in range(100)])
    await database.execute("ANALYZE contact" if database.is_postgres() else "ANALYZE")
    planner_statistics.accounts().start()
    try:
        for start in (0, 60):
            rows = [{"phone": f"+2547120{row:05}"} for row in range(start, start + 60)]
            assert (await bulk_create(api, "id", rows))["summary"]["created"] == 60
        for one in planner_statistics.accounts()._growths.values():
            await one.finish()
    finally:
        await planner_statistics.accounts().stop()

    if database.is_postgres():
        assert (
            await database_statistics._estimated_rows(*OF_ACCOUNT, api.account_id)
            >= 120 / database_statistics._MISLED_BY
        )


async def test_what_is_rolled_back_and_what_others_bring_is_not_counted(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    async def refresh(*what: object, count: int) -> bool:
        asked.append((*what, count))
        return True

    monkeypatch.setattr(database_statistics, "refresh", refresh)
    monkeypatch.setattr(planner_statistics, "_MOST_ACCOUNTS", 1)
    accounts = GrowingAccounts()
    accounts.note_inserted("contact", api.account_id, 5_000)
    accounts._is_on = True

    accounts.note_inserted("contact", api.account_id, 600)
    with suppress(RuntimeError):
        async with database.transaction():
            accounts.note_inserted("contact", api.account_id, 5_000)
            raise RuntimeError
    async with database.transaction():
        accounts.note_inserted("contact", api.account_id, 500)
        assert accounts._counts.total() == 600
    for one in accounts._growths.values():
        await one.finish()
    accounts.note_inserted("contact", stranger.account_id, 900)
    accounts.note_inserted("contact", api.account_id, 900)
    await accounts.stop()
    accounts.note_inserted("contact", api.account_id, 5_000)

    assert asked == [(*OF_ACCOUNT, api.account_id, 1_100)]


async def test_an_account_is_looked_at_once_for_all_that_read_it_and_again_some_minutes_later(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_statistics, "_FIRST_LOOK_AT_AN_ACCOUNT", 100)
    await insert_contacts(stranger, [{"phone": f"+2547130{row:05}"} for row in range(9)])
    await database.execute("ANALYZE contact" if database.is_postgres() else "ANALYZE")
    await insert_contacts(api, [{"phone": f"+2547120{row:05}"} for row in range(200)])
    accounts = GrowingAccounts()

    await accounts.ensure_fresh(api.account_id, now=MONDAY)  # still disabled
    accounts._is_on = database.is_postgres()
    statements: list[str] = []
    database.statement_watchers.append(statements.append)
    looks = []
    for asked in (MONDAY, MONDAY + planner_statistics._KNOWN_FOR / 2, MONDAY + planner_statistics._KNOWN_FOR):
        await asyncio.gather(*(accounts.ensure_fresh(api.account_id, now=asked) for _ in range(3)))
        looks.append(sum(" UNION ALL " in statement for statement in statements))
    database.statement_watchers.remove(statements.append)
    await accounts.stop()

    assert looks == ([1, 1, 2] if database.is_postgres() else [0, 0, 0])
    if database.is_postgres():
        assert await database_statistics._estimated_rows(*OF_ACCOUNT, api.account_id) >= 100


async def test_an_account_that_can_not_be_looked_at_is_read_all_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(*_: object) -> None:
        raise OSError

    accounts = GrowingAccounts()
    accounts._is_on = True
    with monkeypatch.context() as broken:
        broken.setattr(database, "fetch", fetch)
        await accounts.ensure_fresh(api.account_id, now=MONDAY)
    await accounts.stop()
