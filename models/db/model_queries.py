"""Runs the queries of models as SQL text: by `fetch` and `execute` of `models.db.database`."""

from typing import Any, cast

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient

from models.db import database

_WRITES = ("INSERT", "UPDATE", "DELETE")


class ModelQueries(BaseDBAsyncClient):
    """Mixin for Tortoise's clients. A query has the deadline, the turn and the exceptions of a statement in SQL text.

    In a transaction that Tortoise itself began, such as that of a migration, Tortoise runs its queries.
    """

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[dict[str, Any]]]:
        if self._is_in_a_transaction_of_tortoise():
            found = await cast(Any, super()).execute_query(query, values)
            return cast(tuple[int, list[dict[str, Any]]], found)
        if query.startswith(_WRITES):
            return await database.execute(query, *(values or ())), []
        rows = await database.fetch(query, *(values or ()))
        return len(rows), cast(list[dict[str, Any]], rows)

    async def execute_insert(self, query: str, values: list[Any]) -> None:
        """Returns nothing, because the database generates no column of the models."""
        await self.execute_query(query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        if self._is_in_a_transaction_of_tortoise():
            await cast(Any, super()).execute_many(query, values)
            return
        async with database.transaction():
            for row in values:
                await database.execute(query, *row)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in (await self.execute_query(query, values))[1]]

    def _is_in_a_transaction_of_tortoise(self) -> bool:
        return isinstance(self, TransactionalDBClient) and not database.in_a_transaction()
