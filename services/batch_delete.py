"""Deletes expired rows of all accounts in batches, so that other writers on SQLite wait only briefly."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

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
    for account_id in await accounts_past(table, instant, until=until):
        while True:
            deleted = await delete_batch(table, instant, until=until, key=key, batch=size, account_id=account_id)
            yield deleted
            if len(deleted) < size:
                break


async def accounts_past(table: str, instant: str, *, until: datetime) -> Sequence[UUID | None]:
    """Returns the accounts to pass to `delete_batch`: those with such rows on a Citus cluster; elsewhere None for all.

    A cluster can't lock rows of several accounts in one statement.
    """
    if not database.is_distributed():
        return [None]
    rows = await database.fetch(f"SELECT DISTINCT account_id FROM {table} WHERE {instant} <= $1", until)
    return [row["account_id"] for row in rows]


@database.transactional
async def delete_batch(
    table: str,
    instant: str,
    *,
    until: datetime,
    account_id: UUID | None,
    key: str = "account_id, id",
    others: str = "",
    batch: int | None = None,
) -> Sequence[Row]:
    """Deletes one batch of the rows of an account, or of all accounts if it is None.

    Returns their keys, with the columns `others`, which begin with a comma.
    """
    of_account = "" if account_id is None else "account_id = $2 AND "
    # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
    return await database.fetch(
        f"WITH past AS MATERIALIZED (SELECT {key} FROM {table} WHERE {of_account}{instant} <= $1 "
        f"ORDER BY {instant} LIMIT {batch or BATCH}{database.skip_locked()}) "
        f"DELETE FROM {table} WHERE {of_account}({key}) IN (SELECT {key} FROM past) RETURNING {key}{others}",
        until,
        *([] if account_id is None else [account_id]),
    )
