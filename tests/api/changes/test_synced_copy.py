"""A copy that applies deltas becomes equal to the server, even with concurrent writes."""

import asyncio

import pytest

from models.change import ChangeKind
from models.db import database
from tests.support.api_client import Api
from tests.support.random_changes import Writer
from tests.support.synced_copy import SyncedCopy, everything


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_copy_that_applies_deltas_equals_the_server(api: Api, seed: int) -> None:
    known = await Writer.known_objects(api)
    copy = await SyncedCopy(api).load()
    writers = [Writer(api, seed * 100 + number, known) for number in range(3)]

    async def write(writer: Writer) -> None:
        for _ in range(50):
            await writer.act()

    writing = asyncio.gather(*map(write, writers))
    while not writing.done():
        await copy.catch_up(first=copy.pages % 7 + 1)
        await asyncio.sleep(0)
    await writing
    await copy.catch_up()

    assert copy.objects == await everything(api)
    assert copy.pages > 3


@pytest.mark.plain_postgres
async def test_a_transaction_that_stays_open_delays_the_reader_and_nothing_is_missed(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has one writer, so no transaction commits while another one is open")
    copy = await SyncedCopy(api).load()
    written, may_end = asyncio.Event(), asyncio.Event()

    async def write_slowly() -> None:
        async with database.transaction():
            rows = await database.fetch(
                "UPDATE account_user SET name = 'Slow' WHERE account_id = $1 RETURNING id", api.account_id
            )
            database.note_changed(api.account_id, ChangeKind.USER, [row["id"] for row in rows])
            written.set()
            await may_end.wait()

    slow = asyncio.create_task(write_slowly())
    await written.wait()
    for place in range(5):
        await api.make_contact(f"+25471200000{place}")
        await copy.catch_up()
    delayed = {each["__typename"] for each in copy.objects.values()}
    may_end.set()
    await slow
    await copy.catch_up()

    assert delayed == {"User"}
    assert copy.objects == await everything(api)
    assert len(copy.objects) == 6
