"""Locks, inserts and updates rows of contacts, many in one statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from models.change import ChangeKind
from models.db import database, phone_locks
from models.db.database import Row
from models.db.sql import ACCOUNT, MARK, Sql, numbered
from models.db.text_cache import cache_texts
from services import planner_statistics
from services.accounts.settings import AccountSettings
from services.accounts.usage import usage
from services.contacts.draft import ContactDraft as ContactDraft
from services.contacts.fields import COLUMNS
from services.events import actor

# The columns that this module writes, with their PostgreSQL types. Other modules write created_at and the columns of
# the trash, of messages and of verification.
WRITTEN_COLUMNS = {
    **COLUMNS,
    "given_phone": "text",
    "full_name": "text",
    "status": "text",
    "invalid_reason": "text",
    "operator": "text",
    "operator_country": "text",
    "country": "text",
    "time_zones": "text[]",
    "owner_id": "uuid",
    "owned_at": "timestamptz",
    "search_text": "text",
    "updated_at": "timestamptz",
    "version": "integer",
}
_OF_NUMBER = (
    "phone",
    "given_phone",
    "status",
    "invalid_reason",
    "operator",
    "operator_country",
    "country",
    "time_zones",
)
_OF_OTHERS = (*_OF_NUMBER, "external_id", "owner_id", "owned_at")
SIMPLE_COLUMNS = {name: kind for name, kind in WRITTEN_COLUMNS.items() if name not in _OF_OTHERS}
"""The columns that depend on no other row: not the number and its derived columns, the external id or the owner."""


def new_draft(phone: str, settings: AccountSettings, *, now: datetime) -> ContactDraft:
    values: dict[str, Any] = dict.fromkeys(WRITTEN_COLUMNS)
    values |= {"tags": [], "custom_variables": {}, "version": 1}
    draft = ContactDraft(database.uuid7(now), values, is_new=True)
    draft.set_phone(phone, settings)
    return draft


def _draft_of(row: Row, columns: Iterable[str], *, is_owner_active: bool = True) -> ContactDraft:
    before = {name: row[name] for name in columns}
    return ContactDraft(
        row["id"],
        dict(before),
        is_new=False,
        is_owner_active=is_owner_active,
        is_trashed=row["deleted_at"] is not None,
        before=before,
    )


_OF_ACCOUNT = f"contact.account_id = {MARK}"


def is_owner_active() -> str:
    """Returns a SELECT expression that is true if the contact's owner is active. The statement's $1 is the account.

    It is not a join: after PostgreSQL has waited for the lock of a contact, it reads that row again, but not the rows
    joined to it.
    """
    is_active = (
        "COALESCE((SELECT owner.is_active FROM account_user owner "
        f"WHERE owner.account_id = {ACCOUNT} AND owner.id = contact.owner_id), FALSE)"
    )
    return database.selected_as(is_active, "is_owner_active", "boolean")


async def lock(account_id: UUID, where: Sql) -> list[ContactDraft]:
    """Locks the contacts that match a condition on `contact` until the transaction ends. Returns them ordered by id."""
    locked = f"({where.text}){database.locked_in_order('contact.id')}"
    sql = numbered(
        f"SELECT {_selected(WRITTEN_COLUMNS)}, {is_owner_active()} FROM contact WHERE {_OF_ACCOUNT} AND {locked}"
    )
    rows = await database.fetch(sql, account_id, *where.values)
    return [_draft_of(row, WRITTEN_COLUMNS, is_owner_active=row["is_owner_active"]) for row in rows]


def _selected(columns: Iterable[str]) -> str:
    return ", ".join(f"contact.{name}" for name in ("id", "deleted_at", *columns))


_UNLOCKED = ("phone", "given_phone", "external_id", *SIMPLE_COLUMNS)


async def read(account_id: UUID, where: Sql) -> Sequence[Row]:
    """Returns the contacts that match a condition on `contact`, for `unlocked`. Does not lock them."""
    return await database.fetch(_reading(where.text), account_id, *where.values)


def unlocked(row: Row) -> ContactDraft:
    """Returns the draft of a contact that `read` found.

    Change only the columns of SIMPLE_COLUMNS, and write them only if the contact still has the version.
    """
    return _draft_of(row, _UNLOCKED)


@cache_texts(1_000_000)
def _reading(where: str) -> str:
    return numbered(f"SELECT {_selected(_UNLOCKED)} FROM contact WHERE {_OF_ACCOUNT} AND ({where})")


async def insert(account_id: UUID, drafts: Sequence[ContactDraft], *, now: datetime) -> None:
    """Inserts new contacts, with the times of the last messages of their numbers.

    Raises Conflict if another transaction has just taken a number or an external id.
    """
    if drafts:
        columns = {"id": "uuid", **WRITTEN_COLUMNS}
        rows = [{"id": draft.id, **draft.values} for draft in drafts]
        await phone_locks.lock_shared(account_id, [draft.values["phone"] for draft in drafts])
        by = actor.current()
        await _insert(
            f"{', '.join(columns)}, created_at, created_by_id, created_by_token_id",
            f"r.account_id, {', '.join(f'r.{name}' for name in columns)}, $3, {_cast('$4')}, {_cast('$5')}",
            database.rows_to_insert("$2", "r", columns),
            len(drafts),
            account_id,
            rows,
            now,
            by.user_id,
            by.token_id,
        )
        _note(account_id, [draft.id for draft in drafts])
        planner_statistics.accounts().note_inserted("contact", account_id, len(drafts))
        usage().note_contacts(account_id, len(drafts), now=now)


async def insert_staged(
    account_id: UUID, table: str, *, count: int, owner_id: UUID | None, job_id: UUID, now: datetime
) -> None:
    """Inserts all `count` rows of a staged table (see models.db.staging) for an import job of a user, the owner.

    Raises Conflict as `insert` does.
    """
    if count:
        columns = ["id", *(name for name in WRITTEN_COLUMNS if name not in _OF_ALL_STAGED)]
        owner, owned_at = _cast("$2"), database.cast_to("$3", "timestamptz")
        imported_by, at = _cast("$4"), database.cast_to("$5", "timestamptz")
        await phone_locks.lock_shared_staged(account_id, table)
        await _insert(
            f"{', '.join(columns)}, import_line, owner_id, created_by_id, owned_at, imported_by_job_id, created_at, "
            "updated_at",
            f"$1, {', '.join(f'r.{name}' for name in columns)}, r.line, {owner}, {owner}, {owned_at}, {imported_by}, "
            f"{at}, {at}",
            f"{table} r",
            count,
            account_id,
            owner_id,
            None if owner_id is None else now,
            job_id,
            now,
        )
        database.note_changed(account_id, ChangeKind.CONTACT, (), staged=table)
        usage().note_contacts(account_id, count, now=now)


def _note(account_id: UUID, ids: Collection[UUID]) -> None:
    database.note_changed(account_id, ChangeKind.CONTACT, ids)


def _cast(placeholder: str) -> str:
    return database.cast_to(placeholder, "uuid")


_OF_ALL_STAGED = ("owner_id", "owned_at", "updated_at", "version")


async def _insert(names: str, values: str, source: str, count: int, account_id: UUID, *args: Any) -> None:
    """Inserts in the order of the numbers, so that transactions that insert the same numbers don't deadlock.

    ON CONFLICT costs a twentieth more. Citus needs it, because it reports a unique violation as another error.
    """
    history = "phone_history.account_id = $1 AND phone_history.phone = r.phone"
    # With a LIMIT in the statement, Citus would collect the rows on the coordinator.
    join = f"LEFT JOIN phone_history ON {history}"
    if not database.is_distributed():
        join = database.left_lookup_join("phone_history", history)
    insertion = (
        f"INSERT INTO contact (account_id, {names}, last_inbound_at, last_outbound_at) "
        f"SELECT {values}, phone_history.last_inbound_at, phone_history.last_outbound_at FROM {source} {join} "
        "ORDER BY r.phone"
    )
    if not database.is_distributed():
        await database.execute(insertion, account_id, *args)
    elif await database.count_inserted(f"{insertion} ON CONFLICT DO NOTHING", account_id, *args) != count:
        raise database.Conflict("another transaction took a number or an external id")


async def update(account_id: UUID, drafts: Iterable[ContactDraft]) -> None:
    """Writes the values of changed, locked contacts.

    Raises Conflict if another transaction has just taken a number or an external id.
    """
    rows = [{"id": draft.id, **draft.values} for draft in drafts]
    if rows:
        assigned = ", ".join(f"{name} = r.{name}" for name in WRITTEN_COLUMNS)
        await database.execute(
            f"UPDATE contact SET {assigned} FROM {database.rows_of('$2', 'r', {'id': 'uuid', **WRITTEN_COLUMNS})} "
            "WHERE contact.account_id = $1 AND contact.id = r.id",
            account_id,
            rows,
        )
        _note(account_id, [row["id"] for row in rows])


async def release_external_ids(account_id: UUID, drafts: Iterable[ContactDraft]) -> None:
    """Clears the external ids that locked contacts are about to change, so that others of the batch can use them.

    The statement that writes the new ones raises the versions.
    """
    given_up = [
        draft.id
        for draft in drafts
        if draft.before.get("external_id") and draft.before["external_id"] != draft.values["external_id"]
    ]
    if given_up:
        await database.execute(
            f"UPDATE contact SET external_id = NULL WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
            account_id,
            given_up,
        )
        _note(account_id, given_up)


async def touch(account_id: UUID, ids: Sequence[UUID], *, now: datetime) -> None:
    """Raises the versions of locked contacts, after a change of their owners or assignees."""
    if ids:
        await database.execute(
            "UPDATE contact SET version = version + 1, updated_at = $3 "
            f"WHERE account_id = $1 AND {database.sql_in('id', '$2', 'uuid')}",
            account_id,
            list(ids),
            now,
        )
        _note(account_id, ids)


async def assign(account_id: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> set[UUID]:
    """Adds assignees: (contact, user) pairs. Ignores pairs that already exist. Returns the contacts that changed.

    The caller raises their versions, unless they are new.
    """
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in pairs]
    if not rows:
        return set()
    table = database.rows_to_insert("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
    changed = await database.fetch(
        "INSERT INTO contact_assignee (account_id, contact_id, user_id) "
        f"SELECT r.account_id, r.contact_id, r.user_id FROM {table} WHERE TRUE ON CONFLICT DO NOTHING "
        f"RETURNING {database.selected_as('contact_id', 'contact_id', 'uuid')}",
        account_id,
        rows,
    )
    planner_statistics.accounts().note_inserted("contact_assignee", account_id, len(rows))
    return _noted(account_id, changed)


def _noted(account_id: UUID, changed: Iterable[Row]) -> set[UUID]:
    ids = {row["contact_id"] for row in changed}
    _note(account_id, ids)
    return ids


async def set_owners(account_id: UUID, pairs: Iterable[tuple[UUID, UUID]], *, now: datetime) -> None:
    """Sets the owners of contacts that this transaction made: (contact, user) pairs. Their version remains 1."""
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in pairs]
    if rows:
        table = database.rows_of("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
        await database.execute(
            f"UPDATE contact SET owner_id = r.user_id, owned_at = $3 FROM {table} "
            "WHERE contact.account_id = $1 AND contact.id = r.contact_id",
            account_id,
            rows,
            now,
        )
        _note(account_id, {row["contact_id"] for row in rows})


async def unassign(account_id: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Removes assignees: (contact, user) pairs. The caller raises the versions of contacts that change."""
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in pairs]
    if rows:
        table = database.rows_of("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
        await database.execute(
            "DELETE FROM contact_assignee WHERE account_id = $1 AND (contact_id, user_id) IN "
            f"(SELECT r.contact_id, r.user_id FROM {table})",
            account_id,
            rows,
        )
        _note(account_id, {row["contact_id"] for row in rows})


async def assignees(account_id: UUID, contact_id: UUID) -> set[UUID]:
    rows = await database.fetch(
        "SELECT user_id FROM contact_assignee WHERE account_id = $1 AND contact_id = $2", account_id, contact_id
    )
    return {row["user_id"] for row in rows}


async def change_number(account_id: UUID, contact_id: UUID, phone: str) -> None:
    """Sets a contact's last message times to those of its new number, and clears its verification."""
    await phone_locks.lock_shared(account_id, [phone])
    past = "SELECT {column} FROM phone_history WHERE account_id = $1 AND phone = $3"
    await database.execute(
        f"UPDATE contact SET verified_at = NULL, last_inbound_at = ({past.format(column='last_inbound_at')}), "
        f"last_outbound_at = ({past.format(column='last_outbound_at')}) WHERE account_id = $1 AND id = $2",
        account_id,
        contact_id,
        phone,
    )
    _note(account_id, [contact_id])


async def unassign_others(account_id: UUID, only: Mapping[UUID, UUID]) -> set[UUID]:
    """Removes all assignees except one from each contact. `only` maps a contact to the assignee to keep.

    Returns the contacts that changed. The caller raises their versions.
    """
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in only.items()]
    if not rows:
        return set()
    table = database.rows_of("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
    changed = await database.fetch(
        f"DELETE FROM contact_assignee WHERE account_id = $1 AND EXISTS (SELECT 1 FROM {table} "
        "WHERE r.contact_id = contact_assignee.contact_id AND r.user_id <> contact_assignee.user_id) "
        f"RETURNING {database.selected_as('contact_id', 'contact_id', 'uuid')}",
        account_id,
        rows,
    )
    return _noted(account_id, changed)
