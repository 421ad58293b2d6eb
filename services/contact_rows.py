"""Contacts as they are written: locked, inserted and updated, many in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from models import database, number_locks
from models.database import Row
from models.sql import MARK, Sql, numbered
from services import growth
from services.authentication import Settings
from services.contact_details import full_name, merged_variables, search_text_of
from services.ownership import is_protected, owned_since
from services.phone_numbers import facts

# The columns that are written, with PostgreSQL's types. created_at and what trash, messages and verification keep are
# others' to change.
WRITTEN = {
    "phone": "text",
    "first_name": "text",
    "last_name": "text",
    "name": "text",
    "full_name": "text",
    "email": "text",
    "company_name": "text",
    "notes": "text",
    "tags": "text[]",
    "custom_variables": "jsonb",
    "external_id": "text",
    "sender_number": "text",
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
}
_OF_NUMBER = ("phone", "status", "invalid_reason", "operator", "operator_country", "country", "time_zones")
_OF_OTHERS = (*_OF_NUMBER, "external_id", "owner_id", "owned_at")
OWN = {name: kind for name, kind in WRITTEN.items() if name not in _OF_OTHERS}
"""Those that are no other row's concern: not a number and what is known of it, an external id or an owner."""


@dataclass(slots=True)
class Draft:
    """A contact in the course of a change: what it was, and what it is going to be."""

    id: UUID
    values: dict[str, Any]
    is_new: bool
    is_owner_active: bool = True
    is_trashed: bool = False
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def is_changed(self) -> bool:
        return self.is_new or self.values != self.before

    @property
    def gained_tags(self) -> set[str]:
        return set(self.values["tags"]) - set(self.before.get("tags", ()))

    @property
    def lost_tags(self) -> set[str]:
        return set(self.before.get("tags", ())) - set(self.values["tags"])

    def change(self, values: Mapping[str, Any]) -> None:
        """Takes over normalized values; custom variables are merged, all others replaced."""
        for name, value in values.items():
            if name == "custom_variables":
                self.values[name] = merged_variables(self.values.get(name, {}), value)
            else:
                self.values[name] = value

    def set_phone(self, phone: str, settings: Settings) -> None:
        """The number, and all that is derived from it."""
        if self.values.get("phone") == phone:
            return
        derived = facts(phone, network_check=settings.network_check, custom_prefixes=settings.custom_prefixes)
        self.values |= {
            "phone": phone,
            "country": derived.country,
            "time_zones": list(derived.time_zones),
            "operator": derived.operator,
            "operator_country": derived.operator_country,
            "status": derived.status,
            "invalid_reason": derived.invalid_reason,
        }

    def set_owner(self, owner_id: UUID | None, now: datetime) -> None:
        self.values["owned_at"] = owned_since(
            owner_id, before=self.values.get("owner_id"), owned_at=self.values.get("owned_at"), now=now
        )
        if owner_id != self.values.get("owner_id"):
            self.is_owner_active = True
        self.values["owner_id"] = owner_id

    def is_protected(self, settings: Settings, *, from_user_id: UUID | None, now: datetime) -> bool:
        return is_protected(
            owner_id=self.values["owner_id"],
            is_owner_active=self.is_owner_active,
            owned_at=self.values["owned_at"],
            hours=settings.contact_protection_hours,
            from_user_id=from_user_id,
            now=now,
        )

    def finish(self, now: datetime) -> None:
        """Brings what is derived from several fields up to date."""
        name = self.values["full_name"] = full_name(self.values)
        self.values["search_text"] = search_text_of(self.values, name, self.values["phone"])
        if self.is_changed:
            self.values["updated_at"] = now


def new_draft(phone: str, settings: Settings, *, now: datetime) -> Draft:
    values: dict[str, Any] = dict.fromkeys(WRITTEN)
    values |= {"tags": [], "custom_variables": {}}
    draft = Draft(database.uuid7(now), values, is_new=True)
    draft.set_phone(phone, settings)
    return draft


def _draft_of(row: Row, columns: Iterable[str], *, is_owner_active: bool = True) -> Draft:
    before = {name: row[name] for name in columns}
    return Draft(
        row["id"],
        dict(before),
        is_new=False,
        is_owner_active=is_owner_active,
        is_trashed=row["deleted_at"] is not None,
        before=before,
    )


_OF_ACCOUNT = f"contact.account_id = {MARK}"


def is_owner_active() -> str:
    """Whether a contact has an owner who is active, as a selected expression.

    Not a join: where PostgreSQL had to wait for a contact's lock it looks at the contact anew, not at what is joined.
    """
    is_active = (
        "COALESCE((SELECT owner.is_active FROM account_user owner "
        "WHERE owner.account_id = contact.account_id AND owner.id = contact.owner_id), FALSE)"
    )
    return database.typed(is_active, "is_owner_active", "boolean")


async def lock(account_id: UUID, where: Sql) -> list[Draft]:
    """The contacts for which a condition on `contact` holds, by id; nobody else changes them until the end."""
    locked = f"({where.text}){database.locked_in_order('contact.id')}"
    sql = numbered(f"SELECT {_selected(WRITTEN)}, {is_owner_active()} FROM contact WHERE {_OF_ACCOUNT} AND {locked}")
    found = await database.fetch(sql, account_id, *where.values)
    return [_draft_of(row, WRITTEN, is_owner_active=row["is_owner_active"]) for row in found]


def _selected(columns: Iterable[str]) -> str:
    return ", ".join(f"contact.{name}" for name in ("id", "deleted_at", *columns))


VERSION = "contact.xmin::text"
"""Another one after each change of a contact. PostgreSQL alone has it."""

_VERSIONED = ("phone", *OWN)
_VERSIONS = f"SELECT {_selected(_VERSIONED)}, {VERSION} AS version FROM contact WHERE {_OF_ACCOUNT}"


async def versions(account_id: UUID, where: Sql) -> list[tuple[Draft, str]]:
    """The contacts for which a condition on `contact` holds, not locked, and their versions.

    Of the drafts nothing is known but the number and what is OWN: that alone is to be changed and written.
    """
    sql = numbered(f"{_VERSIONS} AND ({where.text})")
    found = await database.fetch(sql, account_id, *where.values)
    return [(_draft_of(row, _VERSIONED), row["version"]) for row in found]


async def insert(account_id: UUID, drafts: Sequence[Draft], *, now: datetime) -> None:
    """Writes new contacts, with what is remembered of their numbers. Raises Conflict where a number was just taken."""
    if drafts:
        columns = {"id": "uuid", **WRITTEN}
        rows = [{"id": draft.id, **draft.values} for draft in drafts]
        await number_locks.share(account_id, [draft.values["phone"] for draft in drafts])
        await _insert(
            f"{', '.join(columns)}, created_at",
            ", ".join(f"r.{name}" for name in columns) + ", $3",
            database.rows_of("$2", "r", columns),
            len(drafts),
            account_id,
            rows,
            now,
        )
        growth.accounts.gain("contact", account_id, len(drafts))


async def insert_staged(
    account_id: UUID, table: str, *, count: int, owner_id: UUID | None, job_id: UUID, now: datetime
) -> None:
    """The same for all `count` rows of a staged table (see models.staging), for an import and an owner."""
    if count:
        columns = ["id", *(name for name in WRITTEN if name not in _OF_ALL_STAGED)]
        owner, owned_at = database.cast_to("$2", "uuid"), database.cast_to("$3", "timestamptz")
        imported_by, at = database.cast_to("$4", "uuid"), database.cast_to("$5", "timestamptz")
        await number_locks.share_staged(account_id, table)
        await _insert(
            f"{', '.join(columns)}, owner_id, owned_at, imported_by_job_id, created_at, updated_at",
            f"{', '.join(f'r.{name}' for name in columns)}, {owner}, {owned_at}, {imported_by}, {at}, {at}",
            f"{table} r",
            count,
            account_id,
            owner_id,
            None if owner_id is None else now,
            job_id,
            now,
        )


_OF_ALL_STAGED = ("owner_id", "owned_at", "updated_at")


async def _insert(names: str, values: str, source: str, count: int, account_id: UUID, *args: Any) -> None:
    """In the order of the numbers, so that two who insert the same ones wait for each other and not both for both."""
    inserted = await database.execute(
        f"INSERT INTO contact (account_id, {names}, last_inbound_at, last_outbound_at) "
        f"SELECT $1, {values}, h.last_inbound_at, h.last_outbound_at FROM {source} "
        "LEFT JOIN phone_history h ON h.account_id = $1 AND h.phone = r.phone WHERE TRUE "
        "ORDER BY r.phone ON CONFLICT DO NOTHING",
        account_id,
        *args,
    )
    if inserted != count:
        raise database.Conflict("a number or an external id was taken meanwhile")


async def update(account_id: UUID, drafts: Iterable[Draft]) -> None:
    """Writes what has changed of locked contacts. Raises Conflict where a number or external id was taken just now."""
    rows = [{"id": draft.id, **draft.values} for draft in drafts]
    if rows:
        assigned = ", ".join(f"{name} = r.{name}" for name in WRITTEN)
        await database.execute(
            f"UPDATE contact SET {assigned} FROM {database.rows_of('$2', 'r', {'id': 'uuid', **WRITTEN})} "
            "WHERE contact.account_id = $1 AND contact.id = r.id",
            account_id,
            rows,
        )


async def release_external_ids(account_id: UUID, drafts: Iterable[Draft]) -> None:
    """Frees the external ids that locked contacts are about to give up: another one of the batch may take them."""
    given_up = [
        draft.id
        for draft in drafts
        if draft.before.get("external_id") and draft.before["external_id"] != draft.values["external_id"]
    ]
    if given_up:
        await database.execute(
            f"UPDATE contact SET external_id = NULL WHERE account_id = $1 AND {database.any_of('id', '$2', 'uuid')}",
            account_id,
            given_up,
        )


async def assign(account_id: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Sets users to work on contacts: (contact, user) pairs; those who do already go on."""
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in pairs]
    if rows:
        table = database.rows_of("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
        await database.execute(
            "INSERT INTO contact_assignee (account_id, contact_id, user_id) "
            f"SELECT $1, r.contact_id, r.user_id FROM {table} WHERE TRUE ON CONFLICT DO NOTHING",
            account_id,
            rows,
        )
        growth.accounts.gain("contact_assignee", account_id, len(rows))


async def unassign(account_id: UUID, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Ends users' work on contacts: (contact, user) pairs."""
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in pairs]
    if rows:
        table = database.rows_of("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
        await database.execute(
            "DELETE FROM contact_assignee WHERE account_id = $1 AND (contact_id, user_id) IN "
            f"(SELECT r.contact_id, r.user_id FROM {table})",
            account_id,
            rows,
        )


async def assignees(account_id: UUID, contact_id: UUID) -> set[UUID]:
    rows = await database.fetch(
        "SELECT user_id FROM contact_assignee WHERE account_id = $1 AND contact_id = $2", account_id, contact_id
    )
    return {row["user_id"] for row in rows}


async def change_number(account_id: UUID, contact_id: UUID, phone: str) -> None:
    """Makes a contact's messages those with its new number; that it is theirs has to be verified again."""
    await number_locks.share(account_id, [phone])
    past = "SELECT {column} FROM phone_history WHERE account_id = $1 AND phone = $3"
    await database.execute(
        f"UPDATE contact SET verified_at = NULL, last_inbound_at = ({past.format(column='last_inbound_at')}), "
        f"last_outbound_at = ({past.format(column='last_outbound_at')}) WHERE account_id = $1 AND id = $2",
        account_id,
        contact_id,
        phone,
    )


async def unassign_others(account_id: UUID, only: Mapping[UUID, UUID]) -> None:
    """Leaves each of the contacts no other assignee than the one named for it: contact to user."""
    rows = [{"contact_id": contact_id, "user_id": user_id} for contact_id, user_id in only.items()]
    if rows:
        table = database.rows_of("$2", "r", {"contact_id": "uuid", "user_id": "uuid"})
        await database.execute(
            f"DELETE FROM contact_assignee WHERE account_id = $1 AND EXISTS (SELECT 1 FROM {table} "
            "WHERE r.contact_id = contact_assignee.contact_id AND r.user_id <> contact_assignee.user_id)",
            account_id,
            rows,
        )
