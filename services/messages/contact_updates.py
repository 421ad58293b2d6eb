"""Updates contacts when messages are recorded for their numbers."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind as LoggedKind
from models.db import database, phone_locks
from models.db.database import Row
from models.db.sql import ACCOUNT
from services.contacts.filter import IS_OPTED_OUT
from services.events import actor
from services.history import recording as history
from services.history.recording import Entry, FieldChange
from services.messages.table import Latest
from services.subscriptions import change_log as contact_change_log
from services.subscriptions.change_log import ChangeKind


async def existing_ids(
    account_id: UUID, table: Literal["campaign", "account_user"], ids: Collection[UUID]
) -> set[UUID]:
    """Returns the ids that exist in the account, whether active or not."""
    if not ids:
        return set()
    rows = await database.fetch(
        f"SELECT id FROM {table} WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}", account_id, list(ids)
    )
    return {row["id"] for row in rows}


class LockedContact(NamedTuple):
    phone: str
    is_verified: bool


async def lock(account_id: UUID, phones: Collection[str]) -> dict[UUID, LockedContact]:
    """Locks the contacts with these numbers, including those in the trash. Returns them by id.

    Until the transaction ends, no other transaction can change them, or create a contact for a number without one.
    """
    if not phones:
        return {}
    rows = await _locked(account_id, phones)
    unknown = set(phones).difference(row["phone"] for row in rows if row["deleted_at"] is None)
    if unknown and database.is_postgres():
        await phone_locks.lock_exclusive(account_id, unknown)
        rows = [*rows, *await _locked(account_id, unknown)]  # contacts that were created before the lock
    return {
        row["id"]: LockedContact(row["phone"], row["verified_at"] is not None) for row in rows if row["phone"] in phones
    }


async def _locked(account_id: UUID, phones: Collection[str]) -> Sequence[Row]:
    numbers = database.with_account_id(database.columns_of("n", {"phone": ("$2", "text")}), "n", "$1")
    # One query per partial index on the number, because neither index serves both conditions.
    union = " UNION ALL ".join(
        f"SELECT c.id FROM {numbers} JOIN contact c "
        f"ON c.account_id = n.account_id AND c.phone = n.phone AND c.deleted_at {state}"
        + database.among("c.phone", "$2", "text")
        for state in ("IS NULL", "IS NOT NULL")
    )
    return await database.fetch(
        f"SELECT contact.id, contact.phone, contact.verified_at, contact.deleted_at "
        f"FROM {database.with_account_id(f'({union}) AS found', 'found', ACCOUNT)} JOIN contact "
        "ON contact.account_id = found.account_id AND contact.id = found.id "
        f"ORDER BY contact.id{database.for_update('contact')}",
        account_id,
        list(phones),
    )


@asynccontextmanager
async def publishing_changes(account_id: UUID, phones: Collection[str], *, now: datetime) -> AsyncIterator[None]:
    """Publishes to subscribers what the block changes in live contacts with these numbers. They must be locked."""
    if not phones or not contact_change_log.has_subscribers(account_id):
        yield
        return
    before = await _as_seen(account_id, phones)
    change = await contact_change_log.start_recording(account_id, list(before), now=now)
    yield
    after = await _as_seen(account_id, phones)
    await change.publish_to_subscribers(ChangeKind.UPDATED, [id for id, seen in after.items() if seen != before[id]])


async def _as_seen(account_id: UUID, phones: Collection[str]) -> dict[UUID, tuple[Any, ...]]:
    """Returns the fields of live contacts with these numbers that messages can change."""
    rows = await database.fetch(
        f"SELECT id, last_inbound_at, last_outbound_at, verified_at, {IS_OPTED_OUT} AS is_opted_out "
        "FROM contact WHERE contact.account_id = $1 AND contact.deleted_at IS NULL "
        f"AND {database.sql_in('contact.phone', '$2', 'text')}",
        account_id,
        list(phones),
    )
    return {
        row["id"]: (row["last_inbound_at"], row["last_outbound_at"], row["verified_at"], bool(row["is_opted_out"]))
        for row in rows
    }


async def update_contacts(
    account_id: UUID,
    contacts: Mapping[UUID, LockedContact],
    latest: Mapping[str, Latest],
    *,
    verified: Mapping[str, datetime],
    now: datetime,
) -> None:
    """Copies the latest message times of numbers to their locked contacts, and verifies contacts.

    An inbound message verifies a contact outside the trash that is not verified yet, as of the message's time. It does
    not verify a contact whose verification was revoked, unless verification was requested again.
    """
    columns = {
        "id": "uuid",
        "is_counted": "boolean",
        "last_inbound_at": "timestamptz",
        "last_outbound_at": "timestamptz",
        "verified_at": "timestamptz",
    }
    rows: list[dict[str, Any]] = [
        {
            "id": contact_id,
            "is_counted": phone in latest,
            "last_inbound_at": latest[phone].inbound_at if phone in latest else None,
            "last_outbound_at": latest[phone].outbound_at if phone in latest else None,
            "verified_at": verified.get(phone),
        }
        for contact_id, (phone, _) in contacts.items()
        if phone in latest or phone in verified
    ]
    if not rows:
        return
    is_verified_now = (
        "r.verified_at IS NOT NULL AND contact.verified_at IS NULL AND contact.deleted_at IS NULL AND NOT EXISTS "
        f"(SELECT 1 FROM verification v WHERE v.account_id = {ACCOUNT} AND v.phone = contact.phone "
        "AND v.revoked_at >= contact.created_at)"
    )
    updated = await database.fetch(
        "UPDATE contact SET "
        "last_inbound_at = CASE WHEN r.is_counted THEN r.last_inbound_at ELSE contact.last_inbound_at END, "
        "last_outbound_at = CASE WHEN r.is_counted THEN r.last_outbound_at ELSE contact.last_outbound_at END, "
        f"verified_at = CASE WHEN {is_verified_now} THEN r.verified_at ELSE contact.verified_at END, "
        f"updated_at = CASE WHEN {is_verified_now} THEN {database.cast_to('$3', 'timestamptz')} "
        "ELSE contact.updated_at END "
        f"FROM {database.with_account_id(database.rows_of('$2', 'r', columns), 'r', '$1')} "
        "WHERE contact.account_id = r.account_id AND contact.id = r.id "
        f"RETURNING {database.selected_as('contact.id', 'id', 'uuid')}, contact.verified_at IS NOT NULL AS is_verified",
        account_id,
        rows,
        now,
    )
    database.note_changed(account_id, LoggedKind.CONTACT, [row["id"] for row in rows])
    came = [row["id"] for row in updated if row["is_verified"] and not contacts[row["id"]].is_verified]
    entry = Entry(AuditAction.VERIFY, [FieldChange("isVerified", "false", "true")])
    by = actor.current()._replace(user_id=None)  # the sender of the message verified the contact, not the user
    await history.record_each(account_id, came, entry, by=by, now=now)
