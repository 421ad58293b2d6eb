"""A deadline reaches the database: what takes too long is stopped there, and every failure says whether it wrote."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

from models.db import database
from models.db.deadline import ClientDisconnected, Deadline, DeadlineExceeded, ResultUnknown, StorageFull, Unavailable
from tests.support.api_client import Api
from tests.support.servers.cut_connections import cutting_proxy

# Takes many seconds on either database.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"
RENAME = "UPDATE account SET name = $2 WHERE id = $1"
OTHER = UUID(int=7)
SHORT_SECONDS = 1.5
"""In half of it, the database must answer a probe even on a busy machine, or it counts as unavailable."""


async def name_of(api: Api) -> str:
    row = await database.fetch_one("SELECT name FROM account WHERE id = $1", api.account_id)
    assert row is not None
    return str(row["name"])


async def rename(api: Api, *more: str) -> None:
    """Writes in a transaction, which further statements follow."""
    async with database.transaction():
        await database.execute(RENAME, api.account_id, "Renamed")
        for sql in more:
            await database.fetch(sql)


@database.transactional
async def as_transaction(*statements: str) -> None:
    for sql in statements:
        await database.execute(sql)


async def no_endless_statement() -> None:
    """Returns once PostgreSQL runs none."""
    running = (
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH RECURSIVE n(i)%' "
        "AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    async with asyncio.timeout(5):
        while await database.fetch(running):
            pass


async def test_a_read_that_takes_too_long_is_stopped_in_the_database(api: Api) -> None:
    with Deadline(SHORT_SECONDS, account_id=api.account_id), pytest.raises(DeadlineExceeded):
        await database.fetch(ENDLESS)

    if database.is_postgres():
        await no_endless_statement()
    async with asyncio.timeout(5):
        for _ in range(20):  # its connection, or its thread, serves again
            assert await name_of(api) == "Acme"


async def test_a_client_that_disconnects_stops_its_statement(api: Api) -> None:
    with Deadline(60, account_id=api.account_id) as bounds:
        asyncio.get_running_loop().call_later(0.1, bounds.end, ClientDisconnected())
        with pytest.raises(ClientDisconnected):
            await database.fetch(ENDLESS)

    if database.is_postgres():
        await no_endless_statement()


async def test_a_transaction_that_takes_too_long_writes_nothing(api: Api) -> None:
    with Deadline(SHORT_SECONDS, account_id=api.account_id) as bounds:
        with pytest.raises(DeadlineExceeded):
            await rename(api, ENDLESS)
        assert not bounds.has_written

    assert await name_of(api) == "Acme"
    async with database.transaction():
        await database.execute(RENAME, api.account_id, "Renamed later")
    assert await name_of(api) == "Renamed later"


async def test_a_transaction_whose_deadline_has_ended_is_not_committed(api: Api) -> None:
    async def rename_and_disconnect() -> None:
        with Deadline(60, account_id=api.account_id) as bounds:
            async with database.transaction():
                await database.execute(RENAME, api.account_id, "Renamed")
                bounds.end(ClientDisconnected())

    with pytest.raises(ClientDisconnected):
        await rename_and_disconnect()

    assert await name_of(api) == "Acme"


async def test_a_part_that_takes_too_long_undoes_the_whole(api: Api) -> None:
    @database.transactional
    async def slow() -> None:
        await database.fetch(ENDLESS)

    async def work() -> None:
        await database.execute(RENAME, api.account_id, "Renamed")
        with suppress(DeadlineExceeded):
            await slow()

    with Deadline(SHORT_SECONDS, account_id=api.account_id), pytest.raises(DeadlineExceeded):
        await database.atomic(work)

    assert await name_of(api) == "Acme"


async def test_what_was_committed_is_noted(api: Api) -> None:
    with Deadline(60) as in_transaction:
        async with database.transaction():
            await database.execute(RENAME, api.account_id, "Once")
    with Deadline(60) as alone:
        await database.execute(RENAME, api.account_id, "Twice")
    with Deadline(60) as reading:
        await name_of(api)

    assert [in_transaction.has_written, alone.has_written, reading.has_written] == [True, True, False]


async def test_reads_of_one_account_leave_room_for_another(api: Api) -> None:
    async def slow() -> None:
        with Deadline(3, account_id=api.account_id), suppress(DeadlineExceeded, Unavailable):
            await database.fetch(ENDLESS)

    hostile = [asyncio.create_task(slow()) for _ in range(30)]
    await asyncio.sleep(0.2)
    try:
        with Deadline(2, account_id=OTHER):
            for _ in range(20):
                assert await name_of(api) == "Acme"
    finally:
        for task in hostile:
            task.cancel()
        await asyncio.gather(*hostile, return_exceptions=True)


# ------------------------------------------------------------------ waiting is bounded


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[None]:
    """One connection, or one reader thread, for which a statement waits a moment."""
    await database.connect(database_url, pool_size=1, sqlite_readers=1, wait_seconds=0.2)
    yield
    await database.disconnect()


async def test_waiting_for_a_connection_ends_and_a_token_is_looked_up_meanwhile(small: None) -> None:
    async def occupy() -> None:
        with Deadline(60, account_id=OTHER):
            await database.fetch(ENDLESS)

    occupying = asyncio.create_task(occupy())
    await asyncio.sleep(0.1)

    with pytest.raises(Unavailable):
        await database.fetch(ENDLESS)
    async with asyncio.timeout(5):
        assert len(await database.fetch_reserved("SELECT 1")) == 1

    occupying.cancel()
    await asyncio.gather(occupying, return_exceptions=True)


async def test_on_sqlite_several_writes_give_up_waiting_for_the_lock(api: Api, database_url: str) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL has row locks; the next test covers them")

    async def write(name: str) -> None:
        with Deadline(0.5, account_id=api.account_id):
            async with database.transaction():
                await database.execute(RENAME, api.account_id, name)

    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(10):
        results = await asyncio.gather(*(write(f"Name {number}") for number in range(5)), return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()

    assert [type(result) for result in results] == [Unavailable] * 5
    assert await name_of(api) == "Acme"
    await write("Renamed")
    assert await name_of(api) == "Renamed"


async def test_on_postgresql_a_single_write_that_waits_for_a_row_is_stopped_and_not_done_later(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has one writer; the previous test covers it")
    is_locked, may_go_on = asyncio.Event(), asyncio.Event()

    async def lock() -> None:
        async with database.transaction():
            await database.fetch("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", api.account_id)
            is_locked.set()
            await may_go_on.wait()

    locking = asyncio.create_task(lock())
    await is_locked.wait()
    with Deadline(SHORT_SECONDS) as bounds, pytest.raises(DeadlineExceeded):
        await database.execute(RENAME, api.account_id, "Renamed")
    may_go_on.set()
    await locking

    assert not bounds.has_written
    assert await name_of(api) == "Acme"


async def test_a_transaction_has_timeouts_of_its_own_in_postgresql(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite runs in this process")
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")

    async def shown() -> list[str]:
        return [(await database.fetch(f"SHOW {name}"))[0][0] for name in names]

    with Deadline(10):
        async with database.transaction():
            inside = await shown()
        outside = await shown()
    keep_alive = [(await database.fetch(f"SHOW tcp_{name}"))[0][0] for name in ("keepalives_idle", "user_timeout")]

    assert inside == ["11s", "8800ms", "15s"]
    assert outside == ["0", "0", "0"]
    assert keep_alive == ["20", "30000"]


# ------------------------------------------------------------------ lost connections


@pytest.mark.parametrize("is_delivered", [True, False])
async def test_a_commit_that_gets_no_answer_may_have_been_done(
    api: Api, database_url: str, *, is_delivered: bool
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no connection to lose")
    await database.disconnect()
    async with cutting_proxy(database_url) as (proxy, url):
        await database.connect(url)
        proxy.cut_at, proxy.delivers = b"COMMIT", is_delivered

        with pytest.raises(ResultUnknown):
            await rename(api)

        assert await name_of(api) == ("Renamed" if is_delivered else "Acme")


async def test_a_connection_that_is_lost_before_the_commit_has_written_nothing(api: Api, database_url: str) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no connection to lose")
    await database.disconnect()
    async with cutting_proxy(database_url) as (proxy, url):
        await database.connect(url)
        proxy.cut_at = RENAME.encode()
        with pytest.raises(Unavailable):
            await rename(api)

        assert await name_of(api) == "Acme"


async def test_a_single_write_that_gets_no_answer_may_have_been_done(api: Api, database_url: str) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no connection to lose")
    await database.disconnect()
    async with cutting_proxy(database_url) as (proxy, url):
        await database.connect(url)
        await database.execute(RENAME, api.account_id, "Prepared")
        proxy.cut_at = b"Renamed"

        with pytest.raises(ResultUnknown):
            await database.execute(RENAME, api.account_id, "Renamed")

        assert await name_of(api) == "Renamed"


async def test_a_server_that_is_not_there_is_unavailable(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no server")
    await database.connect("postgres://nobody@127.0.0.1:1/nothing")
    try:
        with pytest.raises(Unavailable):
            await database.fetch("SELECT 1")
        with pytest.raises(Unavailable):
            await database.execute("UPDATE account SET name = name")
        with pytest.raises(Unavailable):
            await as_transaction()
    finally:
        await database.disconnect()


async def test_a_connection_serves_on_after_a_statement_that_failed_or_was_stopped(
    small: None, database_url: str
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no connection to lose")

    async def process() -> list[int]:
        alone = (await database.fetch("SELECT pg_backend_pid()"))[0][0]
        async with database.transaction():
            return [alone, (await database.fetch("SELECT pg_backend_pid()"))[0][0]]

    before = await process()
    with pytest.raises(Unavailable):
        await as_transaction("SET TRANSACTION READ ONLY", "UPDATE account SET name = 'Renamed'")
    with Deadline(2), pytest.raises(DeadlineExceeded):
        await database.fetch(ENDLESS)

    async with asyncio.timeout(5):
        while True:
            try:
                after = await process()
                break
            except Unavailable:  # it is being recovered
                continue
    assert after == before


# ------------------------------------------------------------------ full and read-only


async def test_a_database_without_room_says_so_and_serves_reads(api: Api) -> None:
    if database.is_postgres():
        pytest.skip("a full disk is needed")
    used = (await database.fetch("PRAGMA page_count"))[0][0]
    await database.execute(f"PRAGMA max_page_count={used}")
    with pytest.raises(StorageFull):
        await as_transaction(
            "UPDATE account SET name = 'Renamed'",
            "CREATE TABLE large AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
            "SELECT i FROM n",
        )

    assert await name_of(api) == "Acme"
    await database.execute("PRAGMA max_page_count=1000000")
    await database.execute(RENAME, api.account_id, "Renamed")
    assert await name_of(api) == "Renamed"


async def test_a_database_that_takes_no_writes_is_unavailable_and_serves_reads(api: Api) -> None:
    if database.is_postgres():
        with pytest.raises(Unavailable):
            await as_transaction("SET TRANSACTION READ ONLY", "UPDATE account SET name = 'Renamed'")
    else:
        await database.execute("PRAGMA query_only=ON")
        with pytest.raises(Unavailable):
            await database.execute(RENAME, api.account_id, "Renamed")

    assert await name_of(api) == "Acme"


# ------------------------------------------------------------------ SQLite's file


async def test_a_new_sqlite_file_is_its_owners_alone_and_its_commits_are_synced(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    await database.connect(f"sqlite:///{path}")
    try:
        async with database.transaction():
            await database.execute("CREATE TABLE t (x)")
            synchronous = (await database.fetch("PRAGMA synchronous"))[0][0]
    finally:
        await database.disconnect()

    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert synchronous == 2


async def test_sqlite_can_be_told_not_to_sync_each_commit(tmp_path: Path) -> None:
    await database.connect(f"sqlite:///{tmp_path / 'new.db'}", sqlite_synchronous="NORMAL")
    try:
        async with database.transaction():
            synchronous = (await database.fetch("PRAGMA synchronous"))[0][0]
    finally:
        await database.disconnect()

    assert synchronous == 1
