"""Finds contacts by their unique keys: id, phone number and external id."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.shared_statements import filled
from models.db.sql import FALSE, MARK, Sql, all_of, numbered, one_of
from services.contacts.filter import ContactState, visible


class Key(NamedTuple):
    """A key of a contact, in the form that the database has."""

    column: str
    kind: str
    """The column's type on PostgreSQL."""
    value: UUID | str
    state: ContactState = ContactState.ACTIVE
    """The state of the contacts that the key finds."""

    def among(self, values: list[UUID | str], now: datetime) -> Sql:
        """Returns the condition on `contact` for the values of keys of this kind."""
        column = f"contact.{self.column}"
        is_wanted = Sql(f"{column} = {MARK}", (values[0],))
        if len(values) > 1:
            is_wanted = Sql(database.sql_in(column, MARK, self.kind), (filled(values),))
        return is_wanted & visible(self.state, now=now)


def with_own_key(key: Key | None, now: datetime) -> Sql:
    """Returns the condition on `contact` for a key. None is a key that no contact has."""
    return FALSE if key is None else key.among([key.value], now)


def with_key(account_id: UUID, phones: Sequence[str], external_ids: Sequence[str]) -> Sql:
    """Returns a condition on `contact`: it is live and has one of these numbers or external ids."""
    keys = {name: values for name, values in (("phone", phones), ("external_id", external_ids)) if values}

    def any_of(table: str, name: str) -> str:
        return f"{table}.{name} IS NOT NULL AND {database.sql_in(f'{table}.{name}', MARK, 'text')}"

    if database.is_postgres() or len(keys) < 2:
        condition = one_of([Sql(any_of("contact", name), (values,)) for name, values in keys.items()])
    else:  # SQLite has an index for each key, but would scan the whole account for a condition on both
        of_account = f"SELECT c.id FROM contact c WHERE c.account_id = {MARK} AND c.deleted_at IS NULL AND "
        text = " UNION ALL ".join(of_account + any_of("c", name) for name in keys)
        condition = Sql(
            f"contact.id IN ({text})", tuple(one for values in keys.values() for one in (account_id, values))
        )
    return all_of((Sql("contact.deleted_at IS NULL"), condition))


async def live_holders(account_id: UUID, phones: Sequence[str], external_ids: Sequence[str]) -> Sequence[Row]:
    """Returns id, phone and external_id of the live contacts that have one of these numbers or external ids."""
    where = with_key(account_id, phones, external_ids)
    sql = f"SELECT id, phone, external_id FROM contact WHERE contact.account_id = {MARK} AND {where.text}"
    return await database.fetch(numbered(sql), account_id, *where.values)


async def held_phones(account_id: UUID, phones: Collection[str]) -> set[str]:
    """Returns those of the numbers that a contact has, in the trash or outside it."""
    numbers = database.with_account_id(database.columns_of("n", {"phone": ("$2", "text")}), "n", "$1")
    # One query per partial index on the number, because neither index serves both conditions.
    found = " UNION ALL ".join(
        f"SELECT c.phone FROM {numbers} "
        + database.lookup_join(
            "contact c",
            f"c.account_id = n.account_id AND c.phone = n.phone AND c.deleted_at {state}"
            + database.among("c.phone", "$2", "text"),
        )
        for state in ("IS NULL", "IS NOT NULL")
    )
    return {row["phone"] for row in await database.fetch(found, account_id, list(phones))}
