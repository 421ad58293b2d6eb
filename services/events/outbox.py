"""Delivery state of events: events are claimed under a lease, settled, and deleted after three days.

Safe for concurrent processes: only one process sends an event until its lease expires. If a process dies after sending
an event and before settling it, the event is sent again with the same id.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.database import Row
from services import account_queue, batch_delete
from services.account_queue import Queue

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
    due = await account_queue.due(Queue.EVENTS, now=now)
    if due.has_none:
        return []
    rows = await database.fetch(
        f"SELECT account_id, id FROM event WHERE {_WAITING}{due.condition('account_id', 4)} ORDER BY due_at LIMIT $3",
        now,
        now - KEPT,
        limit,
        *due.values,
    )
    events = [event for account_id, ids in _by_account(rows).items() for event in await _claim(account_id, ids, now)]
    if len(rows) < limit:
        await account_queue.settle(due, partial(_next_due, since=now - KEPT), now=now)
    return sorted(events, key=lambda event: (event.occurred_at, event.id))


_WAITING: Final = "delivered_at IS NULL AND due_at <= $1 AND occurred_at > $2"


def _by_account(rows: Iterable[Row]) -> dict[UUID, list[UUID]]:
    ids: dict[UUID, list[UUID]] = {}
    for row in rows:
        ids.setdefault(row["account_id"], []).append(row["id"])
    return ids


@database.transactional
async def _claim(account_id: UUID, ids: Sequence[UUID], now: datetime) -> list[DueEvent]:
    """Claims those of the account's events that are still due, and that no other process has locked."""
    lease = now + LEASE
    # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
    rows = await database.fetch(
        "WITH due AS MATERIALIZED (SELECT id FROM event WHERE account_id = $3 "
        f"AND {database.sql_in('id', '$4', 'uuid')} AND {_WAITING}{database.skip_locked()}) "
        "UPDATE event SET due_at = $5, attempt_count = attempt_count + 1 "
        "WHERE account_id = $3 AND id IN (SELECT id FROM due) RETURNING "
        f"{database.selected_as('id', 'id', 'uuid')}, kind, {database.selected_as('payload', 'payload', 'json')}, "
        f"{database.selected_as('occurred_at', 'occurred_at', 'timestamp')}, attempt_count",
        now,
        now - KEPT,
        account_id,
        list(ids),
        lease,
    )
    return [
        DueEvent(account_id, row["id"], row["kind"], row["payload"], row["occurred_at"], row["attempt_count"], lease)
        for row in rows
    ]


async def _next_due(account_id: UUID, *, since: datetime) -> datetime | None:
    row = await database.fetch_one(
        "SELECT min(due_at) AS due_at FROM event WHERE account_id = $1 AND delivered_at IS NULL AND occurred_at > $2",
        account_id,
        since,
    )
    return row["due_at"] if row else None


async def mark_attempts(*, delivered: Sequence[DueEvent], failed: Sequence[DueEvent], now: datetime) -> None:
    """Stores the results. Delivered events are not sent again; failed events are retried after a pause.

    Leaves events alone whose lease expired and which another process has claimed.
    """
    by_account: defaultdict[UUID, tuple[list[UUID], list[DueEvent]]] = defaultdict(lambda: ([], []))
    for event in delivered:
        by_account[event.account_id][0].append(event.id)
    for event in failed:
        by_account[event.account_id][1].append(event)
    for account_id, (accepted, refused) in by_account.items():
        if accepted:
            await database.execute(
                f"UPDATE event SET delivered_at = $3 WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')} "
                "AND delivered_at IS NULL",
                account_id,
                accepted,
                now,
            )
        if refused:
            await _retry(account_id, refused, now)


_RETRY: Final = {"id": "uuid", "due_at": "timestamptz", "leased_until": "timestamptz"}


@database.transactional
async def _retry(account_id: UUID, failed: Sequence[DueEvent], now: datetime) -> None:
    due = [now + pause(event.attempt) for event in failed]
    rows = [
        {"id": event.id, "due_at": due_at, "leased_until": event.leased_until}
        for event, due_at in zip(failed, due, strict=True)
    ]
    await database.execute(
        f"UPDATE event SET due_at = r.due_at FROM {database.rows_of('$2', 'r', _RETRY)} "
        "WHERE event.account_id = $1 AND event.id = r.id AND event.due_at = r.leased_until",
        account_id,
        rows,
    )
    await account_queue.add(Queue.EVENTS, account_id, due_at=min(due))


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
