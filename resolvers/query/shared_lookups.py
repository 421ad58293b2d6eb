"""Looks up single rows by key. Requests of one account that do so at the same time share a statement.

docs/decisions/shared-lookups.md explains it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Any, Final, TypeAlias
from uuid import UUID

from models.db import application, database, deadline
from models.db.database import Row
from models.db.deadline import interruptible
from models.db.sql import Sql
from resolvers.query.row_queries import looked_up
from resolvers.query.tables import Table

MOST_KEYS: Final = 50
"""The number of look-ups that share a statement at most."""

_Rows: TypeAlias = dict[Any, Row]
_Statement: TypeAlias = Callable[[list[Any]], Awaitable[_Rows]]
_Others: TypeAlias = "list[tuple[Any, asyncio.Future[_Rows | None]]]"
"""Keys of other requests, and the futures of the rows that their statement finds; None if the statement fails."""

_not_begun = application.PerApplication(dict[Hashable, _Others])
"""The statements that other look-ups may join, by all that these have in common."""


async def row_with_key(
    table: Table, columns: tuple[str, ...], account_id: UUID, key: Any, *, column: str, kind: str, where: Sql
) -> Row | None:
    """Returns the account's row with a key, or None. `column` is unique within the account; `kind` is its type.

    The values of `where` must be the same for all requests, except for their instants. The statement begins after the
    look-up, so it sees everything that was committed before.
    """
    statement = partial(looked_up, table, columns, account_id, column=column, kind=kind, where=where)
    if database.in_a_transaction():
        return (await statement([key])).get(key)
    bounds, statements = deadline.current(), _not_begun()
    common = table, columns, account_id, column, where.text, None if bounds is None else bounds.reads
    others = statements.get(common)
    if others is not None:
        future: asyncio.Future[_Rows | None] = asyncio.get_running_loop().create_future()
        others.append((key, future))
        if len(others) == MOST_KEYS - 1:
            del statements[common]
        with interruptible():
            found = await future
        if found is not None:
            return found.get(key)
    return (await _for_all(statements, common, key, statement)).get(key)


async def _for_all(statements: dict[Hashable, _Others], common: Hashable, key: Any, statement: _Statement) -> _Rows:
    """Runs the statement for a key, and for those that others add during one iteration of the event loop.

    If it fails, for example because this request's client disconnects, the others run statements of their own.
    """
    rows: _Rows | None = None
    others = statements[common] = []
    try:
        await asyncio.sleep(0)
        _close(statements, common, others)
        rows = await statement([key, *(other for other, _ in others)])
        return rows
    finally:
        _close(statements, common, others)
        for _, future in others:
            if not future.done():
                future.set_result(rows)


def _close(statements: dict[Hashable, _Others], common: Hashable, others: _Others) -> None:
    if statements.get(common) is others:
        del statements[common]
