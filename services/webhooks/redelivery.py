"""Sends events to an endpoint on request: made-up ones to test it, and earlier ones again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from models.db import database
from services import account_queue
from services.account_queue import Queue
from services.refusal import Code, Refusal, Refused, refuse
from services.webhooks import endpoints, recording
from services.webhooks.events import Event, EventType
from services.webhooks.queue import KEPT_FOR
from services.webhooks.recording import RETRIED_FOR

MAX_EVENTS: Final = 1_000
_AGAIN: Final = "UPDATE webhook_delivery SET status = 'PENDING', due_at = $3, retry_until = $4, error = NULL WHERE "


@database.transactional
async def test(
    *, account_id: UUID, endpoint_id: UUID, type_: EventType, contact_id: UUID | None, now: datetime
) -> UUID:
    """Makes up an event for one endpoint, about a contact or nothing, and returns the id of its delivery.

    Raises Refused: NOT_FOUND or WRONG_STATE at `id`, NOT_FOUND at `contactId`.
    """
    await endpoints.require_active(account_id, endpoint_id, "id")
    phone = None
    if contact_id is not None:
        contact = await database.fetch_one(
            "SELECT phone FROM contact WHERE account_id = $1 AND id = $2", account_id, contact_id
        )
        if contact is None:
            raise refuse(Code.NOT_FOUND, "There is no such contact.", "contactId")
        phone = contact["phone"] if type_ in (EventType.CONTACT_OPTED_OUT, EventType.CONTACT_OPTED_IN) else None
    event = Event(type=type_, contact_id=contact_id, phone=phone)
    endpoints.record(account_id, endpoint_id, "Tested a webhook endpoint.", now=now)
    return await recording.record_for(account_id, endpoint_id, event, now=now)


@database.transactional
async def redeliver(*, account_id: UUID, endpoint_id: UUID, event_ids: Sequence[UUID], now: datetime) -> int:
    """Sends events to an endpoint again, accepted or not. Returns their number.

    Raises Refused: NOT_FOUND or WRONG_STATE at `endpointId`; NOT_FOUND at `eventIds` for each event without a
    delivery to the endpoint.
    """
    await endpoints.require_active(account_id, endpoint_id, "endpointId")
    rows = await database.fetch(
        f"{_AGAIN}account_id = $1 AND endpoint_id = $2 AND {database.sql_in('id', '$5', 'uuid')} "
        "AND created_at > $6 RETURNING event_id",
        account_id,
        endpoint_id,
        now,
        now + RETRIED_FOR,
        [recording.delivery_id(event_id, endpoint_id) for event_id in event_ids],
        now - KEPT_FOR,
    )
    found = {row["event_id"] for row in rows}
    missing = [
        Refusal(Code.NOT_FOUND, "The endpoint has no delivery of such an event.", ("eventIds", str(place)))
        for place, event_id in enumerate(event_ids)
        if event_id not in found
    ]
    if missing:
        raise Refused(*missing)
    return await _recorded(account_id, endpoint_id, len(found), now)


@database.transactional
async def redeliver_failed(*, account_id: UUID, endpoint_id: UUID, since: datetime, now: datetime) -> int:
    """Sends all that the endpoint has not taken and whose last attempt was at `since` or later. Returns the number.

    A delivery without an attempt counts by the time of its event. Raises Refused as `redeliver`.
    """
    await endpoints.require_active(account_id, endpoint_id, "endpointId")
    count = await database.execute(
        f"{_AGAIN}account_id = $1 AND endpoint_id = $2 AND status <> 'DELIVERED' "
        "AND COALESCE(last_attempt_at, created_at) >= $5 AND created_at > $6",
        account_id,
        endpoint_id,
        now,
        now + RETRIED_FOR,
        since,
        now - KEPT_FOR,
    )
    return await _recorded(account_id, endpoint_id, count, now)


async def _recorded(account_id: UUID, endpoint_id: UUID, count: int, now: datetime) -> int:
    if count:
        await account_queue.add(Queue.DELIVERIES, account_id)
        endpoints.record(account_id, endpoint_id, "Sent events to a webhook endpoint again.", count=count, now=now)
    return count
