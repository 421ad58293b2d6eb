"""The purges of each account: their number, and when a server has to delete what is left of the purged contacts.

The number orders purges and other work without clocks. Work that notes the number before it reads contacts can tell
afterwards whether a purge was committed in between.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.db import database

LEASE = timedelta(minutes=1)
"""How long other servers leave an account alone that a server has claimed."""
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


async def number(account_id: UUID) -> int:
    """Returns the number of the account's purges."""
    row = await database.fetch_one("SELECT number FROM contact_purge WHERE account_id = $1", account_id)
    return 0 if row is None else int(row["number"])


async def claim(*, now: datetime) -> Purge | None:
    """Claims the next account with something to delete, or returns None."""
    # Usually there is none, and on SQLite this check needs no lock.
    if await database.fetch_one(f"SELECT account_id {_DUE} LIMIT 1", now) is None:
        return None
    return await _claim(now)


@database.transactional
async def _claim(now: datetime) -> Purge | None:
    row = await database.fetch_one(
        # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
        f"WITH due AS MATERIALIZED (SELECT account_id {_DUE} ORDER BY erase_at LIMIT 1{database.skip_locked()}) "
        "UPDATE contact_purge SET erase_at = $2 WHERE account_id IN (SELECT account_id FROM due) RETURNING "
        f"{database.selected_as('account_id', 'account_id', 'uuid')}, number, "
        f"{database.selected_as('purged_at', 'purged_at', 'timestamp')}",
        now,
        now + LEASE,
    )
    return None if row is None else Purge(row["account_id"], row["number"], row["purged_at"])


async def release(purge: Purge, *, erase_at: datetime | None) -> None:
    """Sets when a server claims the account again; never if None. Has no effect after a later purge."""
    await database.execute(
        "UPDATE contact_purge SET erase_at = $3 WHERE account_id = $1 AND number = $2",
        purge.account_id,
        purge.number,
        erase_at,
    )
