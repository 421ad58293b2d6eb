"""What others may want to hear of: each event is written with its cause, in one transaction, and sent from there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from models import database

Payload = Mapping[str, Any]


class Kind(StrEnum):
    VERIFICATION_REQUESTED = "contact.verification_requested"
    OPTED_OUT = "contact.opted_out"
    OPTED_IN = "contact.opted_in"
    JOB_FINISHED = "job.finished"
    CAMPAIGN_STATUS_CHANGED = "campaign.status_changed"


async def record(*, account_id: UUID, kind: Kind, payload: Payload, now: datetime) -> None:
    """Leaves word of one thing that happened, in the transaction of its cause: both are written or neither is.

    `payload` is what JSON can hold, instants and UUIDs besides; its keys are in camel case. A UUID stands under the
    name that says what it is of: contactId, contactListId, campaignId, messageId, userId, jobId or reviewId.
    Receivers see ids as clients do.
    """
    await record_many(account_id=account_id, kind=kind, payloads=[payload], now=now)


async def record_many(*, account_id: UUID, kind: Kind, payloads: Iterable[Payload], now: datetime) -> None:
    """The same for many things of a kind, in one statement; none where there is nothing to tell."""
    rows = [{"id": database.uuid7(now), "payload": _json(payload)} for payload in payloads]
    if not rows:
        return
    if not database.in_a_transaction():
        raise RuntimeError("an event belongs into the transaction of its cause")
    await database.execute(
        "INSERT INTO event (account_id, id, kind, payload, occurred_at, due_at, attempt_count) "
        f"SELECT $1, r.id, $3, {database.cast_to('r.payload', 'jsonb')}, $4, $4, 0 "
        f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'payload': 'text'})}",
        account_id,
        rows,
        kind.value,
        now,
    )


def _json(payload: Payload) -> str:
    return orjson.dumps(dict(payload), default=str, option=orjson.OPT_UTC_Z).decode()
