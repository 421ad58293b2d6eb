"""Deletes old events of the audit log."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.db import database
from models.db.application import PerApplication

_AT_ONCE: Final = 5_000


class Retention:
    """The retention of the audit log in an application."""

    span = timedelta(days=365)


retention = PerApplication(Retention)


def configure(*, days: int) -> None:
    """Sets the retention of this application."""
    retention().span = timedelta(days=days)


async def purge_expired(*, now: datetime) -> int:
    """Deletes the events of all accounts whose retention has ended, and returns their number.

    Safe for concurrent processes. Finds them by their ids, which begin with the time, so that no index by time is
    needed.
    """
    count, until = 0, database.least_uuid7(now - retention().span)
    for account in await database.fetch("SELECT id AS account_id FROM account"):
        while deleted := await _delete_some(account["account_id"], until):
            count += deleted
    return count


async def _delete_some(account_id: UUID, until: UUID) -> int:
    some = f"SELECT id FROM audit_event WHERE account_id = $1 AND id < $2 ORDER BY id LIMIT {_AT_ONCE}"
    return await database.execute(
        f"DELETE FROM audit_event WHERE account_id = $1 AND id IN ({some})", account_id, until
    )
