"""Records changes of contacts in their history, in the transaction of the change.

A mutation that changes one contact appends a row with the changed fields. A mutation that changes several, and each
batch of a job, append one row for the change and a small one for each contact, without fields.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from services.events import actor
from services.events.actor import Actor


class FieldChange(NamedTuple):
    """A changed field by its name in the API, with its values before and after the change."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An action with the changed fields, and the list or the campaign of the action."""

    action: AuditAction
    changes: Sequence[FieldChange] = ()
    contact_list_id: UUID | None = None
    campaign_id: UUID | None = None


async def record(account_id: UUID, contact_ids: Collection[UUID], entry: Entry, *, now: datetime) -> None:
    """Records the same change of contacts. Without contacts, runs no statement."""
    if len(contact_ids) == 1 and actor.current().job_id is None:
        [contact_id] = contact_ids
        await record_one(account_id, contact_id, [entry], now=now)
    elif contact_ids:
        await _record_bulk(account_id, contact_ids, entry, now)


_INSERT: Final = "INSERT INTO contact_history"
_ROW: Final = {
    "contact_id": "uuid",
    "id": "uuid",
    "action": "text",
    "changes": "jsonb",
    "contact_list_id": "uuid",
    "campaign_id": "uuid",
}


async def record_one(account_id: UUID, contact_id: UUID, entries: Sequence[Entry], *, now: datetime) -> None:
    """Records changes of one contact by a mutation, in order."""
    await _insert(account_id, [_row(contact_id, entry, now) for entry in entries], actor.current(), now)


async def record_each(
    account_id: UUID, contact_ids: Collection[UUID], entry: Entry, *, by: Actor, now: datetime
) -> None:
    """Records the same change of contacts, for each of them with its changed fields."""
    await _insert(account_id, [_row(contact_id, entry, now) for contact_id in contact_ids], by, now)


async def _insert(account_id: UUID, rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> None:
    who, names = (by.user_id, by.token_id, now), f"account_id, user_id, token_id, occurred_at, {', '.join(_ROW)}"
    if len(rows) == 1:  # Citus inserts VALUES on their node without a commit in two phases
        values = [*rows[0].values()]
        marks = ", ".join(f"${place}" for place in range(1, 5 + len(values)))
        await database.execute_last(f"{_INSERT} ({names}) VALUES ({marks})", account_id, *who, *values)
    elif rows:
        picked = ", ".join(f"r.{name}" for name in _ROW)
        source = database.rows_to_insert("$5", "r", _ROW)
        sql = f"{_INSERT} ({names}) SELECT r.account_id, $2, $3, $4, {picked} FROM {source}"
        await database.execute_last(sql, account_id, *who, rows)


def _row(contact_id: UUID | None, entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "id": database.uuid7(now),
        "action": entry.action.value,
        "changes": [list(change) for change in entry.changes] or None,
        "contact_list_id": entry.contact_list_id,
        "campaign_id": entry.campaign_id,
    }


_BULK_CHANGE: Final = (
    "INSERT INTO bulk_change "
    "(account_id, id, action, contact_list_id, campaign_id, job_id, user_id, token_id, occurred_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
_CONTACTS: Final = "INSERT INTO bulk_change_contact (account_id, bulk_change_id, contact_id)"


async def _record_bulk(account_id: UUID, contact_ids: Collection[UUID], entry: Entry, now: datetime) -> None:
    change, ids = _bulk_change(account_id, entry, now), database.elements_of(database.cast_to("$3", "uuid[]"), "o")
    await database.execute_last(_BULK_CHANGE, *change)
    # Citus inserts rows of a table, such as of the account, on their node without a commit in two phases.
    rows = f"SELECT account.id, $2, o.value FROM account CROSS JOIN {ids} WHERE account.id = $1"
    await database.execute_last(f"{_CONTACTS} {rows}", *change[:2], list(contact_ids))


def _bulk_change(account_id: UUID, entry: Entry, now: datetime) -> tuple[Any, ...]:
    """Returns the parameters of `_BULK_CHANGE`. The first two are those of `_CONTACTS`."""
    by, where = actor.current(), (entry.contact_list_id, entry.campaign_id)
    return (account_id, database.uuid7(now), entry.action.value, *where, by.job_id, by.user_id, by.token_id, now)


async def record_added_to_lists(
    account_id: UUID, added: Mapping[UUID, Collection[UUID]], *, now: datetime, new_ids: Collection[UUID] = ()
) -> None:
    """Records that contacts were added to lists. The columns of the contacts `new_ids` are their record."""
    for list_id, contact_ids in added.items():
        existing = [contact_id for contact_id in contact_ids if contact_id not in new_ids]
        await record(account_id, existing, Entry(AuditAction.ADD_TO_LIST, contact_list_id=list_id), now=now)


async def record_deletion(
    table: Literal["contact_list", "campaign"], account_id: UUID, id: UUID, *, now: datetime
) -> None:
    """Records for all contacts of a list or a campaign that it is about to be deleted.

    The database copies the ids of the contacts in one statement: a million in about two seconds.
    """
    entry, members = Entry(AuditAction.REMOVE_FROM_LIST, contact_list_id=id), "contact_list_member"
    if table == "campaign":
        entry, members = Entry(AuditAction.REMOVE_FROM_CAMPAIGN, campaign_id=id), "campaign_contact"
    change = _bulk_change(account_id, entry, now)
    sql = f"{_CONTACTS} SELECT account_id, $2, contact_id FROM {members} WHERE account_id = $1 AND {table}_id = $3"
    if await database.execute(sql, *change[:2], id):
        await database.execute(_BULK_CHANGE, *change)


def insertion(*, of: str, action: AuditAction, values: Mapping[str, str]) -> str:
    """Returns a statement that records a change of a contact of the account $1 for each row of the table `of`.

    `values` has the SQL of the other columns: contact_id, id, changes, user_id, token_id and occurred_at.
    """
    return (
        f"INSERT INTO contact_history (account_id, action, {', '.join(values)}) "
        f"SELECT $1, '{action}', {', '.join(values.values())} FROM {of}"
    )
