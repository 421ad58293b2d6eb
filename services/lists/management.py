"""Creates, changes and deletes lists, and adds or removes a selection of contacts."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from models import ContactList
from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from services.audit import recording as audit
from services.contacts import selection as contact_selection
from services.contacts.selection import ChosenContacts
from services.history import recording as history
from services.history.recording import Entry
from services.ids import IdPrefix
from services.input.text import fold, has_control
from services.lists import membership
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log, event_log
from services.subscriptions.registry import Topic, interest
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

MAX_NAME = 200
MAX_DESCRIPTION = 2_000


def name(value: str | None) -> str:
    """Returns the normalized name of a list. Raises Refused."""
    kept = unicodedata.normalize("NFC", value or "").strip()
    if not kept:
        raise refuse(Code.REQUIRED, "A name can't be blank.", "name")
    if len(kept) > MAX_NAME:
        raise refuse(Code.TOO_LONG, f"At most {MAX_NAME} characters, not {len(kept)}.", "name")
    if has_control(kept):
        raise refuse(Code.INVALID, "Control characters can't be part of it.", "name")
    return kept


def description(value: str | None) -> str | None:
    kept = unicodedata.normalize("NFC", value or "").strip()
    if len(kept) > MAX_DESCRIPTION:
        raise refuse(Code.TOO_LONG, f"At most {MAX_DESCRIPTION} characters, not {len(kept)}.", "description")
    if has_control(kept, is_multiline=True):
        raise refuse(Code.INVALID, "Control characters can't be part of it.", "description")
    return kept or None


def _name_taken() -> Refused:
    return Refused(Refusal(Code.DUPLICATE_NAME, "Another list has this name.", ("name",)))


async def create(*, account_id: UUID, list_name: str, list_description: str | None, now: datetime) -> UUID:
    """Creates an empty list and returns its id. Raises Refused if the name is blank, too long or already in use."""
    kept, about = name(list_name), description(list_description)
    list_id = database.uuid7(now)
    try:
        async with database.transaction():
            await ContactList.create(
                account_id=account_id,
                id=list_id,
                name=kept,
                name_key=fold(kept),
                description=about,
                contact_count=0,
                created_at=now,
                updated_at=now,
            )
            database.note_changed(account_id, ChangeKind.CONTACT_LIST, [list_id])
            await _tell(account_id, EventType.LIST_CREATED, list_id, now)
            _record(account_id, AuditAction.CREATE, "Created a contact list.", list_id, now)
    except database.UniqueViolation:
        raise _name_taken() from None
    return list_id


async def _tell(account_id: UUID, type_: EventType, list_id: UUID, now: datetime) -> None:
    await webhooks.record(account_id, [Event(type=type_, contact_list_id=list_id)], now=now)


def _record(account_id: UUID, action: AuditAction, summary: str, list_id: UUID, now: datetime) -> None:
    audit.record(account_id, action, summary, subject=(IdPrefix.CONTACT_LIST, list_id), now=now)


async def update(*, account_id: UUID, list_id: UUID, changes: Mapping[str, Any], now: datetime) -> None:
    """Changes `name` and `description` if given. Raises Refused: NOT_FOUND, or the errors of `create`."""
    values: dict[str, Any] = {"updated_at": now}
    if "name" in changes:
        values["name"] = name(changes["name"])
        values["name_key"] = fold(values["name"])
    if "description" in changes:
        values["description"] = description(changes["description"])
    try:
        async with database.transaction():
            written = await ContactList.filter(account_id=account_id, id=list_id).update(**values)
            if written:
                database.note_changed(account_id, ChangeKind.CONTACT_LIST, [list_id])
                await _tell(account_id, EventType.LIST_UPDATED, list_id, now)
                _record(account_id, AuditAction.UPDATE, audit.changed(changes), list_id, now)
    except database.UniqueViolation:
        raise _name_taken() from None
    if not written:
        raise _not_found("id")


def _not_found(*path: str) -> Refused:
    return Refused(Refusal(Code.NOT_FOUND, "There is no such list.", path))


@database.transactional
async def delete(*, account_id: UUID, list_id: UUID, now: datetime) -> None:
    """Deletes the list. Its contacts are kept. Raises Refused: NOT_FOUND."""
    if not await membership.lock(account_id, [list_id]):
        raise _not_found("id")
    await contact_change_log.publish_members_removed("contact_list", account_id, list_id, now=now)
    await history.record_deletion("contact_list", account_id, list_id, now=now)
    await _publish_change_of_campaigns(account_id, list_id, now)
    await ContactList.filter(account_id=account_id, id=list_id).delete()
    database.note_changed(account_id, ChangeKind.CONTACT_LIST, [list_id])
    await _tell(account_id, EventType.LIST_DELETED, list_id, now)
    _record(account_id, AuditAction.DELETE, "Deleted a contact list.", list_id, now)


async def _publish_change_of_campaigns(account_id: UUID, list_id: UUID, now: datetime) -> None:
    """Publishes a change of the campaigns with the list to their subscribers, before it is deleted."""
    if interest().keys(Topic.CAMPAIGN, account_id):
        campaign_ids = await membership.campaigns_with(account_id, list_id)
        await event_log.publish(Topic.CAMPAIGN, account_id, {str(id): [id] for id in campaign_ids}, now=now)


@database.transactional
async def add_contacts(*, list_id: UUID, chosen: ChosenContacts, now: datetime) -> int:
    """Adds the chosen live contacts to the list. Returns how many were not on it before. Raises Refused."""
    contacts = await contact_selection.lock(chosen, now=now)
    account_id = chosen.settings.account_id
    if not await membership.lock(account_id, [list_id]):
        raise _not_found("listId")
    ids = [contact["id"] for contact in contacts]
    pending = await contact_change_log.start_recording(account_id, ids, now=now)
    added = await membership.add(account_id, [(list_id, contact_id) for contact_id in ids], now=now)
    changed = added.get(list_id, [])
    await history.record(account_id, changed, Entry(AuditAction.ADD_TO_LIST, contact_list_id=list_id), now=now)
    await pending.publish(contact_change_log.ChangeKind.UPDATED, ids, count=len(changed), fields=["lists"])
    _record_members(chosen, AuditAction.ADD_TO_LIST, "Added contacts", list_id, len(changed), now)
    return len(changed)


@database.transactional
async def remove_contacts(*, list_id: UUID, chosen: ChosenContacts, now: datetime) -> int:
    """Removes the chosen live contacts from the list. Returns how many were on it. Raises Refused."""
    contacts = await contact_selection.lock(chosen, now=now)
    account_id = chosen.settings.account_id
    if not await membership.lock(account_id, [list_id]):
        raise _not_found("listId")
    ids = [contact["id"] for contact in contacts]
    pending = await contact_change_log.start_recording(account_id, ids, now=now)
    removed = await membership.remove(account_id, [(list_id, contact_id) for contact_id in ids])
    changed = removed.get(list_id, [])
    await history.record(account_id, changed, Entry(AuditAction.REMOVE_FROM_LIST, contact_list_id=list_id), now=now)
    await pending.publish(contact_change_log.ChangeKind.UPDATED, ids, count=len(changed), fields=["lists"])
    _record_members(chosen, AuditAction.REMOVE_FROM_LIST, "Removed contacts", list_id, len(changed), now)
    return len(changed)


def _record_members(
    chosen: ChosenContacts, action: AuditAction, what: str, list_id: UUID, count: int, now: datetime
) -> None:
    contact_selection.record(chosen, action, what, count=count, subject=(IdPrefix.CONTACT_LIST, list_id), now=now)
