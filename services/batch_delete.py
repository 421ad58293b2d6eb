"""Deletes expired rows of all accounts in batches, so that other writers on SQLite wait only briefly."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from models.db import database
from models.db.database import Row

BATCH = 1_000


async def delete_past(
    table: str, instant: str, *, until: datetime, key: str = "account_id, id", batch: int | None = None
) -> int:
    """Deletes the rows whose column `instant` is at or before `until`, and returns their number.

    Safe for concurrent processes: each row is deleted by one of them.
    """
    count = 0
    async for deleted in batches_past(table, instant, until=until, key=key, batch=batch):
        count += len(deleted)
    return count


async def batches_past(
    table: str, instant: str, *, until: datetime, key: str = "account_id, id", batch: int | None = None
) -> AsyncIterator[Sequence[Row]]:
    """Deletes the same rows and yields the keys of each deleted batch."""
    size = batch or BATCH
    while True:
        deleted = await delete_batch(table, instant, until=until, key=key, batch=size)
        yield deleted
        if len(deleted) < size:
            return


@database.transactional
async def delete_batch(
    table: str,
    instant: str,
    *,
    until: datetime,
    key: str = "account_id, id",
    others: str = "",
    batch: int | None = None,
) -> Sequence[Row]:
    """Deletes one batch of the rows. Returns their keys, with the columns `others`, which begin with a comma."""
    # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
    return await database.fetch(
        f"WITH past AS MATERIALIZED (SELECT {key} FROM {table} WHERE {instant} <= $1 "
        f"ORDER BY {instant} LIMIT {batch or BATCH}{database.skip_locked()}) "
        f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM past) RETURNING {key}{others}",
        until,
    )
