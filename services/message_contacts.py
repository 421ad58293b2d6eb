"""What messages do to the contacts that have their numbers."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from models import database, number_locks
from services import contact_changes
from services.contact_changes import Kind
from services.contact_filter import IS_OPTED_OUT
from services.message_rows import Latest

# One condition for each of the two indexes by number: neither serves both.
_WITH_THE_NUMBER = (
    "SELECT c.id FROM contact c WHERE c.account_id = $1 AND c.deleted_at IS NULL AND {any_of} UNION ALL "
    "SELECT c.id FROM contact c WHERE c.account_id = $1 AND c.deleted_at IS NOT NULL AND {any_of}"
)


async def there(account_id: UUID, table: Literal["campaign", "account_user"], ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that are of something in the account; active or not."""
    if not ids:
        return set()
    rows = await database.fetch(
        f"SELECT id FROM {table} WHERE account_id = $1 AND {database.any_of('id', '$2', 'uuid')}", account_id, list(ids)
    )
    return {row["id"] for row in rows}


async def lock(account_id: UUID, phones: Collection[str]) -> None:
    """Nobody else changes the contacts with these numbers, in the trash or not, or makes one of a number that none has,
    until the transaction ends.
    """
    if not phones:
        return
    unknown = set(phones) - await _locked(account_id, phones)
    if unknown and database.is_postgres():
        await number_locks.hold(account_id, unknown)
        await _locked(account_id, unknown)  # who has come meanwhile


async def _locked(account_id: UUID, phones: Collection[str]) -> set[str]:
    """Locks the contacts with these numbers; the numbers of those outside the trash."""
    ids = _WITH_THE_NUMBER.format(any_of=database.any_of("c.phone", "$2", "text"))
    rows = await database.fetch(
        f"SELECT phone, deleted_at FROM contact WHERE contact.account_id = $1 AND contact.id IN ({ids}) "
        f"ORDER BY id{database.for_update()}",
        account_id,
        list(phones),
    )
    return {row["phone"] for row in rows if row["deleted_at"] is None}


@asynccontextmanager
async def telling(account_id: UUID, phones: Collection[str], *, now: datetime) -> AsyncIterator[None]:
    """What is changed inside, of live contacts with these numbers, which are locked, is told to who has subscribed."""
    if not phones or not contact_changes.are_heard(account_id):
        yield
        return
    before = await _as_seen(account_id, phones)
    change = await contact_changes.begin(account_id, list(before), now=now)
    yield
    after = await _as_seen(account_id, phones)
    await change.tell(Kind.UPDATED, [id for id, seen in after.items() if seen != before[id]])


async def _as_seen(account_id: UUID, phones: Collection[str]) -> dict[UUID, tuple[Any, ...]]:
    """What messages can change of live contacts with these numbers."""
    rows = await database.fetch(
        f"SELECT id, last_inbound_at, last_outbound_at, verified_at, {IS_OPTED_OUT} AS is_opted_out "
        "FROM contact WHERE contact.account_id = $1 AND contact.deleted_at IS NULL "
        f"AND {database.any_of('contact.phone', '$2', 'text')}",
        account_id,
        list(phones),
    )
    return {
        row["id"]: (row["last_inbound_at"], row["last_outbound_at"], row["verified_at"], bool(row["is_opted_out"]))
        for row in rows
    }


async def follow(
    account_id: UUID, latest: Mapping[str, Latest], *, verified: Mapping[str, datetime], now: datetime
) -> None:
    """Shows on locked contacts what is kept of their numbers by now, and that a message came from some of them.

    That verifies a contact outside the trash that is not verified yet, from the message on; not one whose verification
    was taken back, unless it was asked for again.
    """
    phones = latest.keys() | verified.keys()
    if not phones:
        return
    columns = {
        "phone": "text",
        "is_counted": "boolean",
        "last_inbound_at": "timestamptz",
        "last_outbound_at": "timestamptz",
        "verified_at": "timestamptz",
    }
    rows = [
        {
            "phone": phone,
            "is_counted": phone in latest,
            "last_inbound_at": latest[phone].inbound_at if phone in latest else None,
            "last_outbound_at": latest[phone].outbound_at if phone in latest else None,
            "verified_at": verified.get(phone),
        }
        for phone in phones
    ]
    is_verified_now = (
        "r.verified_at IS NOT NULL AND contact.verified_at IS NULL AND contact.deleted_at IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM verification v WHERE v.account_id = contact.account_id AND v.phone = contact.phone "
        "AND v.revoked_at >= contact.created_at)"
    )
    ids = _WITH_THE_NUMBER.format(any_of=database.any_of("c.phone", "$4", "text"))
    await database.execute(
        "UPDATE contact SET "
        "last_inbound_at = CASE WHEN r.is_counted THEN r.last_inbound_at ELSE contact.last_inbound_at END, "
        "last_outbound_at = CASE WHEN r.is_counted THEN r.last_outbound_at ELSE contact.last_outbound_at END, "
        f"verified_at = CASE WHEN {is_verified_now} THEN r.verified_at ELSE contact.verified_at END, "
        f"updated_at = CASE WHEN {is_verified_now} THEN {database.cast_to('$3', 'timestamptz')} "
        "ELSE contact.updated_at END "
        f"FROM {database.rows_of('$2', 'r', columns)} "
        f"WHERE contact.account_id = $1 AND contact.id IN ({ids}) AND contact.phone = r.phone",
        account_id,
        rows,
        now,
        list(phones),
    )
