"""The purges of each account: their number, and when a server has to delete what is left of the purged contacts.

The number orders purges and other work without clocks. Work that notes the number before it reads contacts can tell
afterwards whether a purge was committed in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.db import database
from services import account_queue
from services.account_queue import Queue

LEASE = timedelta(minutes=1)
"""How long other servers leave an account alone that a server has claimed."""
_MOST_CANDIDATES = 20
_DUE = "FROM contact_purge WHERE erase_at <= $1"


@dataclass(frozen=True, slots=True)
class Purge:
    """The latest purge of an account."""

    account_id: UUID
    number: int
    purged_at: datetime


async def note(account_id: UUID, *, now: datetime) -> None:
    """Counts a purge, in its transaction. Call it last, because purges of one account then wait for each other."""
    await database.execute(
        "INSERT INTO contact_purge (account_id, number, purged_at, erase_at) VALUES ($1, 1, $2, $2) "
        "ON CONFLICT (account_id) DO UPDATE SET number = contact_purge.number + 1, purged_at = excluded.purged_at, "
        "erase_at = excluded.erase_at",
        account_id,
        now,
    )
    await account_queue.add(Queue.PURGES, account_id)


async def number(account_id: UUID) -> int:
    """Returns the number of the account's purges."""
    row = await database.fetch_one("SELECT number FROM contact_purge WHERE account_id = $1", account_id)
    return 0 if row is None else int(row["number"])


async def claim(*, now: datetime) -> Purge | None:
    """Claims the next account with something to delete, or returns None."""
    due = await account_queue.due(Queue.PURGES, now=now)
    if due.has_none:
        return None
    rows = await database.fetch(
        f"SELECT account_id {_DUE}{due.condition('account_id', 2)} ORDER BY erase_at LIMIT {_MOST_CANDIDATES}",
        now,
        *due.values,
    )
    for row in rows:
        if (purge := await _claim(row["account_id"], now)) is not None:
            return purge
    await account_queue.settle(due, _next_due, now=now)
    return None


@database.transactional
async def _claim(account_id: UUID, now: datetime) -> Purge | None:
    row = await database.fetch_one(
        # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
        f"WITH due AS MATERIALIZED (SELECT account_id {_DUE} AND account_id = $2{database.skip_locked()}) "
        "UPDATE contact_purge SET erase_at = $3 WHERE account_id = $2 AND account_id IN (SELECT account_id FROM due) "
        f"RETURNING number, {database.selected_as('purged_at', 'purged_at', 'timestamp')}",
        now,
        account_id,
        now + LEASE,
    )
    return None if row is None else Purge(account_id, row["number"], row["purged_at"])


async def _next_due(account_id: UUID) -> datetime | None:
    row = await database.fetch_one("SELECT erase_at FROM contact_purge WHERE account_id = $1", account_id)
    return row["erase_at"] if row else None


async def release(purge: Purge, *, erase_at: datetime | None) -> None:
    """Sets when a server claims the account again; never if None. Has no effect after a later purge."""
    await database.execute(
        "UPDATE contact_purge SET erase_at = $3 WHERE account_id = $1 AND number = $2",
        purge.account_id,
        purge.number,
        erase_at,
    )
    if erase_at is not None:
        await account_queue.add(Queue.PURGES, purge.account_id, due_at=erase_at)
