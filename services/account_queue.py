"""Notes the accounts that have work on a Citus cluster, so that a process that looks for work asks only their nodes.

Jobs, events and the like are rows of accounts, on all nodes. Code that adds such work also notes the account, in the
same transaction. The coordinator has the table of the notes. Other databases need no notes, because a query over all
accounts is cheaper there.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.coordinator import IS_UNFINISHED

_AT_ONCE: Final = 1_000
_LATEST: Final = timedelta(minutes=10)
"""An account with work is looked at this often at least, even if a clock was wrong."""


class Queue(StrEnum):
    JOBS = "JOBS"
    EVENTS = "EVENTS"
    DELIVERIES = "DELIVERIES"
    PURGES = "PURGES"
    SUBSCRIPTIONS = "SUBSCRIPTIONS"


@dataclass(frozen=True, slots=True)
class Due:
    """The accounts that may have work now. `accounts` is None for all accounts, of a database on one node."""

    queue: Queue
    accounts: Sequence[UUID] | None = None
    notes: Sequence[UUID] = ()

    @property
    def has_none(self) -> bool:
        return self.accounts is not None and not self.accounts

    def condition(self, column: str, place: int) -> str:
        """Returns a condition that begins with AND, with the parameter at `place`, or "" for all accounts."""
        return "" if self.accounts is None else f" AND {database.sql_in(column, f'${place}', 'uuid')}"

    @property
    def values(self) -> list[Any]:
        """The value of the condition's parameter, if it has one."""
        return [] if self.accounts is None else [list(self.accounts)]


async def add(queue: Queue, account_id: UUID, *, due_at: datetime | None = None) -> None:
    """Notes that an account has work, at an instant or now. Call it in the transaction that adds the work."""
    if database.is_distributed():
        await _add(queue, account_id, due_at or _NOW)


async def _add(queue: Queue, account_id: UUID, due_at: datetime) -> None:
    await database.execute(
        "INSERT INTO account_queue (account_id, id, queue, due_at) VALUES ($1, $2, $3, $4)",
        account_id,
        database.uuid7(),
        queue.value,
        due_at,
    )


async def due(queue: Queue, *, now: datetime) -> Due:
    """Returns the accounts that may have work, which every process can see.

    A note further ahead than `settle` writes one is due, too: a clock was wrong, or it is the first of a long pause.
    """
    if not database.is_distributed():
        return Due(queue)
    rows = await database.fetch(
        "SELECT account_id, id FROM account_queue AS note WHERE queue = $1 AND (due_at <= $2 OR due_at > $3) "
        f"AND NOT EXISTS {IS_UNFINISHED.format('note')} ORDER BY due_at LIMIT {_AT_ONCE}",
        queue.value,
        now,
        now + _LATEST,
    )
    return Due(queue, list({row["account_id"] for row in rows}), [row["id"] for row in rows])


async def settle(due: Due, next_due: Callable[[UUID], Awaitable[datetime | None]], *, now: datetime) -> None:
    """Replaces the notes of accounts. Call it after a look for their work.

    `next_due` returns when an account has work again; None if it has none. Work since the look has other notes. If
    several processes have the same notes, the first one replaces them.
    """
    for account_id in due.accounts or ():
        again_at = await next_due(account_id)
        await _replace(account_id, due.notes, due.queue, again_at and min(again_at, now + _LATEST))


async def forget(due: Due, *, except_for: Collection[UUID]) -> None:
    """Deletes the notes of the accounts that have no work, which are all but some."""
    for account_id in set(due.accounts or ()) - set(except_for):
        await _replace(account_id, due.notes, due.queue, None)


@database.transactional
async def _replace(account_id: UUID, notes: Sequence[UUID], queue: Queue, again_at: datetime | None) -> None:
    deleted = await database.execute(
        f"DELETE FROM account_queue WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
        account_id,
        list(notes),
    )
    if deleted and again_at is not None:
        await _add(queue, account_id, again_at)


async def write_probe(*, now: datetime) -> None:
    """Writes a row that belongs to no queue, as a test whether the coordinator accepts writes."""
    await database.execute(
        "INSERT INTO account_queue (account_id, id, queue, due_at) VALUES ($1, $1, '', $2) "
        "ON CONFLICT (account_id, id) DO UPDATE SET due_at = excluded.due_at",
        _NIL,
        now,
    )


_NIL: Final = UUID(int=0)
_NOW: Final = datetime(1970, 1, 1, tzinfo=UTC)  # by the clock of any machine
_SOURCES: Final = {
    Queue.JOBS: "SELECT DISTINCT account_id FROM job WHERE status IN ('QUEUED', 'RUNNING')",
    Queue.EVENTS: "SELECT DISTINCT account_id FROM event WHERE delivered_at IS NULL",
    Queue.DELIVERIES: "SELECT DISTINCT account_id FROM webhook_endpoint WHERE disabled_at IS NULL",
    Queue.PURGES: "SELECT account_id FROM contact_purge WHERE erase_at IS NOT NULL",
    Queue.SUBSCRIPTIONS: "SELECT DISTINCT account_id FROM subscription",
}


async def refill() -> int:
    """Notes all accounts with work again, such as after a restore, and returns the number of notes.

    A crash of the coordinator can lose a note, too.
    """
    if not database.is_distributed():
        return 0
    count = 0
    for queue, source in _SOURCES.items():
        for row in await database.fetch(source):
            await _add(queue, row["account_id"], _NOW)
            count += 1
    return count
