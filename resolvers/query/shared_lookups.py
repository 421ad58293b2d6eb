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
_Others: TypeAlias = "list[tuple[Any, asyncio.Future[_Rows | None]]]"
"""Keys of other requests, and the futures of the rows that their statement finds; None if the statement fails."""


class _Lookups:
    """The look-ups that can share a statement."""

    __slots__ = ("joining", "running")

    def __init__(self) -> None:
        self.running = 0
        """The number of statements, with the one that has not begun."""
        self.joining: _Others | None = None
        """The list that further look-ups join, if a statement has not begun."""


_lookups = application.PerApplication(dict[Hashable, _Lookups])
"""The look-ups with a statement, by all that they have in common."""


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
    bounds, all_lookups = deadline.current(), _lookups()
    common = table, columns, account_id, column, where.text, None if bounds is None else bounds.reads
    lookups = all_lookups.get(common)
    if lookups is None:
        lookups = all_lookups[common] = _Lookups()
    elif lookups.joining is not None and len(lookups.joining) < MOST_KEYS - 1:
        future: asyncio.Future[_Rows | None] = asyncio.get_running_loop().create_future()
        lookups.joining.append((key, future))
        with interruptible():
            found = await future
        if found is not None:
            return found.get(key)
    lookups.running += 1
    try:
        found = await (statement([key]) if lookups.running == 1 else _for_all(lookups, key, statement))
    finally:
        lookups.running -= 1
        if not lookups.running and all_lookups.get(common) is lookups:
            del all_lookups[common]
    return found.get(key)


async def _for_all(lookups: _Lookups, key: Any, statement: Callable[[list[Any]], Awaitable[_Rows]]) -> _Rows:
    """Runs the statement for a key, and for those that others add during one iteration of the event loop.

    If this statement fails or is interrupted, each of the others runs its own.
    """
    rows: _Rows | None = None
    others = lookups.joining = []
    try:
        await asyncio.sleep(0)
        if lookups.joining is others:
            lookups.joining = None
        rows = await statement([key, *(other for other, _ in others)])
        return rows
    finally:
        if lookups.joining is others:
            lookups.joining = None
        for _, future in others:
            if not future.done():
                future.set_result(rows)
