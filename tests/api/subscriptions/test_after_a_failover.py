"""Subscribers get later events after a failover that lost commits, and after their subscription was deleted."""

from datetime import timedelta
from uuid import UUID

import pytest

from models.db import database
from services.contacts.filter import Criteria
from services.subscriptions import event_log
from services.subscriptions.event_log import Snapshot
from services.subscriptions.feed import feed
from services.subscriptions.registry import OpenSubscriptions, Topic, interest
from tests.support.api_client import MONDAY, Api


async def publish(account_id: UUID, count: int) -> list[UUID]:
    ids = [database.uuid7() for _ in range(count)]
    for id in ids:
        await event_log.publish(Topic.MESSAGE, account_id, {"a": [id]}, now=MONDAY)
    return ids


async def test_a_reader_whose_server_had_more_transactions_reads_the_latest_events_again(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has no failover")
    stream = await feed().listen(Topic.MESSAGE, api.account_id, key="a", now=MONDAY)
    account = feed()._accounts[api.account_id]
    mark = account.mark
    assert isinstance(mark, Snapshot)
    first = await publish(api.account_id, 1)
    await feed()._read(api.account_id)
    read_before = await stream.next(within=0)

    next_id = int(mark.text.split(":")[1]) + 1_000_000
    lost = Snapshot(f"{next_id}:{next_id}:", "the former primary", mark.at)
    account.mark = lost
    second = await publish(api.account_id, 2)
    await event_log.delete_until(api.account_id, lost)
    await feed()._read(api.account_id)
    after = await stream.next(within=0)
    account.mark = Snapshot(f"{next_id}:{next_id}:", "the former primary", mark.at + timedelta(minutes=2))
    await feed()._read(api.account_id)
    later = await stream.next(within=0)
    third = await publish(api.account_id, 1)
    await feed()._read(api.account_id)

    assert read_before == first
    assert after == [*first, *second]  # an event of the last minute can come again
    assert later == []
    assert await stream.next(within=0) == third
    await stream.aclose()


async def test_a_subscription_that_another_process_deleted_is_stored_again(api: Api) -> None:
    settings = api.caller.settings
    contacts = await feed().listen_to_contacts(Criteria(is_opted_out=False), settings=settings, now=MONDAY)
    messages = await feed().listen(Topic.MESSAGE, api.account_id, key="a", now=MONDAY)
    other = OpenSubscriptions()
    await database.execute("DELETE FROM subscription WHERE account_id = $1", api.account_id)
    await other.refresh(now=MONDAY)
    without = [len(other.keys(topic, api.account_id)) for topic in (Topic.CONTACT, Topic.MESSAGE)]

    await interest().renew(now=MONDAY)

    await other.refresh(now=MONDAY)
    assert without == [0, 0]
    assert other.active_filters(api.account_id).keys() == interest().active_filters(api.account_id).keys()
    assert list(other.keys(Topic.MESSAGE, api.account_id)) == ["a"]
    await contacts.aclose()
    await messages.aclose()
