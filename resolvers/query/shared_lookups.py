"""Looks up single rows by key. Requests of one account that do so at the same time share a statement.

docs/decisions/shared-statements.md explains it.
"""

from typing import Any
from uuid import UUID

from models.db import application, database, deadline
from models.db.database import Row
from models.db.shared_statements import SharedStatements
from models.db.sql import Sql
from resolvers.query.row_queries import looked_up
from resolvers.query.tables import Table


class _Lookups(SharedStatements[Any, Row | None]):
    """The look-ups of an application."""

    def __init__(self) -> None:
        super().__init__(writes=False)


_lookups = application.PerApplication(_Lookups)


async def row_with_key(
    table: Table, columns: tuple[str, ...], account_id: UUID, key: Any, *, column: str, kind: str, where: Sql
) -> Row | None:
    """Returns the account's row with a key, or None. `column` is unique within the account; `kind` is its type.

    The values of `where` must be the same for all requests, except for their instants. The statement begins after the
    look-up, so it sees everything that was committed before.
    """

    async def statement(keys: list[Any]) -> list[Row | None]:
        found = await looked_up(table, columns, account_id, keys, column=column, kind=kind, where=where)
        return [found.get(key) for key in keys]

    if database.in_a_transaction():
        return (await statement([key]))[0]
    bounds = deadline.current()
    common = table, columns, account_id, column, where.text, None if bounds is None else bounds.reads
    return await _lookups().run(common, key, statement)
