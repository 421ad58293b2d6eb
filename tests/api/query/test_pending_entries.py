"""The entries of new rows in search indexes: the server adds them soon after a write, and no request has to."""

import asyncio

import pytest

from models.db import database
from models.db.application import current
from models.db.deadline import Unavailable
from models.db.postgres.pending_entries import add_pending_entries
from models.db.task_cancelling import cancel
from tests.support.api_client import Api
from tests.support.servers.timeouts import wait_until
from web import upkeep

pytestmark = pytest.mark.plain_postgres


async def test_pending_entries_are_added_once(api: Api) -> None:
    await api.make_contact("+254712345678", firstName="Grace")

    assert (await add_pending_entries() > 0) == database.is_postgres()
    assert await add_pending_entries() == 0
    assert await api.run('{ contacts(filter: {search: "grac"}) { nodes { name } } }') == {
        "contacts": {"nodes": [{"name": "Grace"}]}
    }


async def test_a_server_adds_them_after_a_write_repeats_what_failed_and_does_nothing_without_a_write(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite's index of texts merges its entries itself")
    added: list[int] = []

    async def add() -> None:
        if not added:
            added.append(0)
            raise Unavailable("The first attempt fails.")
        added.append(await add_pending_entries())

    monkeypatch.setattr(upkeep, "_INDEX_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "add_pending_entries", add)
    current().has_written = False
    indexing = asyncio.create_task(upkeep.index_new_rows())
    try:
        await asyncio.sleep(0.1)
        assert added == []
        await api.make_contact("+254712345678", firstName="Grace")
        await wait_until(lambda: sum(added) > 0)
    finally:
        await cancel(indexing)
    assert await add_pending_entries() == 0
