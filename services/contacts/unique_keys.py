"""Finds live contacts by their unique keys: phone number and external id."""

from collections.abc import Sequence
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.sql import MARK, Sql, all_of, numbered, one_of


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
