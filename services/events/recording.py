"""Outbox of events for external receivers. Each event is written in the transaction of its cause, and sent later."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from models.db import database
from models.db.application import PerApplication
from services import account_queue
from services.account_queue import Queue
from services.phones.numbers import identity

Payload = Mapping[str, Any]


class EventKind(StrEnum):
    VERIFICATION_REQUESTED = "contact.verification_requested"
    OPTED_OUT = "contact.opted_out"
    OPTED_IN = "contact.opted_in"
    JOB_FINISHED = "job.finished"
    CAMPAIGN_STATUS_CHANGED = "campaign.status_changed"


class Receivers:
    """The receivers of an application's events."""

    has_webhook = False


receivers = PerApplication(Receivers)


def configure(*, has_webhook: bool) -> None:
    """Tells this application whether its events are sent."""
    receivers().has_webhook = has_webhook


async def record(*, account_id: UUID, kind: EventKind, payload: Payload, now: datetime) -> None:
    """Records an event in the transaction of its cause, so that both are written or neither is.

    `payload` contains JSON values, datetimes and UUIDs; its keys are in camel case. The key of a UUID names the object:
    contactId, contactListId, campaignId, messageId, userId, tokenId, jobId or reviewId. Receivers see ids in the same
    form as clients. A purge of the number in `phone` deletes the event.
    """
    await record_many(account_id=account_id, happened=[(kind, payload)], now=now)


_ROW: Final = {"id": "uuid", "kind": "text", "payload": "text", "phone": "text"}


async def record_many(*, account_id: UUID, happened: Iterable[tuple[str, Payload]], now: datetime) -> None:
    """Records several events in order with one statement. Does nothing if there are none."""
    rows = [
        {"id": database.uuid7(now), "kind": str(kind), "payload": _json(payload), "phone": _number_in(payload)}
        for kind, payload in happened
    ]
    if not rows:
        return
    if not database.in_a_transaction():
        raise RuntimeError("record an event in the transaction of its cause")
    await database.execute(
        "INSERT INTO event (account_id, id, kind, payload, phone, occurred_at, due_at, attempt_count) "
        f"SELECT r.account_id, r.id, r.kind, {database.cast_to('r.payload', 'jsonb')}, r.phone, $3, $3, 0 "
        f"FROM {database.rows_to_insert('$2', 'r', _ROW)}",
        account_id,
        rows,
        now,
    )
    if receivers().has_webhook:
        await account_queue.add(Queue.EVENTS, account_id)


def _number_in(payload: Payload) -> str | None:
    phone = payload.get("phone")
    return None if phone is None else identity(str(phone))


def _json(payload: Payload) -> str:
    return orjson.dumps(dict(payload), default=str, option=orjson.OPT_UTC_Z).decode()
