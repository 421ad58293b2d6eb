"""Notifications from one process reach the others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from models.db import database, notifications
from models.db.deadline import Unavailable
from services.accounts import authentication
from services.accounts.authentication import FORGET_CHANNEL
from tests.support.servers import pooler
from tests.support.servers.timeouts import wait_until


async def test_every_process_that_listens_hears_that_callers_are_to_be_forgotten(db: None) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no notifications; see MUSTER_TOKEN_CACHE_SECONDS in docs/settings.md")
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = notifications.Listener({FORGET_CHANNEL: heard.put_nowait})
    listener.start()
    assert await asyncio.wait_for(heard.get(), 60) == "", "what came before it listened may have been missed"

    await authentication.forget_callers()

    assert await asyncio.wait_for(heard.get(), 60) == ""
    await listener.stop()
    assert heard.empty()


async def test_a_listener_whose_connection_was_lost_listens_again(db: None) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no notifications")
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = notifications.Listener({"word": heard.put_nowait})
    listener.start()
    await asyncio.wait_for(heard.get(), 60)

    await database.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")

    assert await asyncio.wait_for(heard.get(), 60) == "", "it says that something may have been missed"
    await notifications.notify("word", "hello")
    assert await asyncio.wait_for(heard.get(), 60) == "hello"
    await listener.stop()


async def test_what_was_sent_before_a_round_trip_has_arrived_after_it(db: None) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no notifications")
    heard: list[str] = []
    listener = notifications.Listener({"word": heard.append})
    with pytest.raises(Unavailable):
        await listener.catch_up()
    listener.start()
    await wait_until(lambda: listener.is_heard)

    for number in range(100):
        await notifications.notify("word", str(number))
        await listener.catch_up()
        assert heard[-1] == str(number)
    await listener.stop()


@pytest.mark.skipif(pooler.IS_LEFT_OUT, reason="needs PgBouncer")
async def test_a_listener_behind_a_pooler_in_transaction_mode_warns_that_it_is_deaf(
    db: None, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no notifications")
    monkeypatch.setattr(notifications, "_TEST_SECONDS", 0.5)
    tested: asyncio.Queue[bool] = asyncio.Queue()
    hears = notifications.hears

    async def watched(connection: Any) -> bool:
        is_heard = await hears(connection)
        tested.put_nowait(is_heard)
        return is_heard

    monkeypatch.setattr(notifications, "hears", watched)
    outcomes, warnings = [], []
    async with pooler.pooled(database_url, tmp_path) as pooled_url:
        await database.disconnect()
        await database.connect(pooled_url)
        for url in (None, pooled_url, database_url):
            with capture_logs() as logs:
                listener = notifications.Listener({"word": lambda _: None}, url=url)
                listener.start()
                outcomes.append(await asyncio.wait_for(tested.get(), 60))
                await asyncio.sleep(0)
                await listener.stop()
            warnings.append([each["event"] for each in logs])
        await database.disconnect()

    assert outcomes == [False, False, True]
    assert warnings == [["notifications are not heard"], ["notifications are not heard"], []]


async def test_a_reader_whose_connection_was_lost_is_replaced(db: None) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no connections to lose")
    await database.fetch("SELECT 1 AS one")

    await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    assert [row["one"] for row in await database.fetch("SELECT 1 AS one")] == [1]
