"""Deletes old changes."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from models.db import database
from models.db.application import PerApplication

_AT_ONCE: Final = 5_000
_ACCOUNTS: Final = "SELECT id FROM account"
_END: Final = {True: "9223372036854775807", False: "(SELECT max(position) FROM change)"}


class Retention:
    """The retention of changes in an application. Cursors are valid for as long."""

    span = timedelta(days=30)


retention = PerApplication(Retention)


def configure(*, days: int) -> None:
    """Sets the retention of this application."""
    retention().span = timedelta(days=days)


async def purge_expired(*, now: datetime) -> int:
    """Deletes the changes of all accounts whose retention has ended, and returns their number.

    Safe for concurrent processes, and safe to repeat.
    """
    count, until = 0, now - retention().span
    if database.is_postgres():
        logs = [_Log("account_id = $1", "id = $1", (row["id"],)) for row in await database.fetch(_ACCOUNTS)]
    else:
        logs = [_Log("$1", "$1", (True,))]  # all accounts share one sequence of positions
    for log in logs:
        while deleted := await _delete_some(log, until):
            count += deleted
    return count


class _Log(NamedTuple):
    """The conditions for the changes that share a sequence of positions, and for their accounts, with a parameter."""

    changes: str
    accounts: str
    values: tuple[UUID | bool]


@database.transactional
async def _delete_some(log: _Log, until: datetime) -> int:
    """Deletes the first changes of a log, up to the first newer one, and returns their number.

    Changes are in the order of their positions, which is almost that of their times. On SQLite the last change stays,
    because the next position follows from it.
    """
    earliest = "$2" if database.is_postgres() else "unixepoch($2)"
    row = await database.fetch_one(
        f"WITH oldest AS (SELECT position, changed_at FROM change WHERE {log.changes} ORDER BY position "
        f"LIMIT {_AT_ONCE}) SELECT max(position) AS position FROM oldest WHERE position < coalesce("
        f"(SELECT min(position) FROM oldest WHERE changed_at > {earliest}), {_END[database.is_postgres()]})",
        *log.values,
        until,
    )
    if row is None or row["position"] is None:
        return 0
    await database.execute(
        f"UPDATE account SET change_horizon = $2 WHERE {log.accounts} AND change_horizon < $2",
        *log.values,
        row["position"],
    )
    return await database.execute(
        f"DELETE FROM change WHERE {log.changes} AND position <= $2", *log.values, row["position"]
    )
