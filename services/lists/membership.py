"""Manages the members of contact lists. A list's stored count covers its live members and is updated with them.

All code takes locks in the same order, to avoid deadlocks: contacts, lists, tags, labels of custom variables, each by
id or name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models.change import ChangeKind
from models.db import database
from models.db.database import Row
from services import planner_statistics


async def lock(account_id: UUID, list_ids: Iterable[UUID]) -> set[UUID]:
    """Locks the lists against changes of their members until the transaction ends. Returns the existing ones."""
    ids = list(set(list_ids))
    if not ids:
        return set()
    rows = await database.fetch(
        f"SELECT id FROM contact_list WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')} "
        f"ORDER BY id{database.for_update()}",
        account_id,
        ids,
    )
    return {row["id"] for row in rows}


async def add(
    account_id: UUID, pairs: Iterable[tuple[UUID, UUID]], *, are_new: bool = False, now: datetime
) -> dict[UUID, list[UUID]]:
    """Adds live contacts to lists, as (list, contact) pairs. Returns the added contacts of each list.

    The lists must be locked, and the contacts must be locked or created in this transaction. If `are_new`, all were
    created in it.
    """
    rows = [{"contact_list_id": list_id, "contact_id": contact_id} for list_id, contact_id in pairs]
    if not rows:
        return {}
    table = database.rows_to_insert("$2", "r", {"contact_list_id": "uuid", "contact_id": "uuid"})
    insertion = (
        "INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) "
        f"SELECT r.account_id, r.contact_list_id, r.contact_id, $3 FROM {table}"
    )
    added: Sequence[Row | Mapping[str, UUID]] = rows
    if are_new:
        await database.execute(insertion, account_id, rows, now)
    else:
        insertion += f" WHERE TRUE ON CONFLICT DO NOTHING RETURNING {_member()}"
        added = await database.fetch(insertion, account_id, rows, now)
    contacts = _by_list(account_id, added)
    await change_counts(account_id, {list_id: len(ids) for list_id, ids in contacts.items()})
    planner_statistics.accounts().note_inserted("contact_list_member", account_id, len(added))
    return contacts


async def add_staged(account_id: UUID, list_id: UUID, table: str, *, now: datetime) -> int:
    """Adds all contacts of a staged table (see models.db.staging) to a list, and returns how many were added.

    The locks are the same as for `add`.
    """
    added = await database.count_inserted(
        "INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) "
        f"SELECT $1, {database.cast_to('$2', 'uuid')}, r.id, {database.cast_to('$3', 'timestamptz')} "
        f"FROM {table} r WHERE TRUE ON CONFLICT DO NOTHING",
        account_id,
        list_id,
        now,
    )
    database.note_changed(account_id, ChangeKind.CONTACT, (), staged=table)
    await change_counts(account_id, {list_id: added})
    return added


async def remove(account_id: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    """Removes live contacts from lists. Returns the removed contacts of each list. Requires the locks of `add`."""
    rows = [{"list_id": list_id, "contact_id": contact_id} for list_id, contact_id in pairs]
    if not rows:
        return {}
    removed = await database.fetch(
        f"DELETE FROM contact_list_member {_is_among()} RETURNING {_member()}",
        account_id,
        rows,
    )
    contacts = _by_list(account_id, removed)
    await change_counts(account_id, {list_id: -len(ids) for list_id, ids in contacts.items()})
    return contacts


def _is_among() -> str:
    """Returns the clause that selects the members in the list of rows $2 of the account $1."""
    table = database.with_account_id(database.rows_of("$2", "r", {"list_id": "uuid", "contact_id": "uuid"}), "r", "$1")
    if database.is_postgres():
        is_same = " AND ".join(
            f"contact_list_member.{name} = r.{key}"
            for name, key in (
                ("account_id", "account_id"),
                ("contact_list_id", "list_id"),
                ("contact_id", "contact_id"),
            )
        )
        return f"USING {table} WHERE {is_same}"
    keys = f"SELECT r.account_id, r.list_id, r.contact_id FROM {table}"
    return f"WHERE (account_id, contact_list_id, contact_id) IN ({keys})"


def _member() -> str:
    names = ("contact_list_id", "contact_id")
    return ", ".join(database.selected_as(f"contact_list_member.{name}", name, "uuid") for name in names)


def _by_list(account_id: UUID, members: Sequence[Row | Mapping[str, UUID]]) -> dict[UUID, list[UUID]]:
    """Returns the changed members by list, and notes the changes of the contacts."""
    database.note_changed(account_id, ChangeKind.CONTACT, {member["contact_id"] for member in members})
    contacts: dict[UUID, list[UUID]] = {}
    for member in members:
        contacts.setdefault(member["contact_list_id"], []).append(member["contact_id"])
    return contacts


async def of_contacts(account_id: UUID, contact_ids: Sequence[UUID]) -> Counter[UUID]:
    """Returns the number of the contacts on each list."""
    rows = await database.fetch(
        "SELECT contact_list_id, count(*) AS member_count "
        f"FROM {database.by_keys('contact_list_member', 'contact_id')} GROUP BY contact_list_id",
        account_id,
        list(contact_ids),
    )
    return Counter({row["contact_list_id"]: row["member_count"] for row in rows})


async def members_among(account_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]) -> set[UUID]:
    """Returns those of the contacts that are on the list."""
    if not contact_ids:
        return set()
    rows = await database.fetch(
        f"SELECT contact_id FROM {database.by_keys('contact_list_member', 'contact_id')} "
        f"WHERE contact_list_member.contact_list_id = {database.cast_to('$3', 'uuid')}",
        account_id,
        list(contact_ids),
        list_id,
    )
    return {row["contact_id"] for row in rows}


async def campaigns_with(account_id: UUID, list_id: UUID) -> list[UUID]:
    """Returns the campaigns that have the list."""
    rows = await database.fetch(
        "SELECT campaign_id FROM campaign_list WHERE account_id = $1 AND contact_list_id = $2", account_id, list_id
    )
    return [row["campaign_id"] for row in rows]


async def change_counts(account_id: UUID, changes: Mapping[UUID, int]) -> None:
    """Adds to the stored counts with the COMMIT. The lists must be locked."""
    rows = [{"id": list_id, "change": change} for list_id, change in changes.items() if change]
    if rows:
        await database.execute_last(
            "UPDATE contact_list SET contact_count = contact_count + r.change "
            f"FROM {database.rows_of('$2', 'r', {'id': 'uuid', 'change': 'integer'})} "
            "WHERE contact_list.account_id = $1 AND contact_list.id = r.id",
            account_id,
            rows,
        )
        database.note_changed(
            account_id, ChangeKind.CONTACT_LIST, [list_id for list_id, change in changes.items() if change]
        )
