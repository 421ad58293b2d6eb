"""SQLite's side of the database: a Tortoise engine that several processes can write through, and readers beside it.

Values come back as Python objects by the declared type of their column, or by ``AS "name [type]"`` where an expression
has none; models.sqlite_values says how they are kept. Loaded by whoever connects to SQLite, and by nobody else.
"""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import aiosqlite
import orjson
from asyncpg.pgproto import pgproto
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.sqlite.client import (
    SqliteClient as TortoiseSqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from models.kept_texts import kept_texts
from models.sqlite_short_reads import ShortReads
from models.sqlite_values import to_parameter
from models.transactions import UniqueViolation

BUSY_TIMEOUT_MS = 30_000
_TYPES = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES
_PRAGMAS_OF_WRITERS = ("journal_mode", "busy_timeout")


def _uuid(text: bytes) -> UUID:
    """Of the class that asyncpg gives: a UUID that is read, hashed and written in a fraction of the time."""
    return pgproto.UUID(text.decode())


sqlite3.register_converter("uuid", _uuid)
sqlite3.register_converter("timestamp", lambda text: datetime.fromisoformat(text.decode()))
sqlite3.register_converter("json", orjson.loads)
sqlite3.register_converter("boolean", lambda text: text == b"1")


@kept_texts(2_000_000)
def numbered(sql: str) -> str:
    """The statement with PostgreSQL's ``$1`` written as SQLite's ``?1``."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


def statements(script: str) -> list[str]:
    """The single statements of a script; triggers stay whole."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return found


class SqliteClient(TortoiseSqliteClient):
    """One connection that writes, in transactions that take the write lock at once, and two that read meanwhile."""

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        kwargs.setdefault("busy_timeout", BUSY_TIMEOUT_MS)
        kwargs.setdefault("synchronous", "NORMAL")
        super().__init__(file_path, **kwargs)
        self._reader: aiosqlite.Connection | None = None
        self._reader_lock = asyncio.Lock()
        self._short_reads: ShortReads | None = None

    async def _connect(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self.filename, isolation_level=None, detect_types=_TYPES)
        connection.row_factory = sqlite3.Row
        try:
            for pragma, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
        except BaseException:
            await connection.close()  # or its thread would go on, and the process with it
            raise
        return connection

    async def create_connection(self, with_db: bool) -> None:
        if not self._connection:
            self._connection = await self._connect()
            await self._post_connect()

    async def fetch_outside_transactions(self, sql: str, args: Sequence[Any]) -> list[sqlite3.Row]:
        """The rows of a statement that stands alone; it sees what is committed."""
        if self._short_reads is None:
            self._short_reads = self._for_short_reads()
        rows = self._short_reads.fetch(numbered(sql), [to_parameter(value) for value in args])
        if rows is None:
            return await fetch(await self._its_reader(), sql, args)
        await asyncio.sleep(0)  # whoever reads and reads lets others have their turn
        return rows

    def _for_short_reads(self) -> ShortReads:
        connection = sqlite3.connect(self.filename, isolation_level=None, detect_types=_TYPES)
        connection.row_factory = sqlite3.Row
        for pragma, value in self.pragmas.items():
            if pragma not in _PRAGMAS_OF_WRITERS:
                connection.execute(f"PRAGMA {pragma}={value}")
        return ShortReads(connection)

    async def _its_reader(self) -> aiosqlite.Connection:
        if not self._reader:
            async with self._reader_lock:
                if not self._reader:
                    self._reader = await self._connect()
        return self._reader

    async def close(self) -> None:
        if self._reader:
            await self._reader.close()
            self._reader = None
        if self._short_reads is not None:
            self._short_reads.close()
            self._short_reads = None
        await super().close()

    def _in_transaction(self) -> SqliteTransactionContext:
        return _Transaction(ImmediateTransaction(self), self._lock)


class _Transaction(SqliteTransactionContext):
    """Lets go of the writer where it is cancelled, or fails, before it has begun; Tortoise's would keep it for good."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            try:
                await self.connection.begin()
            except BaseException:
                await self.connection._connection.rollback()  # what is cancelled here goes on in the writer's thread
                raise
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast(TransactionalDBClient, self.connection)


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that waits for the write lock when it begins, not when it first writes."""

    async def begin(self) -> None:
        try:
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


async def fetch(connection: aiosqlite.Connection, sql: str, args: Sequence[Any]) -> list[sqlite3.Row]:
    return list(await connection.execute_fetchall(numbered(sql), [to_parameter(value) for value in args]))


async def execute(connection: aiosqlite.Connection, sql: str, args: Sequence[Any]) -> int:
    """How many rows the statement changed. One errand of the connection's thread: a cursor of aiosqlite's takes two."""
    run: Any = connection._execute  # its types are not told
    changed: int = await run(_changed, connection._conn, numbered(sql), [to_parameter(value) for value in args])
    return changed


def _changed(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> int:
    return connection.execute(sql, parameters).rowcount


CONFLICTS = (sqlite3.IntegrityError,)


def conflict(error: Exception) -> Exception:
    """What is raised instead of one of CONFLICTS."""
    return UniqueViolation(str(error)) if "UNIQUE" in str(error) else error


client_class = SqliteClient
