"""What the loaders have in common: a request's context, what is asked below the field, and its arguments.

A loader is made for one level of one operation and runs one statement, whatever the number of keys.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

from strawberry import UNSET

from models import database
from models.database import Row
from models.sql import MARK, TRUE, Sql
from resolvers.ordering import Order
from resolvers.orders import NEWEST_MESSAGES
from resolvers.page_statements import Source
from resolvers.paging import Window, pages
from resolvers.reading import by_key, linked
from resolvers.tables import MESSAGES, Table
from schema.context import Context
from schema.execution import Selection, Shared
from schema.pagination import Page
from services import growth

K = TypeVar("K")
V = TypeVar("V")


class Loader(ABC, Generic[K, V]):
    """A batch function for aiodataloader, and for plans, which call it themselves."""

    def __init__(self, context: Context, selection: Selection, arguments: Mapping[str, Any]) -> None:
        self.context = context
        self.selection = selection
        self.arguments = arguments

    @abstractmethod
    async def batch_load_fn(self, keys: list[K]) -> Iterable[V]:
        """The values of the keys, in their order."""

    def argument(self, name: str) -> Any:
        """A field argument's value, None where it is absent."""
        value = self.arguments.get(name)
        return None if value is UNSET else value


class RowByKey(Loader[Any, Row | None]):
    """One row of a table for each key."""

    table: Table
    key = "id"
    kind = "uuid"

    def where(self) -> Sql:
        """A further condition on the table."""
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
    """The rows of a table that a link table ties to each key: its column `parent` is the key, `child` the row's id."""

    table: Table
    order: Order
    link: Table
    child: str
    parent: str

    async def batch_load_fn(self, keys: list[Any]) -> Shared:
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
    """How many rows each key has."""

    @abstractmethod
    def tables(self) -> str:
        """The joins, as SQL, that find the rows of `parents.key` in the account `parents.account_id`."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        parents = database.keyed(database.placed("$2", "parents", "uuid"), "parents", "$1")
        sql = f"SELECT parents.place, count(*) FROM {parents} {self.tables()} GROUP BY parents.place"
        counts = [0] * len(keys)
        for place, count in await database.fetch(sql, self.context.account_id, keys):
            counts[place] = count
        return counts


class PageByParent(Loader[Any, Page]):
    """The same page of a connection for each key."""

    @abstractmethod
    def source(self) -> Source:
        """What is paged; its `parent` ties rows to keys."""

    async def batch_load_fn(self, keys: list[Any]) -> list[Page]:
        source, window = self.source(), Window.of(self.arguments)
        await growth.accounts.know(self.context.account_id, now=self.context.now)
        return await pages(source, keys, window, self.selection, self.context.account_id)


class MessagePageByParent(PageByParent):
    """Messages, newest first, in one direction or both."""

    parent: str

    def source(self) -> Source:
        where = TRUE
        if (direction := self.argument("direction")) is not None:
            where &= Sql(f"message.direction = {MARK}", (direction.value,))
        return Source(MESSAGES, where, NEWEST_MESSAGES, parent=self.parent)
