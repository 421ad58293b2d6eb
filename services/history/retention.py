"""Deletes old bulk changes from the history of contacts."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from models.db import database
from services import batch_delete
from services.changes.retention import retention

_AT_ONCE: Final = 5_000


async def purge_expired(*, now: datetime) -> int:
    """Deletes the bulk changes of all accounts that are older than the change log, and returns how many they were.

    Safe for concurrent processes, and safe to repeat.
    """
    until = now - retention().span
    for account_id in await batch_delete.accounts_past("bulk_change", "occurred_at", until=until):
        while await _delete_some(account_id, until):
            pass
    return await batch_delete.delete_past("bulk_change", "occurred_at", until=until)


@database.transactional
async def _delete_some(account_id: UUID | None, until: datetime) -> int:
    """Deletes contacts of old changes, of an account or of all, up to `_AT_ONCE`. Returns how many it deleted.

    The id of a change contains its time. On SQLite, the row numbers have the order of the changes.
    """
    key, oldest = "account_id, contact_id, bulk_change_id", "bulk_change_contact"
    if not database.is_postgres():
        oldest = f"(SELECT {key} FROM bulk_change_contact ORDER BY rowid LIMIT {_AT_ONCE}) AS oldest"
    of_account = "" if account_id is None else "account_id = $2 AND "
    return await database.execute(
        f"DELETE FROM bulk_change_contact WHERE {of_account}({key}) IN "
        f"(SELECT {key} FROM {oldest} WHERE {of_account}bulk_change_id < $1 LIMIT {_AT_ONCE})",
        database.least_uuid7(until),
        *([] if account_id is None else [account_id]),
    )


async def erase(account_id: UUID, contact_ids: Collection[UUID]) -> None:
    """Deletes the bulk changes of purged contacts. The rest of their history is deleted with the contacts."""
    await database.execute(
        f"DELETE FROM bulk_change_contact WHERE account_id = $1 AND {database.sql_in('contact_id', '$2', 'uuid')}",
        account_id,
        list(contact_ids),
    )
