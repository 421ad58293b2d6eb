"""Adds tags to contacts and removes tags from them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from services.contacts import normalization, selection as contact_selection, value_counts
from services.contacts.fields import MAX_TAGS
from services.contacts.selection import ChosenContacts
from services.history import field_changes, recording as history
from services.history.recording import Entry, FieldChange
from services.refusal import Code, Refused, refuse
from services.subscriptions import change_log as contact_change_log


@database.transactional
async def tag(
    *, chosen: ChosenContacts, add: Sequence[str] = (), remove: Sequence[str] = (), now: datetime
) -> list[UUID]:
    """Changes the tags of the selected live contacts, and returns the contacts whose tags changed.

    Raises Refused if a tag is invalid, if there are too many tags in the request or on a contact, or if a tag is both
    added and removed.
    """
    added, removed = _tags(add, "add"), _tags(remove, "remove")
    if both := added & removed:
        raise refuse(Code.INVALID, f"{sorted(both)[0]!r} can't be both added and removed.", "remove")
    account_id = chosen.settings.account_id
    changed = []
    last_change: Sequence[FieldChange] = ()
    counts: Counter[str] = Counter()
    rows = await contact_selection.lock(chosen, now=now)
    pending = await contact_change_log.start_recording(account_id, [row["id"] for row in rows], now=now)
    for row in rows:
        before = set(row["tags"])
        after = (before | added) - removed
        if len(after) > MAX_TAGS:
            raise refuse(
                Code.TOO_MANY, f"A contact would have {len(after)} tags; at most {MAX_TAGS} are allowed.", "add"
            )
        if after != before:
            changed.append({"id": row["id"], "tags": sorted(after)})
            last_change = field_changes.of_tags(before, after)
            counts.update(after - before)
            counts.subtract(before - after)
    if changed:
        await database.execute(
            "UPDATE contact SET tags = r.tags, version = contact.version + 1, updated_at = $3 "
            f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'tags': 'text[]'})} "
            "WHERE contact.account_id = $1 AND contact.id = r.id",
            account_id,
            changed,
            now,
        )
        await value_counts.TAGS.add(account_id, counts)
        ids = [row["id"] for row in changed]
        database.note_changed(account_id, ChangeKind.CONTACT, ids)
        await history.record(account_id, ids, Entry(AuditAction.TAG, last_change), now=now)
        await pending.publish(contact_change_log.ChangeKind.UPDATED, ids, fields=["tags"])
        what = f"Added {len(added)} and removed {len(removed)} tags of contacts"
        contact_selection.record(chosen, AuditAction.TAG, what, ids=ids, now=now)
    return [row["id"] for row in changed]


def _tags(values: Sequence[str], name: str) -> set[str]:
    if len(values) > MAX_TAGS:
        raise refuse(Code.TOO_MANY, f"The list has {len(values)} tags; at most {MAX_TAGS} are allowed.", name)
    normalized, refusals = normalization.tags(values)
    if refusals:
        raise Refused(*(refusal.under(name) for refusal in refusals))
    return normalized
