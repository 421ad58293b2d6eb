"""Deletes jobs some time after they finished, with their row errors and files."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from models.db import database
from models.db.application import PerApplication


class Retention:
    """The retention of finished jobs in an application."""

    span = timedelta(days=30)


retention = PerApplication(Retention)

_JOBS_AT_ONCE: Final = 100
_ROWS_AT_ONCE: Final = (
    ("job_row_error", "job_id, line, position", 5_000),
    ("job_file", "job_id, role, position", 50),  # up to a MiB each
)


def configure(*, days: int) -> None:
    """Sets the retention of this application."""
    retention().span = timedelta(days=days)


async def purge_finished(*, now: datetime) -> int:
    """Deletes the jobs of all accounts whose retention has ended, and returns their number.

    Safe for concurrent processes: each deletes other jobs.
    """
    count, until = 0, now - retention().span
    for row in await database.fetch("SELECT DISTINCT account_id FROM job WHERE finished_at <= $1", until):
        while (deleted := await _delete_some(row["account_id"], until)) is not None:
            count += deleted
    return count


@database.transactional
async def _delete_some(account_id: UUID, until: datetime) -> int | None:
    """Deletes a batch of rows of the account's finished jobs, or the jobs themselves once no such rows are left.

    Returns the number of deleted jobs, or None if there are no jobs to delete.
    """
    rows = await database.fetch(
        "SELECT id FROM job WHERE account_id = $1 AND finished_at <= $2 "
        f"ORDER BY finished_at LIMIT {_JOBS_AT_ONCE}{database.skip_locked()}",
        account_id,
        until,
    )
    if not rows:
        return None
    ids = [row["id"] for row in rows]
    for table, columns, most in _ROWS_AT_ONCE:
        of_jobs = f"account_id = $1 AND {database.sql_in('job_id', '$2', 'uuid')}"
        some = f"SELECT {columns} FROM {table} WHERE {of_jobs} LIMIT {most}"
        sql = f"DELETE FROM {table} WHERE {of_jobs} AND ({columns}) IN ({some})"
        if await database.execute(sql, account_id, ids) == most:
            return 0
    return await database.execute(
        f"DELETE FROM job WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}", account_id, ids
    )
