"""Looks up single rows by key. Requests of one account that do so at the same time share a statement.

docs/decisions/shared-lookups.md explains it.
"""

import asyncio
from collections.abc import Hashable
from typing import Any, Final, TypeAlias
from uuid import UUID

from models.db import application, database, deadline
from models.db.database import Row
from models.db.deadline import interruptible
from models.db.sql import Sql
from resolvers.query.row_queries import rows_by_key
from resolvers.query.tables import Table

MOST_KEYS: Final = 50
"""The number of look-ups that share a statement at most."""

_Rows: TypeAlias = dict[Any, Row]
_Others: TypeAlias = "list[tuple[Any, asyncio.Future[_Rows | None]]]"
"""Keys of other requests, and the futures of the rows that their statement finds; None if the statement fails."""

_open = application.PerApplication(dict[Hashable, _Others])
"""The statements that have not begun, by all that their look-ups have in common."""


async def row_with_key(
    table: Table, columns: tuple[str, ...], account_id: UUID, key: Any, *, column: str, kind: str, where: Sql
) -> Row | None:
    """Returns the account's row with a key, or None. `column` is unique within the account; `kind` is its type.

    The values of `where` must be the same for all requests, except for their instants. The statement begins after the
    look-up, so it sees everything that was committed before.
    """
    if database.in_a_transaction():
        rows = await rows_by_key(table, columns, account_id, keys=[key], key=column, kind=kind, where=where)
        return rows.get(key)
    bounds, statements = deadline.current(), _open()
    common = table, columns, account_id, column, where.text, None if bounds is None else bounds.reads
    others = statements.get(common)
    if others is not None:
        found: asyncio.Future[_Rows | None] = asyncio.get_running_loop().create_future()
        others.append((key, found))
        if len(others) == MOST_KEYS - 1:
            del statements[common]
        with interruptible():
            shared = await found
        if shared is not None:
            return shared.get(key)
    rows = None
    others = statements[common] = []
    try:
        await asyncio.sleep(0)  # other requests join during an iteration of the event loop
        if statements.get(common) is others:
            del statements[common]
        keys = [key, *(other for other, _ in others)]
        rows = await rows_by_key(table, columns, account_id, keys=keys, key=column, kind=kind, where=where)
        return rows.get(key)
    finally:
        if statements.get(common) is others:
            del statements[common]
        for _, found in others:
            if not found.done():
                found.set_result(rows)
