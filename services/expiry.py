"""What has had its time is deleted, of any account: in batches, so that nobody waits long for SQLite's writer."""

from datetime import datetime

from models import database

_BATCH = 1_000


async def delete_past(
    table: str, instant: str, *, until: datetime, key: str = "account_id, id", batch: int | None = None
) -> int:
    """Deletes the rows whose instant, a column, has come by then; how many.

    Any number of processes may do so at once: each row is one's to delete.
    """
    batch, count = batch or _BATCH, 0
    while True:
        deleted = await _delete_batch(table, instant, until, key, batch)
        count += deleted
        if deleted < batch:
            return count


@database.transactional
async def _delete_batch(table: str, instant: str, until: datetime, key: str, batch: int) -> int:
    # Materialized: PostgreSQL may run a subquery again, and with SKIP LOCKED that gives other rows.
    rows = await database.fetch(
        f"WITH past AS MATERIALIZED (SELECT {key} FROM {table} WHERE {instant} <= $1 "
        f"ORDER BY {instant} LIMIT {batch}{database.skip_locked()}) "
        f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM past) RETURNING {instant}",
        until,
    )
    return len(rows)
