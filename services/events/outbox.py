"""Delivery state of events: events are claimed under a lease, settled, and deleted after three days.

Safe for concurrent processes: only one process sends an event until its lease expires. If a process dies after sending
an event and before settling it, the event is sent again with the same id.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.db import database
from services import batch_delete

KEPT = timedelta(days=3)
LEASE = timedelta(minutes=1)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An event to send. `attempt` starts at 1. `leased_until` identifies the lease."""

    account_id: UUID
    id: UUID
    kind: str
    payload: dict[str, Any]
    occurred_at: datetime
    attempt: int
    leased_until: datetime


def pause(attempt: int) -> timedelta:
    """Returns the pause after a failed attempt: 5 seconds, tripled after each further attempt, at most 6 hours."""
    times: int = 3 ** min(attempt - 1, 20)
    return min(_FIRST_PAUSE * times, _LONGEST_PAUSE)


async def claim(*, now: datetime, limit: int) -> list[DueEvent]:
    """Claims due events of all accounts, earliest due first. This process must send them within the lease."""
    # Usually no event is due, and on SQLite this check needs no lock.
    waiting = "FROM event WHERE delivered_at IS NULL AND due_at <= $1 AND occurred_at > $2"
    if await database.fetch_one(f"SELECT id {waiting} LIMIT 1", now, now - KEPT) is None:
        return []
    return await _claim(waiting, now, limit)


@database.transactional
async def _claim(waiting: str, now: datetime, limit: int) -> list[DueEvent]:
    # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
    rows = await database.fetch(
        f"WITH due AS MATERIALIZED (SELECT account_id, id {waiting} ORDER BY due_at LIMIT $3{database.skip_locked()}) "
        "UPDATE event SET due_at = $4, attempt_count = attempt_count + 1 "
        "WHERE (account_id, id) IN (SELECT account_id, id FROM due) RETURNING "
        f"{database.selected_as('account_id', 'account_id', 'uuid')}, {database.selected_as('id', 'id', 'uuid')}, "
        "kind, "
        f"{database.selected_as('payload', 'payload', 'json')}, "
        f"{database.selected_as('occurred_at', 'occurred_at', 'timestamp')}, attempt_count",
        now,
        now - KEPT,
        limit,
        now + LEASE,
    )
    lease = now + LEASE
    events = [
        DueEvent(
            row["account_id"], row["id"], row["kind"], row["payload"], row["occurred_at"], row["attempt_count"], lease
        )
        for row in rows
    ]
    return sorted(events, key=lambda event: (event.occurred_at, event.id))


async def mark_attempts(*, delivered: Sequence[DueEvent], failed: Sequence[DueEvent], now: datetime) -> None:
    """Stores the results. Delivered events are not sent again; failed events are retried after a pause.

    Leaves events alone whose lease expired and which another process has claimed.
    """
    if delivered:
        await database.execute(
            f"UPDATE event SET delivered_at = $2 FROM {database.rows_of('$1', 'r', _KEY)} "
            "WHERE event.account_id = r.account_id AND event.id = r.id AND event.delivered_at IS NULL",
            [{"account_id": event.account_id, "id": event.id} for event in delivered],
            now,
        )
    if failed:
        columns = {**_KEY, "due_at": "timestamptz", "leased_until": "timestamptz"}
        await database.execute(
            f"UPDATE event SET due_at = r.due_at FROM {database.rows_of('$1', 'r', columns)} "
            "WHERE event.account_id = r.account_id AND event.id = r.id AND event.due_at = r.leased_until",
            [
                {
                    "account_id": event.account_id,
                    "id": event.id,
                    "due_at": now + pause(event.attempt),
                    "leased_until": event.leased_until,
                }
                for event in failed
            ],
        )


_KEY = {"account_id": "uuid", "id": "uuid"}


async def purge_expired(*, now: datetime) -> int:
    """Deletes events of all accounts after three days, whether delivered or not. Returns their number."""
    return await batch_delete.delete_past("event", "occurred_at", until=now - KEPT)


async def delete_of_phones(account_id: UUID, phones: Collection[str]) -> None:
    """Deletes the events about these numbers, whether delivered or not."""
    await database.execute(
        f"DELETE FROM event WHERE account_id = $1 AND {database.sql_in('phone', '$2', 'text')}",
        account_id,
        list(phones),
    )
