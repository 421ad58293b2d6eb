"""Locks that serialize the creation of a contact with the recording of messages with its number.

A new contact gets the stored history of its number, and a new message updates the contact with its number. Each
transaction looks for rows of the other kind, and sees only committed ones; no row exists yet that it could lock.
Therefore a transaction that creates a contact, or changes its number, takes a shared lock on the number until it ends.
A transaction that records a message with a number that no contact has takes an exclusive lock. So does an opt-out,
which records a change of the contacts with its number. Contacts do not wait for contacts. Each account has a few
locks, each for many numbers, because PostgreSQL has room for some thousands. SQLite needs no locks, because it has one
writer.

Lock order: after the locks of existing contacts, and before the insertion of new ones.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from models.db import database


async def lock_shared(account_id: UUID, phones: Collection[str]) -> None:
    """Blocks the first message with each of these numbers until the transaction ends.

    Later statements see all messages that were recorded before.
    """
    if phones and database.is_postgres():
        await _take("pg_advisory_xact_lock_shared", "unnest($2::text[]) AS r(phone)", account_id, list(phones))


async def lock_shared_staged(account_id: UUID, table: str) -> None:
    """Does the same as `lock_shared` for the numbers of a staged table."""
    if database.is_postgres():
        await _take("pg_advisory_xact_lock_shared", f"{table} r", account_id)


async def lock_exclusive(account_id: UUID, phones: Collection[str]) -> None:
    """Blocks the creation of contacts with these numbers until the transaction ends.

    Later statements see all contacts that were created before.
    """
    if phones and database.is_postgres():
        await _take("pg_advisory_xact_lock", "unnest($2::text[]) AS r(phone)", account_id, list(phones))


async def _take(lock: str, source: str, account_id: UUID, *args: Any) -> None:
    keys = f"SELECT DISTINCT number_lock(r.phone) AS key FROM {source} ORDER BY key"
    await database.fetch(f"SELECT {lock}(account_lock($1::uuid), n.key) FROM ({keys}) AS n", account_id, *args)
