"""Sets whose contacts are, and who works on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models import database
from services import colleagues, contact_selection
from services.absent import Absent
from services.contact_selection import Chosen
from services.ownership import is_protected
from services.refusal import Code, Refusal, Refused


@dataclass(frozen=True, slots=True)
class Changed:
    """The contacts that were changed, and those that could not be, with why."""

    contact_ids: list[UUID]
    conflicts: list[tuple[UUID, Refusal]]


@database.transactional
async def assign(
    *,
    chosen: Chosen,
    user_id: UUID | None,
    owner_id: UUID | None | Absent,
    add_assignee_ids: Sequence[UUID] = (),
    remove_assignee_ids: Sequence[UUID] = (),
    is_protection_overridden: bool = False,
    now: datetime,
) -> Changed:
    """Changes the chosen live contacts for the user who asks; a protected one is left as it is, unless overridden.

    An owner of None leaves them to nobody. Raises Refused: NOT_FOUND for a user who is not there or not active.
    """
    account_id = chosen.settings.account_id
    await _must_be_active(account_id, owner_id, add_assignee_ids)
    rows = await contact_selection.lock(chosen, now=now)
    conflicts: list[tuple[UUID, Refusal]] = []
    free = []
    for row in rows:
        kept_off = not is_protection_overridden and is_protected(
            owner_id=row["owner_id"],
            is_owner_active=row["is_owner_active"],
            owned_at=row["owned_at"],
            hours=chosen.settings.contact_protection_hours,
            from_user_id=user_id,
            now=now,
        )
        if kept_off:
            message = "The contact belongs to a colleague since a short while and is protected."
            conflicts.append((row["id"], Refusal(Code.CONTACT_PROTECTED, message, ("contacts",))))
        else:
            free.append(row)
    changed: dict[UUID, None] = {}
    if not isinstance(owner_id, Absent):
        others = [row["id"] for row in free if row["owner_id"] != owner_id]
        await _set_owner(account_id, others, owner_id, now)
        changed |= dict.fromkeys(others)
    ids = [row["id"] for row in free]
    changed |= dict.fromkeys(await _remove_assignees(account_id, ids, remove_assignee_ids))
    changed |= dict.fromkeys(await _add_assignees(account_id, ids, add_assignee_ids))
    await _touch(account_id, list(changed), now)
    return Changed([contact_id for contact_id in ids if contact_id in changed], conflicts)


async def _must_be_active(account_id: UUID, owner_id: UUID | None | Absent, assignee_ids: Sequence[UUID]) -> None:
    named = [*assignee_ids, *([owner_id] if isinstance(owner_id, UUID) else [])]
    found = (await colleagues.named(account_id, ids=named)).ids
    refusals = []
    if isinstance(owner_id, UUID) and owner_id not in found:
        refusals.append(Refusal(Code.NOT_FOUND, "There is no such active user.", ("ownerId",)))
    for place, assignee_id in enumerate(assignee_ids):
        if assignee_id not in found:
            path = ("addAssigneeIds", str(place))
            refusals.append(Refusal(Code.NOT_FOUND, "There is no such active user.", path))
    if refusals:
        raise Refused(*refusals)


async def _set_owner(account_id: UUID, ids: Sequence[UUID], owner_id: UUID | None, now: datetime) -> None:
    if ids:
        await database.execute(
            "UPDATE contact SET owner_id = $3, owned_at = $4 "
            f"WHERE account_id = $1 AND {database.any_of('id', '$2', 'uuid')}",
            account_id,
            list(ids),
            owner_id,
            now if owner_id is not None else None,
        )


async def _remove_assignees(account_id: UUID, ids: Sequence[UUID], user_ids: Sequence[UUID]) -> list[UUID]:
    if not ids or not user_ids:
        return []
    rows = await database.fetch(
        f"DELETE FROM contact_assignee WHERE account_id = $1 AND {database.any_of('contact_id', '$2', 'uuid')} "
        f"AND {database.any_of('user_id', '$3', 'uuid')} "
        f"RETURNING {database.typed('contact_id', 'contact_id', 'uuid')}",
        account_id,
        list(ids),
        list(user_ids),
    )
    return [row["contact_id"] for row in rows]


async def _add_assignees(account_id: UUID, ids: Sequence[UUID], user_ids: Sequence[UUID]) -> list[UUID]:
    if not ids or not user_ids:
        return []
    pairs = [{"contact_id": contact_id, "user_id": user} for contact_id in ids for user in dict.fromkeys(user_ids)]
    rows = await database.fetch(
        "INSERT INTO contact_assignee (account_id, contact_id, user_id) SELECT $1, r.contact_id, r.user_id "
        f"FROM {database.rows_of('$2', 'r', {'contact_id': 'uuid', 'user_id': 'uuid'})} WHERE TRUE "
        f"ON CONFLICT DO NOTHING RETURNING {database.typed('contact_id', 'contact_id', 'uuid')}",
        account_id,
        pairs,
    )
    return [row["contact_id"] for row in rows]


async def _touch(account_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    if ids:
        await database.execute(
            f"UPDATE contact SET updated_at = $3 WHERE account_id = $1 AND {database.any_of('id', '$2', 'uuid')}",
            account_id,
            list(ids),
            now,
        )
