"""Transactions on PostgreSQL."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import cast

import asyncpg
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.connection import get_connections

from models.db.application import current
from models.db.change_rows import OWN_POSITION, Changed, for_postgres, has_few_rows
from models.db.deadline import ResultUnknown, TemporaryFailure, Unavailable, interruptible, note_written
from models.db.model_queries import ModelQueries
from models.db.pool import Pool
from models.db.postgres.connection import PostgresConnection
from models.db.postgres.failures import failure, leaves_unknown, statement
from models.db.postgres.literals import inlined
from models.db.postgres.statements import settling
from models.db.transactions import Statement


class Client(ModelQueries, TransactionWrapper):
    """Tortoise's client inside a transaction."""

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(Client(self))

    async def run_at_commit(
        self, statements: Sequence[Statement], changes: Sequence[Changed], *, has_rows: bool
    ) -> None:
        """Sends statements, and those that record changes, in the message of the COMMIT, which follows."""
        connection, position = cast(PostgresConnection, self._connection), OWN_POSITION
        if current().is_distributed and not all(map(has_few_rows, changes)):  # a worker has another id
            with statement():
                position = str(await connection.fetchval(f"SELECT {OWN_POSITION}"))
        recorded = for_postgres(changes, position, has_rows=has_rows)
        connection.before_commit = "".join(inlined(*each) for each in statements) + recorded


class Transaction(TransactionContext):
    """An outermost transaction. Its COMMIT always has an outcome, and its ROLLBACK delays no answer."""

    client: Client

    def __init__(self, client: Client, pool: Pool[PostgresConnection]) -> None:
        self.client = client
        self.connection_name = client.connection_name
        self._pool = pool

    async def __aenter__(self) -> TransactionalDBClient:
        with statement():
            self._connection = await self._pool.take()
            self.client._connection = self._connection
            try:
                await self.client.begin()
            except BaseException:
                self._pool.recover(self._connection)
                raise
        self._token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        get_connections().reset(self._token)
        if error is None:
            await self._commit()
        elif isinstance(error, (TemporaryFailure, asyncio.CancelledError)) or self._connection.is_closed():
            self._pool.recover(self._connection)
        else:
            await self._roll_back()

    async def _commit(self) -> None:
        connection = self._connection
        try:
            if connection.is_closed():
                raise Unavailable("The connection to the database was lost before the COMMIT.")
            connection.tell_at_commit()
            with settling(connection, is_cancelled=False):
                await self.client.commit()
        except BaseException as error:
            self._pool.recover(connection)
            if leaves_unknown(error) or isinstance(error, asyncpg.InternalServerError):  # a worker of Citus is lost
                raise ResultUnknown("The connection to the database was lost during the COMMIT.") from error
            if (other := failure(error)) is not None:
                raise other from error
            raise
        self._pool.put_back(connection)
        note_written()

    async def _roll_back(self) -> None:
        try:
            with interruptible():
                await self.client.rollback()
        except BaseException as error:
            self._pool.recover(self._connection)
            if not isinstance(error, Exception):
                raise  # otherwise the original exception propagates
        else:
            self._pool.put_back(self._connection)


class Savepoint(NestedTransactionContext):
    """A nested transaction. After a temporary failure the outer transaction is lost, so it sends nothing."""

    async def __aenter__(self) -> TransactionalDBClient:
        with statement():
            return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, TemporaryFailure):
            return
        with statement():
            await super().__aexit__(kind, error, trace)
