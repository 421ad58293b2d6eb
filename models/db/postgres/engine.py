"""PostgreSQL engine for Tortoise, on connection pools that accounts share by turns.

There is one pool for transactions, one for single statements outside transactions, and a small one for token look-ups
and readiness checks. Borrowing a connection costs no round trip.
"""

import asyncio
from functools import partial
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import TransactionContext

from models.db import database
from models.db.application import current
from models.db.deadline import TemporaryFailure
from models.db.fair_slots import FairSlots
from models.db.model_queries import ModelQueries
from models.db.pool import Pool
from models.db.postgres.connection import PostgresConnection, prepare
from models.db.postgres.failures import statement as statement, translated as translated
from models.db.postgres.options import options as options
from models.db.postgres.statements import PostgresStatements, execute as execute, fetch as fetch
from models.db.postgres.transactions import Client, Transaction

_APPLICATION_NAME = "muster"
_CONNECT_SECONDS = 5.0
_SLOW_COUNT = 4
_USUAL_COUNT = 10
"""Slow work of one account keeps PostgreSQL's processors busy. With a pool of 10, usual slow work runs singly."""
_RESERVED_CONNECTIONS = 2


class PostgresClient(ModelQueries, AsyncpgDBClient):
    """Tortoise's asyncpg client on Muster's pools. It converts jsonb to and from Python objects."""

    connection_class = PostgresConnection  # type: ignore[assignment]  # generic only in the stubs

    def __init__(self, *args: Any, wait_seconds: float = 5.0, tells_writes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._knows_layout = False
        self.tells_writes = tells_writes
        size = self.pool_maxsize
        fairly = partial(Pool[PostgresConnection], size, self.connect, slow_count=_SLOW_COUNT, usual_count=_USUAL_COUNT)
        self.transactions = fairly(wait_seconds=wait_seconds)
        self.statements = PostgresStatements(fairly(wait_seconds=wait_seconds))
        self.reserved = PostgresStatements(
            Pool(_RESERVED_CONNECTIONS, self.connect, wait_seconds=wait_seconds, is_fair=False)
        )

    @property
    def slots(self) -> dict[str, FairSlots]:
        """Reslots the slots of connections, by the name of the pool."""
        return {
            "transactions": self.transactions.slots,
            "statements": self.statements.pool.slots,
            "reserved": self.reserved.pool.slots,
        }

    def of_other_server(self, url: str, **options: Any) -> "PostgresClient":
        """Returns a client of another server. It connects when used. `options` are those of `database.connect`."""
        credentials = database.configuration(url, **options)["connections"]["default"]["credentials"]
        return PostgresClient(**credentials, connection_name="other")

    async def connect(self) -> PostgresConnection:
        """Opens a new connection."""
        parameters: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "server_settings": {"application_name": _APPLICATION_NAME, **self.server_settings},
            "timeout": _CONNECT_SECONDS,
            **self.extra,
        }
        connection: PostgresConnection = await asyncpg.connect(connection_class=PostgresConnection, **parameters)
        try:
            await prepare(connection)
            if not self._knows_layout and current().client is self:
                current().is_distributed, self._knows_layout = await _is_distributed(connection), True
        except BaseException:
            connection.terminate()
            raise
        connection.tells_writes = self.tells_writes
        return connection

    async def answers(self, seconds: float) -> bool:
        """Returns whether the server answers a trivial statement within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self.reserved.fetch("SELECT 1", ())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TemporaryFailure):
            return False
        return True

    async def create_connection(self, with_db: bool) -> None:
        """Does nothing, because the pools open connections when needed."""

    async def close(self) -> None:
        for pool in (self.transactions, self.statements.pool, self.reserved.pool):
            await pool.close()

    def acquire_connection(self) -> "_Lent":  # type: ignore[override]  # Tortoise's own classes have no common type
        return _Lent(self.transactions)

    def _in_transaction(self) -> TransactionContext:
        return Transaction(Client(self), self.transactions)


async def _is_distributed(connection: PostgresConnection) -> bool:
    if not await connection.fetchval("SELECT to_regclass('pg_dist_partition') IS NOT NULL"):
        return False
    found = "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass('account')"
    return bool(await connection.fetchval(found))


class _Lent:
    """A pooled connection for statements that Tortoise itself runs outside a transaction."""

    def __init__(self, pool: Pool[PostgresConnection]) -> None:
        self._pool = pool

    async def __aenter__(self) -> PostgresConnection:
        self._connection = await self._pool.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, asyncpg.PostgresError):
            self._pool.put_back(self._connection)
        else:
            self._pool.recover(self._connection)


client_class = PostgresClient
