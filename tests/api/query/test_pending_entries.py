"""The entries of new rows in search indexes: the server adds them soon after a write, and no request has to."""

import asyncio

import pytest

from models.db import database
from models.db.deadline import Unavailable
from models.db.postgres.pending_entries import add_pending_entries
from tests.support.api_client import Api
from tests.support.servers.http_client import running_http_server
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


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_a_server_adds_them_after_a_write_of_a_request_and_repeats_what_failed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[int] = []

    async def add() -> None:
        if not added:
            added.append(0)
            raise Unavailable("The first attempt fails.")
        added.append(await add_pending_entries())

    monkeypatch.setattr(upkeep, "_INDEX_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "add_pending_entries", add)
    async with running_http_server(database_url, jobs=0) as site:
        await site.post(query="{ contacts { totalCount } }")
        await asyncio.sleep(0.1)
        assert added == []
        await site.post(query='mutation { createContact(input: {contact: {phone: "0712345678"}}) { contact { id } } }')
        await wait_until(lambda: sum(added) > 0)
