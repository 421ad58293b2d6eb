"""SQLite engine for Tortoise. Several processes can write, and reads run on several threads.

The declared type of a column decides the Python type of its values; an expression declares it by ``AS "name [type]"``.
models.db.sqlite.values defines how values are stored. Only a process that connects to SQLite imports this module.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient as TortoiseSqliteClient

from models.db import deadline
from models.db.fair_slots import FairSlots, Slot, limited_once
from models.db.model_queries import ModelQueries
from models.db.pool import Pool
from models.db.sqlite.connection import BUSY_TIMEOUT_MS, SqliteConnection, give_way, longest_wait, set_up
from models.db.sqlite.failures import statement as statement, translated as translated
from models.db.sqlite.short_reads import ShortReads
from models.db.sqlite.statements import SqliteStatements, execute as execute, fetch as fetch
from models.db.sqlite.transactions import Transaction

_BRIEFLY_MS = 20
_READERS_BUSY_TIMEOUT_MS = 1_000
_SHORT_READS_CACHE_KIB = 8_000
"""A page of 100 rows in random places, with their lists, needs more than SQLite's default of 2,000 KiB."""
_PRAGMAS_OF_WRITERS = ("journal_mode", "synchronous", "busy_timeout")


class SqliteClient(ModelQueries, TortoiseSqliteClient):
    """One connection for writing, whose transactions take the write lock when they begin, and several for reading."""

    _connection: SqliteConnection | None

    def __init__(self, file_path: str, *, readers: int = 4, wait_seconds: float = 5.0, **kwargs: Any) -> None:
        kwargs.setdefault("busy_timeout", BUSY_TIMEOUT_MS)
        kwargs.setdefault("synchronous", "FULL")
        kwargs.setdefault("secure_delete", "ON")  # overwrites deleted rows with zeros
        super().__init__(file_path, **kwargs)
        self._turns = FairSlots(1)
        self._turn: Slot | None = None
        self._opening = asyncio.Lock()
        self._short_reads: ShortReads | None = None
        self.statements = SqliteStatements(self, Pool(readers, self._open_reader, wait_seconds=wait_seconds))
        self.reserved = SqliteStatements(self, Pool(1, self._open_reader, wait_seconds=wait_seconds, is_fair=False))

    @property
    def slots(self) -> dict[str, FairSlots]:
        """Returns the slots of connections, by their purpose."""
        return {
            "writer": self._turns,
            "readers": self.statements.pool.slots,
            "reserved": self.reserved.pool.slots,
        }

    async def _open(self, pragmas: Sequence[tuple[str, Any]]) -> SqliteConnection:
        connection = SqliteConnection(partial(set_up, self.filename, pragmas), iter_chunk_size=64)
        return cast(SqliteConnection, await connection)

    async def _open_reader(self) -> SqliteConnection:
        connection = await self._open([*self._reading, ("busy_timeout", _READERS_BUSY_TIMEOUT_MS)])
        try:
            await connection._execute(give_way)
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def _reading(self) -> list[tuple[str, Any]]:
        shared = [(name, value) for name, value in self.pragmas.items() if name not in _PRAGMAS_OF_WRITERS]
        return [*shared, ("query_only", "ON")]

    def short_reads(self) -> ShortReads:
        if self._short_reads is None:
            pragmas = [*self._reading, ("cache_size", -_SHORT_READS_CACHE_KIB)]
            self._short_reads = ShortReads(set_up(self.filename, pragmas))
        return self._short_reads

    async def create_connection(self, with_db: bool) -> None:
        """Opens the writer."""
        async with self._opening:
            if self._connection is None:
                self._connection = await self._open([*self.pragmas.items(), ("busy_timeout", _BRIEFLY_MS)])
                await self._post_connect()

    async def take_writer(self) -> SqliteConnection:
        """Lends the writing connection to one caller at a time.

        Raises Unavailable shortly before the operation's deadline.
        """
        key = deadline.account_key()
        turn = self._turns.try_take(key) or await self._turns.take(
            key, limited_once(longest_wait(), "Too many operations wait to write.")
        )
        try:
            await self.create_connection(with_db=True)
        except BaseException:
            self._turns.give_back(turn)
            raise
        assert self._connection is not None
        self._turn = turn
        return self._connection

    def put_back_writer(self) -> None:
        assert self._turn is not None
        self._turns.give_back(self._turn)

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[SqliteConnection]:
        """Lends the writing connection for statements that are not retried while another process has the lock."""
        connection = await self.take_writer()
        try:
            await connection.execute_fetchall(f"PRAGMA busy_timeout={self.pragmas['busy_timeout']}")
            yield connection
        finally:
            try:
                await connection.execute_fetchall(f"PRAGMA busy_timeout={_BRIEFLY_MS}")
            finally:
                self.put_back_writer()

    async def close(self) -> None:
        await self.statements.pool.close()
        await self.reserved.pool.close()
        if self._short_reads is not None:
            self._short_reads.close()
            self._short_reads = None
        await super().close()

    def acquire_connection(self) -> Any:
        """Lends a connection for statements that Tortoise itself runs outside a transaction."""
        return self._writer()

    def _in_transaction(self) -> TransactionContext:
        return Transaction(self)


client_class = SqliteClient
