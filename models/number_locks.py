"""Lets whoever makes contacts and whoever records messages with their numbers wait for each other.

A contact shows what is kept of its number, and a message shows on the contact of its number: each looks for what the
other writes, and sees nothing of what is not committed. A row to lock is not there yet. So whoever makes a contact, or
gives one another number, shares its number until the end of the transaction, and whoever records a message with a
number that no contact has holds it alone; contacts do not wait for contacts. Locks are a few for each account, each of
many numbers, because PostgreSQL has room for some thousands. SQLite has one writer, who waits for nobody.

In the order of locks they come behind those of contacts that are there and before the insertion of new ones.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from models import database


async def share(account_id: UUID, phones: Collection[str]) -> None:
    """Nobody records the first message of these numbers until the transaction ends. What was is seen from now on."""
    if phones and database.is_postgres():
        await _take("pg_advisory_xact_lock_shared", "unnest($2::text[]) AS r(phone)", account_id, list(phones))


async def share_staged(account_id: UUID, table: str) -> None:
    """The same for the numbers of a staged table."""
    if database.is_postgres():
        await _take("pg_advisory_xact_lock_shared", f"{table} r", account_id)


async def hold(account_id: UUID, phones: Collection[str]) -> None:
    """Nobody makes a contact with one of these numbers until the transaction ends. Who did is seen from now on."""
    if phones and database.is_postgres():
        await _take("pg_advisory_xact_lock", "unnest($2::text[]) AS r(phone)", account_id, list(phones))


async def _take(lock: str, source: str, account_id: UUID, *args: Any) -> None:
    keys = f"SELECT DISTINCT number_lock(r.phone) AS key FROM {source} ORDER BY key"
    await database.fetch(f"SELECT {lock}(account_lock($1::uuid), n.key) FROM ({keys}) AS n", account_id, *args)
