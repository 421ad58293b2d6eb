"""Deletes jobs some time after they finished, with their row errors and files."""

from datetime import datetime, timedelta
from typing import Final

from models.db import database
from models.db.application import PerApplication


class Retention:
    """The retention of finished jobs in an application."""

    span = timedelta(days=30)


retention = PerApplication(Retention)

_JOBS_AT_ONCE: Final = 100
_ROWS_AT_ONCE: Final = (
    ("job_row_error", "account_id job_id line position", 5_000),
    ("job_file", "account_id job_id role position", 50),  # up to a MiB each
)
_KEYS: Final = {"account_id": "uuid", "id": "uuid"}


def configure(*, days: int) -> None:
    """Sets the retention of this application."""
    retention().span = timedelta(days=days)


async def purge_finished(*, now: datetime) -> int:
    """Deletes the jobs of all accounts whose retention has ended, and returns their number.

    Safe for concurrent processes: each deletes other jobs.
    """
    count = 0
    while (deleted := await _delete_some(now - retention().span)) is not None:
        count += deleted
    return count


@database.transactional
async def _delete_some(until: datetime) -> int | None:
    """Deletes a batch of rows that belong to finished jobs, or the jobs themselves once no such rows are left.

    Returns the number of deleted jobs, or None if there are no jobs to delete.
    """
    rows = await database.fetch(
        "SELECT account_id, id FROM job WHERE finished_at <= $1 "
        f"ORDER BY finished_at LIMIT {_JOBS_AT_ONCE}{database.skip_locked()}",
        until,
    )
    if not rows:
        return None
    finished, keys = database.rows_of("$1", "finished", _KEYS), [dict(row) for row in rows]
    for table, names, most in _ROWS_AT_ONCE:
        columns = ", ".join(names.split())
        picked = ", ".join(f"{table}.{name}" for name in names.split())
        joined = f"{table} ON {table}.account_id = finished.account_id AND {table}.job_id = finished.id"
        sql = f"DELETE FROM {table} WHERE ({columns}) IN (SELECT {picked} FROM {finished} JOIN {joined} LIMIT {most})"
        if await database.execute(sql, keys) == most:
            return 0
    return await database.execute(
        f"DELETE FROM job WHERE (account_id, id) IN (SELECT account_id, id FROM {finished})", keys
    )
