"""Transactions on SQLite."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, cast

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteTransactionWrapper
from tortoise.connection import get_connections

from models.db import deadline
from models.db.change_rows import Changed, for_sqlite
from models.db.deadline import TemporaryFailure, Unavailable, note_written
from models.db.model_queries import ModelQueries
from models.db.sqlite.connection import SqliteConnection
from models.db.sqlite.failures import statement, translated
from models.db.sqlite.texts import numbered
from models.db.sqlite.values import to_parameter
from models.db.transactions import Statement

if TYPE_CHECKING:
    from models.db.sqlite.engine import SqliteClient


class Client(ModelQueries, SqliteTransactionWrapper):
    """Tortoise's client inside a transaction."""

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(Client(self))

    async def run_at_commit(
        self, statements: Sequence[Statement], changes: Sequence[Changed], *, has_rows: bool
    ) -> None:
        """Runs statements, and those that record changes, together with the COMMIT, which follows."""
        connection = cast(SqliteConnection, self._connection)
        connection.before_commit = [
            *((numbered(sql), [[to_parameter(value) for value in args]]) for sql, args in statements),
            *for_sqlite(changes),
        ]


class Transaction(TransactionContext):
    """An outermost transaction. Its first statement waits for the write lock, whether it writes or not."""

    def __init__(self, client: "SqliteClient") -> None:
        self._client = client
        self.connection_name = client.connection_name

    async def __aenter__(self) -> TransactionalDBClient:
        with statement():
            self._connection = await self._client.take_writer()
        self._connection.is_to_begin = True
        client = Client(self._client)
        self._token = get_connections().set(self.connection_name, client)
        return cast(TransactionalDBClient, client)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self._token)
        if error is not None:
            await self._give_up()
            return
        with translated():
            try:
                if (bounds := deadline.current()) is not None:
                    bounds.check()
                if not (self._connection.in_transaction or self._connection.is_to_begin):
                    raise Unavailable("SQLite has rolled the transaction back.")
                await self._connection.commit()
            except BaseException:
                await self._give_up()
                raise
        self._client.put_back_writer()
        note_written()

    async def _give_up(self) -> None:
        """Rolls back and frees the writer, even if it is cancelled, because the thread runs its errands in order."""
        try:
            await self._connection.rollback()
        finally:
            self._client.put_back_writer()


class Savepoint(NestedTransactionContext):
    """A nested transaction. After a temporary failure the outer transaction is lost, so it does nothing more."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, TemporaryFailure):
            await super().__aexit__(kind, error, trace)
