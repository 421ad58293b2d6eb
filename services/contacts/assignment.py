"""Sets the owner and the assignees of contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.audit_actions import AuditAction
from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from services.accounts import active_users
from services.contacts import selection as contact_selection, table as contact_table
from services.contacts.protection import is_protected
from services.contacts.selection import ChosenContacts
from services.history import field_changes, recording as history
from services.history.recording import Entry, FieldChange
from services.input.omitted import Omitted
from services.refusal import Code, Refusal, Refused, refuse
from services.subscriptions import change_log as contact_change_log


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """The changed contacts, and the contacts that could not be changed, each with its reason."""

    contact_ids: list[UUID]
    conflicts: list[tuple[UUID, Refusal]]


@database.transactional
async def assign(
    *,
    chosen: ChosenContacts,
    user_id: UUID | None,
    owner_id: UUID | None | Omitted,
    add_assignee_ids: Sequence[UUID] = (),
    remove_assignee_ids: Sequence[UUID] = (),
    is_protection_overridden: bool = False,
    now: datetime,
) -> AssignmentResult:
    """Changes the owner and assignees of the chosen live contacts.

    Protected contacts are skipped and returned as conflicts, unless the protection is overridden. `user_id` is the user
    who makes the change. An `owner_id` of None removes the owner. Raises Refused: NOT_FOUND for a user who does not
    exist or is not active, INVALID for a user in both `add_assignee_ids` and `remove_assignee_ids`.
    """
    account_id = chosen.settings.account_id
    added, removed = set(add_assignee_ids), set(remove_assignee_ids)
    if added & removed:
        raise refuse(Code.INVALID, "A user can't be in both addAssigneeIds and removeAssigneeIds.", "removeAssigneeIds")
    await _must_be_active(account_id, owner_id, add_assignee_ids)
    rows = await contact_selection.lock(chosen, now=now)
    pending = await contact_change_log.start_recording(account_id, [row["id"] for row in rows], now=now)
    assigned = await _assigned(account_id, [row["id"] for row in rows]) if added or removed else {}
    conflicts: list[tuple[UUID, Refusal]] = []
    changed: list[UUID] = []
    to_be_owned: list[UUID] = []
    last_change: list[FieldChange] = []
    for row in rows:
        contact_id, present = row["id"], assigned.get(row["id"], set())
        is_owned_anew = not isinstance(owner_id, Omitted) and row["owner_id"] != owner_id
        if not is_owned_anew and added <= present and not removed & present:
            continue
        if not is_protection_overridden and _is_protected_from(row, chosen, user_id, now):
            message = "The contact was recently assigned to another user and is protected."
            conflicts.append((contact_id, Refusal(Code.CONTACT_PROTECTED, message, ("contacts",))))
            continue
        changed.append(contact_id)
        last_change = field_changes.of_users("assignees", present, (present | added) - removed)
        if is_owned_anew:
            to_be_owned.append(contact_id)
            last_change += field_changes.of_user("owner", row["owner_id"], owner_id)
    if not isinstance(owner_id, Omitted):
        await _set_owner(account_id, to_be_owned, owner_id, now)
    await contact_table.unassign(account_id, [(contact_id, user) for contact_id in changed for user in removed])
    await contact_table.assign(account_id, [(contact_id, user) for contact_id in changed for user in added])
    await contact_table.touch(account_id, changed, now=now)
    await history.record(account_id, changed, Entry(AuditAction.ASSIGN, last_change), now=now)
    fields = [*(["owner", "ownedAt"] if to_be_owned else []), *(["assignees"] if added or removed else [])]
    await pending.publish(contact_change_log.ChangeKind.UPDATED, changed, fields=fields)
    what = f"Set {' and '.join(name for name in fields if name != 'ownedAt')} of contacts"
    contact_selection.record(chosen, AuditAction.ASSIGN, what, ids=changed, now=now)
    return AssignmentResult(changed, conflicts)


def _is_protected_from(row: Row, chosen: ChosenContacts, user_id: UUID | None, now: datetime) -> bool:
    return is_protected(
        owner_id=row["owner_id"],
        is_owner_active=row["is_owner_active"],
        owned_at=row["owned_at"],
        hours=chosen.settings.contact_protection_hours,
        from_user_id=user_id,
        now=now,
    )


async def _must_be_active(account_id: UUID, owner_id: UUID | None | Omitted, assignee_ids: Sequence[UUID]) -> None:
    named = [*assignee_ids, *([owner_id] if isinstance(owner_id, UUID) else [])]
    active = (await active_users.load_named(account_id, ids=named)).ids
    refusals = []
    if isinstance(owner_id, UUID) and owner_id not in active:
        refusals.append(Refusal(Code.NOT_FOUND, "There is no such active user.", ("ownerId",)))
    for place, assignee_id in enumerate(assignee_ids):
        if assignee_id not in active:
            path = ("addAssigneeIds", str(place))
            refusals.append(Refusal(Code.NOT_FOUND, "There is no such active user.", path))
    if refusals:
        raise Refused(*refusals)


async def _set_owner(account_id: UUID, ids: Sequence[UUID], owner_id: UUID | None, now: datetime) -> None:
    if ids:
        await database.execute(
            "UPDATE contact SET owner_id = $3, owned_at = $4 "
            f"WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
            account_id,
            list(ids),
            owner_id,
            now if owner_id is not None else None,
        )
        database.note_changed(account_id, ChangeKind.CONTACT, ids)


async def _assigned(account_id: UUID, ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Returns the assignees of each contact that has any, by contact id."""
    if not ids:
        return {}
    rows = await database.fetch(
        f"SELECT contact_id, user_id FROM contact_assignee WHERE account_id = $1 "
        f"AND {database.sql_in('contact_id', '$2', 'uuid')}",
        account_id,
        list(ids),
    )
    assigned: dict[UUID, set[UUID]] = {}
    for row in rows:
        assigned.setdefault(row["contact_id"], set()).add(row["user_id"])
    return assigned
