"""Records changes of contacts in their history, in the transaction of the change.

A mutation that changes one contact appends a row with the changed fields. A mutation that changes several, and each
batch of a job, append one row for the change and a small one for each contact, without fields.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from models.audit_actions import AuditAction
from models.db import database
from services.events import actor


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


_ROW: Final = {
    "id": "uuid",
    "action": "text",
    "changes": "jsonb",
    "contact_list_id": "uuid",
    "campaign_id": "uuid",
}


async def record_one(account_id: UUID, contact_id: UUID, entries: Sequence[Entry], *, now: datetime) -> None:
    """Records changes of one contact by a mutation, in order."""
    by = actor.current()
    if entries:
        names = ", ".join(_ROW)
        await database.execute_last(
            f"INSERT INTO contact_history (account_id, contact_id, {names}, user_id, token_id, occurred_at) "
            f"SELECT $1, $2, {', '.join(f'r.{name}' for name in _ROW)}, $4, $5, $6 "
            f"FROM {database.rows_of('$3', 'r', _ROW)}",
            account_id,
            contact_id,
            [_row(entry, now) for entry in entries],
            by.user_id,
            by.token_id,
            now,
        )


def _row(entry: Entry, now: datetime) -> dict[str, Any]:
    return {
        "id": database.uuid7(now),
        "action": entry.action.value,
        "changes": [list(change) for change in entry.changes] or None,
        "contact_list_id": entry.contact_list_id,
        "campaign_id": entry.campaign_id,
    }


async def _record_bulk(account_id: UUID, contact_ids: Collection[UUID], entry: Entry, now: datetime) -> None:
    by, change_id = actor.current(), database.uuid7(now)
    values = (entry.action.value, entry.contact_list_id, entry.campaign_id, by.job_id, by.user_id, by.token_id, now)
    change = (
        "INSERT INTO bulk_change "
        "(account_id, id, action, contact_list_id, campaign_id, job_id, user_id, token_id, occurred_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    )
    contacts = "INSERT INTO bulk_change_contact (account_id, bulk_change_id, contact_id) SELECT $1, $2, "
    if database.is_postgres():
        sql = f"WITH change AS ({change} RETURNING id) {contacts} unnest($10::uuid[])"
        await database.execute_last(sql, account_id, change_id, *values, list(contact_ids))
        return
    await database.execute_last(change, account_id, change_id, *values)
    await database.execute_last(f"{contacts} value FROM json_each($3)", account_id, change_id, list(contact_ids))


def cte(name: str, *, of: str, first_place: int) -> str:
    """Returns a CTE that records an entry of the contact $2 of the account $1 if the CTE `of` has a row.

    Its parameters are those of `cte_values`, from `first_place`. PostgreSQL only.
    """
    id, action, changes, user_id, token_id, now = (f"${place}" for place in range(first_place, first_place + 6))
    return (
        f"{name} AS (INSERT INTO contact_history "
        "(account_id, contact_id, id, action, changes, user_id, token_id, occurred_at) "
        f"SELECT $1, $2, {id}::uuid, {action}::text, {changes}::jsonb, {user_id}::uuid, {token_id}::uuid, "
        f"{now}::timestamptz FROM {of} RETURNING id)"
    )


def cte_values(entry: Entry, *, now: datetime) -> list[Any]:
    """Returns the values of the parameters of `cte`, which records no list and no campaign."""
    by, row = actor.current(), _row(entry, now)
    return [row["id"], row["action"], row["changes"], by.user_id, by.token_id, now]
