"""The trash. Contacts in it are hidden, keep their memberships, free their numbers, and are deleted after a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from services import batch_delete
from services.audit import recording as audit
from services.campaigns import table as campaign_table
from services.consent import register as consent_register
from services.consent.register import Cause
from services.contacts import erasure, selection as contact_selection, unique_keys as contact_unique_keys, value_counts
from services.contacts.filter import ContactState
from services.contacts.selection import ChosenContacts
from services.events.actor import NOBODY
from services.history import recording as history
from services.history.recording import Entry
from services.lists import membership
from services.refusal import Code, Refusal
from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType


@dataclass(frozen=True, slots=True)
class TrashResult:
    """The changed contacts, the lists whose counts changed, and the contacts that could not change, with reasons."""

    contact_ids: list[UUID]
    list_ids: list[UUID]
    conflicts: list[tuple[UUID, Refusal]]


@database.transactional
async def trash(*, chosen: ChosenContacts, now: datetime) -> TrashResult:
    """Moves the selected live contacts to the trash for the account's retention period. Raises Refused."""
    account_id = chosen.settings.account_id
    ids = [row["id"] for row in await contact_selection.lock(chosen, now=now)]
    pending = await contact_change_log.start_recording(account_id, ids, now=now)
    list_ids = await _count_live(account_id, ids, -1, now=now)
    await _set_deleted(account_id, ids, now, now + timedelta(days=chosen.settings.trash_retention_days), now)
    await history.record(account_id, ids, Entry(AuditAction.TRASH), now=now)
    await pending.publish(contact_change_log.ChangeKind.TRASHED, ids)
    contact_selection.record(chosen, AuditAction.TRASH, "Trashed contacts", ids=ids, now=now)
    return TrashResult(ids, list_ids, [])


@database.transactional
async def restore(*, chosen: ChosenContacts, now: datetime) -> TrashResult:
    """Restores the selected contacts from the trash with their memberships.

    A contact whose number or external id now belongs to another contact stays in the trash and is reported as a
    conflict. Of several contacts in the trash with the same number, the one trashed last is restored. Raises Refused.
    """
    account_id = chosen.settings.account_id
    rows = await contact_selection.lock(chosen, state=ContactState.TRASHED, now=now)
    pending = await contact_change_log.start_recording(account_id, [row["id"] for row in rows], now=now)
    holders = await _holders(account_id, rows)
    ids: list[UUID] = []
    conflicts: list[tuple[UUID, Refusal]] = []
    for row in sorted(rows, key=lambda row: (row["deleted_at"], row["id"]), reverse=True):
        conflict = _conflict(row, holders)
        if conflict is not None:
            conflicts.append((row["id"], conflict))
            continue
        ids.append(row["id"])
        holders[("phone", row["phone"])] = row["id"]
        if row["external_id"] is not None:
            holders[("external_id", row["external_id"])] = row["id"]
    await _set_deleted(account_id, ids, None, None, now)
    list_ids = await _count_live(account_id, ids, 1, now=now)
    await history.record(account_id, ids, Entry(AuditAction.RESTORE), now=now)
    await pending.publish(contact_change_log.ChangeKind.RESTORED, ids)
    contact_selection.record(chosen, AuditAction.RESTORE, "Restored contacts", ids=ids, now=now)
    return TrashResult(ids, list_ids, conflicts)


async def _holders(account_id: UUID, rows: Sequence[Row]) -> dict[tuple[str, str], UUID]:
    """Returns the live contacts that have the rows' numbers and external ids, by column and value."""
    if not rows:
        return {}
    phones = [row["phone"] for row in rows]
    external_ids = [row["external_id"] for row in rows if row["external_id"] is not None]
    owners = await contact_unique_keys.live_holders(account_id, phones, external_ids)
    holders: dict[tuple[str, str], UUID] = {}
    for row in owners:
        holders[("phone", row["phone"])] = row["id"]
        if row["external_id"] is not None:
            holders[("external_id", row["external_id"])] = row["id"]
    return holders


def _conflict(row: Row, holders: Mapping[tuple[str, str], UUID]) -> Refusal | None:
    if (holder := holders.get(("phone", row["phone"]))) is not None:
        message = "Another contact now has this contact's number."
        return Refusal(Code.DUPLICATE_PHONE, message, ("contacts",), contact_id=holder)
    if (holder := holders.get(("external_id", row["external_id"]))) is not None:
        message = "Another contact now has this contact's external id."
        return Refusal(Code.DUPLICATE_EXTERNAL_ID, message, ("contacts",), contact_id=holder)
    return None


async def _set_deleted(
    account_id: UUID, ids: Sequence[UUID], deleted_at: datetime | None, purge_at: datetime | None, now: datetime
) -> None:
    if ids:
        await database.execute(
            "UPDATE contact SET deleted_at = $3, purge_at = $4, updated_at = $5 "
            f"WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
            account_id,
            list(ids),
            deleted_at,
            purge_at,
            now,
        )
        database.note_changed(account_id, ChangeKind.CONTACT, ids)


async def _count_live(account_id: UUID, ids: Sequence[UUID], sign: int, *, now: datetime) -> list[UUID]:
    """Updates the counts of lists, tags, labels and campaigns for trashed or restored contacts.

    Returns the lists whose counts changed.
    """
    if not ids:
        return []
    lists = await membership.of_contacts(account_id, ids)
    await membership.lock(account_id, lists)
    await membership.change_counts(account_id, _signed(lists, sign))
    for counts in (value_counts.TAGS, value_counts.LABELS):
        await counts.add(account_id, _signed(await counts.of_contacts(account_id, ids), sign))
    await _count_in_campaigns(account_id, ids, sign, now)
    return sorted(lists)


def _signed(counts: Counter[Any], sign: int) -> dict[Any, int]:
    return {key: sign * count for key, count in counts.items()}


async def _count_in_campaigns(account_id: UUID, ids: Sequence[UUID], sign: int, now: datetime) -> None:
    rows = await database.fetch(
        "SELECT campaign_id, segment_id, count(*) AS contact_count "
        f"FROM {database.by_keys('campaign_contact', 'contact_id')} GROUP BY campaign_id, segment_id",
        account_id,
        list(ids),
    )
    if not rows:
        return
    await campaign_table.lock_all(account_id, {row["campaign_id"] for row in rows})
    counts = {(row["campaign_id"], row["segment_id"]): sign * row["contact_count"] for row in rows}
    await campaign_table.change_counts(account_id, counts, now=now)


@database.transactional
async def purge(
    *,
    chosen: ChosenContacts,
    is_from_anywhere: bool,
    opt_out_cause: Cause | None,
    now: datetime,
) -> TrashResult:
    """Deletes the selected contacts permanently, with their memberships, their campaign rows and their messages.

    Selects only from the trash, unless `is_from_anywhere`. If `opt_out_cause` is set, also opts out their numbers.
    Existing opt-outs always remain. Raises Refused.
    """
    account_id = chosen.settings.account_id
    state = ContactState.ANY if is_from_anywhere else ContactState.TRASHED
    rows = await contact_selection.lock(replace(chosen, is_expected_count_needed=True), state=state, now=now)
    ids = [row["id"] for row in rows]
    pending = await contact_change_log.start_recording(account_id, ids, now=now)
    list_ids = await _count_live(account_id, [row["id"] for row in rows if row["deleted_at"] is None], -1, now=now)
    if ids:
        await database.execute(
            f"DELETE FROM contact WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}", account_id, ids
        )
        database.note_changed(account_id, ChangeKind.CONTACT, ids)
        await erasure.erase(account_id, {row["phone"] for row in rows}, contact_ids=ids, now=now)
    await pending.publish(contact_change_log.ChangeKind.PURGED, ids)
    if opt_out_cause is not None:
        await consent_register.opt_out(
            account_id=account_id, phones={row["phone"] for row in rows}, cause=opt_out_cause
        )
    what = "Purged contacts" if opt_out_cause is None else "Purged contacts and opted their numbers out"
    contact_selection.record(chosen, AuditAction.PURGE, what, ids=ids, now=now)
    return TrashResult(ids, list_ids, [])


async def purge_expired(*, now: datetime) -> int:
    """Deletes expired contacts from the trash of all accounts like `purge`, and returns their number."""
    counts: Counter[UUID] = Counter()
    try:
        for account_id in await batch_delete.accounts_past("contact", "purge_at", until=now):
            while batch := await _purge_batch(account_id, now):
                counts.update(batch)
    finally:
        if counts:
            await contact_change_log.publish_purge(counts, now=now)
    return counts.total()


@database.transactional
async def _purge_batch(account_id: UUID | None, now: datetime) -> Counter[UUID]:
    """Deletes a batch of expired contacts, of an account or of all. Returns the number of each account."""
    deleted = await batch_delete.delete_batch("contact", "purge_at", until=now, account_id=account_id, others=", phone")
    phones: dict[UUID, set[str]] = {}
    for row in deleted:
        phones.setdefault(row["account_id"], set()).add(row["phone"])
    counts = Counter(row["account_id"] for row in deleted)
    for purged in sorted(phones):
        ids = [row["id"] for row in deleted if row["account_id"] == purged]
        database.note_changed(purged, ChangeKind.CONTACT, ids)
        await erasure.erase(purged, phones[purged], contact_ids=ids, now=now)
        event = Event(type=EventType.CONTACTS_CHANGED_IN_BULK, count=counts[purged])
        await webhooks.record(purged, [event], now=now)
        summary = "Purged contacts whose time in the trash was over."
        audit.record(purged, AuditAction.PURGE, summary, count=counts[purged], by=NOBODY, now=now)
    return counts
