"""Events are sent to the configured URL: signed, from their due time, until accepted or three days old."""

import asyncio
import base64
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from models.db import database
from schema.ids import IdPrefix, encode
from services.events import outbox, recording as events
from services.events.recording import EventKind
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.mutations import mutate
from tests.support.rows import make_campaign, make_job
from tests.support.servers.webhook_receiver import Receiver, receiving
from tests.support.snapshot import stored_rows
from tests.support.webhooks import KEY, SECOND, Sender, delivery_state, record_events
from web.webhooks import posting
from web.webhooks.operator import AT_ONCE, Webhooks
from web.webhooks.signatures import signature

NEXT_KEY = b"n" * 32
UUID_TEXT = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


async def test_an_event_is_posted_as_the_convention_says(api: Api, receiver: Receiver) -> None:
    job, nobody = database.uuid7(), None
    await record_events(api, jobId=job, userId=nobody, campaignId=job, phone="+254712345678", at=MONDAY, count=1)

    await Sender(receiver).at(TUESDAY)

    (delivery,) = receiver.deliveries
    (event,) = (await stored_rows(api))["event"]
    assert (delivery.method, delivery.path) == ("POST", "/in?a=b")
    assert delivery.json == {
        "type": "job.finished",
        "timestamp": iso(MONDAY),
        "accountId": encode(IdPrefix.ACCOUNT, api.account_id),
        "data": {
            "jobId": encode(IdPrefix.JOB, job),
            "userId": None,
            "campaignId": encode(IdPrefix.CAMPAIGN, job),
            "phone": "+254712345678",
            "at": iso(MONDAY),
        },
    }
    headers = delivery.headers
    assert headers["content-type"] == "application/json"
    assert headers["host"] == f"hooks.example.com:{receiver.port}"
    assert headers["webhook-id"] == f"evt_{event['id'].hex}"
    assert headers["webhook-timestamp"] == str(int(TUESDAY.timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + delivery.content
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_the_conventions_own_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_each_key_makes_a_signature(api: Api, receiver: Receiver) -> None:
    await record_events(api)

    await Sender(receiver, keys=[NEXT_KEY, KEY]).at(MONDAY)

    (delivery,) = receiver.deliveries
    id, timestamp = delivery.headers["webhook-id"], int(MONDAY.timestamp())
    expected = [signature(key, id, timestamp, delivery.content) for key in (NEXT_KEY, KEY)]
    assert delivery.headers["webhook-signature"].split(" ") == expected


async def test_what_was_taken_is_not_sent_again(api: Api, receiver: Receiver) -> None:
    await record_events(api)
    sender = Sender(receiver)

    sent = [await sender.at(MONDAY), await sender.at(MONDAY), await sender.at(TUESDAY)]

    assert sent == [1, 0, 0]
    assert len(receiver.deliveries) == 1
    assert await delivery_state(api) == [(1, MONDAY + outbox.LEASE, MONDAY)]


async def test_it_is_not_sent_before_it_happened(api: Api, receiver: Receiver) -> None:
    await record_events(api.at(TUESDAY))

    assert await Sender(receiver).at(MONDAY) == 0


@pytest.mark.parametrize("answer", [500, 404, 302, 410, 199, None, "nonsense\r\n\r\n"])
async def test_what_was_not_taken_is_sent_again_under_its_id(
    api: Api, receiver: Receiver, answer: int | str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer == 199:  # an answer that never comes
        monkeypatch.setattr(posting, "LONGEST_SECONDS", 0.2)
    receiver.answers = [
        "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n" if answer == 302 else answer
    ]
    await record_events(api)
    sender = Sender(receiver)

    sent = [await sender.at(MONDAY), await sender.at(MONDAY + 4 * SECOND), await sender.at(MONDAY + 5 * SECOND)]

    assert sent == [1, 0, 1]
    assert len(set(receiver.ids)) == 1
    assert [delivery.path for delivery in receiver.deliveries] == ["/in?a=b"] * 2
    assert receiver.deliveries[0].content == receiver.deliveries[1].content
    assert await delivery_state(api) == [(2, MONDAY + 5 * SECOND + outbox.LEASE, MONDAY + 5 * SECOND)]


async def test_nobody_there_is_tried_again_with_growing_pauses_for_three_days(api: Api, receiver: Receiver) -> None:
    await record_events(api)
    sender = Sender(receiver, url="http://hooks.example.com:1/")
    pauses = []

    now = MONDAY
    while await sender.at(now):
        ((_, due_at, _),) = await delivery_state(api)
        pauses.append(due_at - now)
        now = due_at

    seconds = [round(pause.total_seconds()) for pause in pauses]
    assert seconds[:8] == [5, 15, 45, 135, 405, 1215, 3645, 10935]
    assert set(seconds[8:]) == {6 * 3600}
    assert MONDAY + 3 * DAY <= now < MONDAY + 3 * DAY + 6 * HOUR
    assert len(pauses) == 20


async def test_one_that_is_not_taken_does_not_hold_up_the_others(api: Api, receiver: Receiver) -> None:
    await record_events(api, count=1, jobId="no id of ours")
    await record_events(api, count=AT_ONCE)
    sender = Sender(receiver)

    assert [await sender.at(MONDAY), await sender.at(MONDAY), await sender.at(MONDAY)] == [AT_ONCE, 1, 0]
    assert len(set(receiver.ids)) == AT_ONCE
    assert [delivered_at for _, _, delivered_at in await delivery_state(api)].count(None) == 1


async def test_one_address_that_does_not_answer_leaves_the_next(api: Api, receiver: Receiver) -> None:
    await record_events(api)

    await Sender(receiver, addresses=["127.0.0.2", "127.0.0.1"]).at(MONDAY)

    assert len(receiver.deliveries) == 1


async def test_processes_that_send_at_once_send_each_event_once(api: Api, receiver: Receiver) -> None:
    await record_events(api, count=60)
    senders = [Sender(receiver) for _ in range(6)]

    while any(await asyncio.gather(*(sender.at(MONDAY) for sender in senders))):
        pass

    assert len(receiver.ids) == len(set(receiver.ids)) == 60


async def test_what_a_process_that_died_had_taken_up_is_sent_by_another_once_its_lease_is_over(
    api: Api, receiver: Receiver
) -> None:
    await record_events(api)
    lost = await outbox.claim(now=MONDAY, limit=10)
    sender = Sender(receiver)

    sent = [await sender.at(MONDAY + outbox.LEASE - SECOND), await sender.at(MONDAY + outbox.LEASE)]
    await outbox.mark_attempts(delivered=[], failed=lost, now=MONDAY + outbox.LEASE)

    assert sent == [0, 1]
    assert await delivery_state(api) == [(2, MONDAY + 2 * outbox.LEASE, MONDAY + outbox.LEASE)]


@pytest.mark.plain_postgres
async def test_events_are_forgotten_after_three_days_sent_or_not(api: Api, stranger: Api, receiver: Receiver) -> None:
    await record_events(api)
    await record_events(stranger)
    await Sender(receiver).at(MONDAY)
    await record_events(api.at(TUESDAY))
    await record_events(stranger.at(TUESDAY + SECOND))

    counts = [
        await outbox.purge_expired(now=MONDAY + 3 * DAY - SECOND),
        await outbox.purge_expired(now=TUESDAY + 3 * DAY),
    ]

    assert counts == [0, 3]
    assert (await delivery_state(api), len(await delivery_state(stranger))) == ([], 1)


async def test_it_goes_on_by_itself_and_ends_what_it_has_begun_when_it_is_told_to_stop(
    api: Api, receiver: Receiver
) -> None:
    sender = Sender(receiver)
    await record_events(api, count=40)

    sender.webhooks.start()
    await receiver.received(40)
    await sender.webhooks.stop()

    assert len(set(receiver.ids)) == 40
    assert await delivery_state(api) == [(1, MONDAY + outbox.LEASE, MONDAY)] * 40
    assert receiver.connection_count <= AT_ONCE


@pytest.mark.parametrize(("now", "count"), [(MONDAY + 2 * DAY, 1), (MONDAY + 4 * DAY, 0)])
async def test_without_a_target_events_are_kept_for_three_days(api: Api, now: datetime, count: int) -> None:
    await record_events(api)
    webhooks = Webhooks(None, clock=lambda: now)

    webhooks.start()
    await webhooks.stop()

    assert len(await delivery_state(api)) == count


async def test_every_kind_of_event_names_everything_as_clients_do(api: Api, receiver: Receiver) -> None:
    """Otherwise a receiver could not use it."""
    events.configure(has_webhook=True)
    contact = await api.make_contact("0712345678")
    spring = await make_campaign(api, "Spring", status="RUNNING")
    changes: list[tuple[str, dict[str, Any]]] = [
        ("verifyContact", {"contact": {"id": contact}}),
        ("optOut", {"phone": "0712345678"}),
        ("optIn", {"phone": "0712345678"}),
        ("updateCampaign", {"id": spring, "status": "PAUSED"}),
        ("cancelJob", {"id": await make_job(api, status="QUEUED")}),
    ]
    for name, change in changes:
        assert (await mutate(api, name, "__typename", **change))["errors"] == []

    await Sender(receiver).at(MONDAY)

    sent = {delivery.json["type"]: delivery for delivery in receiver.deliveries}
    assert sent.keys() == set(EventKind)
    assert [kind for kind, delivery in sent.items() if UUID_TEXT.search(delivery.content)] == []
    assert sent[EventKind.VERIFICATION_REQUESTED].json["data"]["contactId"] == contact
    assert sent[EventKind.CAMPAIGN_STATUS_CHANGED].json["data"]["campaignId"] == spring
    assert sent[EventKind.OPTED_OUT].json["data"]["userId"] == api.user_id
