"""Base classes of the loaders.

The server makes a loader for one level of one operation. It runs one statement, regardless of the number of keys.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

from strawberry import UNSET

from models.db import database
from models.db.database import Row
from models.db.sql import MARK, TRUE, Sql
from resolvers.query.default_orders import NEWEST_MESSAGES
from resolvers.query.keyset_order import Order
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, pages
from resolvers.query.row_queries import by_key, linked
from resolvers.query.tables import HAS_NUMBER, MESSAGES, Table
from schema.context import Context
from schema.execution import Selection, SharedRows
from schema.pagination import Page
from services import planner_statistics

K = TypeVar("K")
V = TypeVar("V")


class Loader(ABC, Generic[K, V]):
    """A batch function for aiodataloader and for plans, which call it directly.

    `selection` is the selection below the field, `arguments` are the field's arguments.
    """

    def __init__(self, context: Context, selection: Selection, arguments: Mapping[str, Any]) -> None:
        self.context = context
        self.selection = selection
        self.arguments = arguments

    @abstractmethod
    async def batch_load_fn(self, keys: list[K]) -> Iterable[V]:
        """Returns the values of the keys, in the order of the keys."""

    def argument(self, name: str) -> Any:
        """Returns the value of a field argument; None if it is unset."""
        value = self.arguments.get(name)
        return None if value is UNSET else value


class RowByKey(Loader[Any, Row | None]):
    """Loads one row of a table for each key."""

    table: Table
    key = "id"
    kind = "uuid"

    def where(self) -> Sql:
        """Returns an additional condition on the table."""
        return TRUE

    async def batch_load_fn(self, keys: list[Any]) -> list[Row | None]:
        return await by_key(
            self.table,
            self.selection.columns,
            self.context.account_id,
            keys=keys,
            key=self.key,
            kind=self.kind,
            where=self.where(),
        )


class RowsByParent(Loader[Any, list[Row]]):
    """Loads the rows of a table that a link table connects to each key.

    In the link table, the column `parent` contains the key, and the column `child` the ID of the row.
    """

    table: Table
    order: Order
    link: Table
    child: str
    parent: str

    async def batch_load_fn(self, keys: list[Any]) -> SharedRows:
        return await linked(
            self.table,
            self.selection.columns,
            self.context.account_id,
            order=self.order.sql(),
            link=self.link,
            child=self.child,
            parent=self.parent,
            keys=keys,
        )


class CountByParent(Loader[UUID, int]):
    """Counts the rows of each key."""

    @abstractmethod
    def tables(self) -> str:
        """Returns the SQL joins that find the rows of `parents.key` in the account `parents.account_id`."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        parents = database.with_account_id(database.keys_with_position("$2", "parents", "uuid"), "parents", "$1")
        sql = f"SELECT parents.place, count(*) FROM {parents} {self.tables()} GROUP BY parents.place"
        counts = [0] * len(keys)
        for place, count in await database.fetch(sql, self.context.account_id, keys):
            counts[place] = count
        return counts


class PageByParent(Loader[Any, Page]):
    """Loads the same page of a connection for each key."""

    @abstractmethod
    def source(self) -> PageSource:
        """Returns the source of the pages. Its `parent` is the column that contains the key."""

    async def batch_load_fn(self, keys: list[Any]) -> list[Page]:
        source, window = self.source(), Window.of(self.arguments)
        await planner_statistics.accounts().ensure_fresh(self.context.account_id, now=self.context.now)
        return await pages(source, keys, window, self.selection, self.context.account_id)


class MessagePageByParent(PageByParent):
    """Loads a page of messages, newest first, in one direction or both."""

    parent: str

    def source(self) -> PageSource:
        where = HAS_NUMBER
        if (direction := self.argument("direction")) is not None:
            where &= Sql(f"message.direction = {MARK}", (direction.value,))
        return PageSource(MESSAGES, where, NEWEST_MESSAGES, parent=self.parent)
