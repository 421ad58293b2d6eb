"""Notifications from one process reach the others."""

import asyncio

import pytest

from models.db import database, notifications
from services.accounts import authentication
from services.accounts.authentication import FORGET_CHANNEL


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


async def test_a_reader_whose_connection_was_lost_is_replaced(db: None) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no connections to lose")
    await database.fetch("SELECT 1 AS one")

    await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    assert [row["one"] for row in await database.fetch("SELECT 1 AS one")] == [1]
