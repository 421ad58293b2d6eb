"""SQLite engine for Tortoise. Several processes can write, and reads run on several threads.

The declared type of a column decides the Python type of its values; an expression declares it by ``AS "name [type]"``.
models.db.sqlite.values defines how values are stored. Only a process that connects to SQLite imports this module.
"""

import asyncio
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast
from uuid import UUID

import aiosqlite
import orjson
from asyncpg.pgproto import pgproto
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient as TortoiseSqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections

from models.db import deadline
from models.db.deadline import StorageFull, TemporaryFailure, Unavailable, interruptible
from models.db.kept_texts import kept_texts
from models.db.model_queries import ModelQueries
from models.db.pool import Pool
from models.db.sqlite.short_reads import ShortReads
from models.db.sqlite.values import to_parameter
from models.db.transactions import UniqueViolation
from models.db.turns import Turns

T = TypeVar("T")
BUSY_TIMEOUT_MS = 30_000
_BRIEFLY_MS = 20
_READERS_BUSY_TIMEOUT_MS = 1_000
_READERS_NICENESS = 10
_LONGEST_PAUSE_SECONDS = 0.05
_REPEAT_INTERRUPT_SECONDS = 0.01
_SPARE_SECONDS = 0.2
"""How long before its deadline an operation stops waiting for the write lock, so that it can report the reason."""
_TYPES = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES
_PRAGMAS_OF_WRITERS = ("journal_mode", "synchronous", "busy_timeout")


def _uuid(text: bytes) -> UUID:
    """Uses asyncpg's UUID class, which parses, hashes and formats in a fraction of the time."""
    return pgproto.UUID(text.decode())


sqlite3.register_converter("uuid", _uuid)
sqlite3.register_converter("timestamp", lambda text: datetime.fromisoformat(text.decode()))
sqlite3.register_converter("json", orjson.loads)
sqlite3.register_converter("boolean", lambda text: text == b"1")


@kept_texts(2_000_000)
def numbered(sql: str) -> str:
    """Returns the statement with SQLite's ``?1`` instead of PostgreSQL's ``$1``."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


def statements(script: str) -> list[str]:
    """Splits a script into its statements. A trigger is one statement."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return found


# ------------------------------------------------------------------ connections


class _Errand:
    """A function call for the thread of a connection."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self.is_cancelled = self.is_done = False

    def __call__(self) -> Any:
        try:
            if self.is_cancelled:
                raise sqlite3.OperationalError("interrupted")
            return self._function()
        finally:
            self.is_done = True


class Connection(aiosqlite.Connection):
    """A connection with its own thread, in which a statement can be interrupted.

    A cancelled errand does not run, or is interrupted. The thread ends it before it starts another errand.
    """

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        errand = _Errand(partial(fn, *args, **kwargs))
        try:
            return cast(T, await self._done(errand))
        except asyncio.CancelledError:
            self._interrupt(errand)
            raise

    async def settle(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Calls the function in the thread and always waits for its outcome. The deadline interrupts it."""
        errand, bounds = _Errand(partial(function, self._conn)), deadline.current()
        if bounds is None:
            return cast(T, await self._done(errand))
        bounds.check()
        try:
            with bounds.calling(lambda: self._interrupt(errand)):
                return cast(T, await self._done(errand))
        except sqlite3.OperationalError:
            bounds.check()
            raise

    async def _done(self, errand: _Errand) -> Any:
        return await super()._execute(errand)  # type: ignore[no-untyped-call]

    def _interrupt(self, errand: _Errand) -> None:
        """Repeats the interrupt until the errand has ended, because the thread may not have started it yet."""
        errand.is_cancelled = True
        if not errand.is_done and self._connection is not None:
            self._connection.interrupt()
            asyncio.get_running_loop().call_later(_REPEAT_INTERRUPT_SECONDS, self._interrupt, errand)

    # These are never interrupted.

    async def commit(self) -> None:
        await self._done(_Errand(self._conn.commit))

    async def rollback(self) -> None:
        await self._done(_Errand(self._conn.rollback))

    # The methods that a pool calls.

    def is_closed(self) -> bool:
        return self._connection is None

    def terminate(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()
            self.stop()
            self._connection = None

    async def recover(self) -> None:
        await self._done(_Errand(self._conn.rollback))


def _set_up(path: str, pragmas: Sequence[tuple[str, Any]]) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, isolation_level=None, detect_types=_TYPES)
    connection.row_factory = sqlite3.Row
    try:
        for pragma, value in pragmas:
            connection.execute(f"PRAGMA {pragma}={value}")
    except BaseException:
        connection.close()
        raise
    return connection


def _give_way() -> None:
    """Lowers this thread's priority, so that the event loop's thread runs first if there are few cores.

    Only Linux has a priority for each thread.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, _READERS_NICENESS)


def _make_private(path: str) -> None:
    """Creates a missing file with access for its owner only. SQLite gives the files beside it the same mode."""
    if path != ":memory:" and not Path(path).exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


# ------------------------------------------------------------------ single statements


class Statements:
    """Runs single statements: short reads on the event loop's thread, other reads on a pool, writes on the writer."""

    def __init__(self, client: "SqliteClient", pool: Pool[Connection]) -> None:
        self._client = client
        self.pool = pool

    async def fetch(self, sql: str, args: Sequence[Any]) -> list[sqlite3.Row]:
        """Returns the rows of a statement, which sees all committed data."""
        rows = self._client.short_reads().fetch(numbered(sql), [to_parameter(value) for value in args])
        if rows is not None:
            await asyncio.sleep(0)  # a caller that reads in a loop lets other tasks run
            return rows
        connection = await self.pool.take()
        try:
            rows = await fetch(connection, sql, args)
        except BaseException as error:
            self.pool.recover(connection)
            if _code(error) == sqlite3.SQLITE_READONLY:  # a statement that writes and returns rows
                return await self.fetch_written(sql, args)
            raise
        self.pool.put_back(connection)
        return rows

    async def portions(self, sql: str, args: Sequence[Any], size: int) -> AsyncIterator[list[sqlite3.Row]]:
        """Returns the rows of a statement in lists of `size` rows, which are read one at a time."""
        connection = await self.pool.take()
        try:
            async with connection.execute(numbered(sql), [to_parameter(value) for value in args]) as cursor:
                while rows := list(await cursor.fetchmany(size)):
                    yield rows
        except BaseException:
            self.pool.recover(connection)
            raise
        self.pool.put_back(connection)

    async def fetch_written(self, sql: str, args: Sequence[Any]) -> list[sqlite3.Row]:
        """Returns the rows of a statement that writes."""
        parameters = [to_parameter(value) for value in args]
        return await self._write(lambda connection: connection.execute(numbered(sql), parameters).fetchall())

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Returns the number of changed rows."""
        parameters = [to_parameter(value) for value in args]
        return await self._write(lambda connection: connection.execute(numbered(sql), parameters).rowcount)

    async def _write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        with interruptible():
            connection = await self._client.take_writer()
        try:
            result = await _when_unlocked(connection, function)
        finally:
            self._client.put_back_writer()
        _note_written()
        return result


async def _when_unlocked(connection: Connection, function: Callable[[sqlite3.Connection], T]) -> T:
    """Runs a statement that takes the write lock, and retries while another process has the lock.

    SQLite itself waits only for some milliseconds each time, because its waiting can't be interrupted. Raises
    Unavailable shortly before the operation's deadline, or after 30 seconds.
    """
    ends_at = asyncio.get_running_loop().time() + _longest_wait()
    pause = 0.001
    while True:
        try:
            return await connection.settle(function)
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or asyncio.get_running_loop().time() >= ends_at:
                raise
        with interruptible():
            await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _longest_wait() -> float:
    bounds = deadline.current()
    left = None if bounds is None else bounds.left()
    return BUSY_TIMEOUT_MS / 1000 if left is None else max(left - _SPARE_SECONDS, 0.0)


def _note_written() -> None:
    if (bounds := deadline.current()) is not None:
        bounds.has_written = True


# ------------------------------------------------------------------ Tortoise's client


class SqliteClient(ModelQueries, TortoiseSqliteClient):
    """One connection for writing, whose transactions take the write lock when they begin, and several for reading."""

    _connection: Connection | None

    def __init__(self, file_path: str, *, readers: int = 4, wait_seconds: float = 5.0, **kwargs: Any) -> None:
        kwargs.setdefault("busy_timeout", BUSY_TIMEOUT_MS)
        kwargs.setdefault("synchronous", "FULL")
        kwargs.setdefault("secure_delete", "ON")  # overwrites deleted rows with zeros
        super().__init__(file_path, **kwargs)
        self._turns = Turns(1)
        self._writing_for: UUID | None = None
        self._opening = asyncio.Lock()
        self._short_reads: ShortReads | None = None
        self.statements = Statements(self, Pool(readers, self._open_reader, wait_seconds=wait_seconds))
        self.reserved = Statements(self, Pool(1, self._open_reader, wait_seconds=wait_seconds, is_fair=False))

    async def _open(self, pragmas: Sequence[tuple[str, Any]]) -> Connection:
        connection = Connection(partial(_set_up, self.filename, pragmas), iter_chunk_size=64)
        return cast(Connection, await connection)

    async def _open_reader(self) -> Connection:
        connection = await self._open([*self._reading, ("busy_timeout", _READERS_BUSY_TIMEOUT_MS)])
        try:
            await connection._execute(_give_way)
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
            self._short_reads = ShortReads(_set_up(self.filename, self._reading))
        return self._short_reads

    async def create_connection(self, with_db: bool) -> None:
        """Opens the writer."""
        async with self._opening:
            if self._connection is None:
                self._connection = await self._open([*self.pragmas.items(), ("busy_timeout", _BRIEFLY_MS)])
                await self._post_connect()

    async def take_writer(self) -> Connection:
        """Lends the writing connection to one caller at a time.

        Raises Unavailable shortly before the operation's deadline.
        """
        key = deadline.account_key()
        if not self._turns.try_take(key):
            await self._turns.take(key, seconds=_longest_wait(), problem="Too many operations wait to write.")
        try:
            await self.create_connection(with_db=True)
        except BaseException:
            self._turns.give_back(key)
            raise
        assert self._connection is not None
        self._writing_for = key
        return self._connection

    def put_back_writer(self) -> None:
        self._turns.give_back(self._writing_for)

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[Connection]:
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
        return _Transaction(self)


class _Client(ModelQueries, SqliteTransactionWrapper):
    """Tortoise's client inside a transaction."""

    def _in_transaction(self) -> TransactionContext:
        return _Savepoint(_Client(self))


class _Transaction(TransactionContext):
    """An outermost transaction. It waits for the write lock when it begins, not when it first writes."""

    def __init__(self, client: SqliteClient) -> None:
        self._client = client
        self.connection_name = client.connection_name

    async def __aenter__(self) -> TransactionalDBClient:
        with statement():
            self._connection = await self._client.take_writer()
            try:
                await _when_unlocked(self._connection, _begin)
            except BaseException:
                await self._give_up()
                raise
        client = _Client(self._client)
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
                if not self._connection.in_transaction:
                    raise Unavailable("SQLite has rolled the transaction back.")
                await self._connection.commit()
            except BaseException:
                await self._give_up()
                raise
        self._client.put_back_writer()
        _note_written()

    async def _give_up(self) -> None:
        """Rolls back and frees the writer, even if it is cancelled, because the thread runs its errands in order."""
        try:
            await self._connection.rollback()
        finally:
            self._client.put_back_writer()


class _Savepoint(NestedTransactionContext):
    """A nested transaction. After a temporary failure the outer transaction is lost, so it does nothing more."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, TemporaryFailure):
            await super().__aexit__(kind, error, trace)


async def fetch(connection: aiosqlite.Connection, sql: str, args: Sequence[Any]) -> list[sqlite3.Row]:
    return list(await connection.execute_fetchall(numbered(sql), [to_parameter(value) for value in args]))


async def execute(connection: aiosqlite.Connection, sql: str, args: Sequence[Any]) -> int:
    """Runs a statement without rows, and returns the number of changed rows.

    It takes one errand of the connection's thread; aiosqlite's cursor takes two.
    """
    run: Any = connection._execute  # it has no type annotations
    changed: int = await run(_changed, connection._conn, numbered(sql), [to_parameter(value) for value in args])
    return changed


def _changed(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> int:
    return connection.execute(sql, parameters).rowcount


# ------------------------------------------------------------------ failures


class statement(interruptible):  # noqa: N801  # used like a function
    """`with statement():` is interrupted by the operation's deadline, and raises Muster's exceptions for SQLite's."""

    __slots__ = ()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is not None and (other := failure(error)) is not None:
            raise other from error


@contextmanager
def translated() -> Iterator[None]:
    """Raises Muster's exceptions for SQLite's, and interrupts nothing."""
    try:
        yield
    except Exception as error:
        if (other := failure(error)) is not None:
            raise other from error
        raise


_PROBLEMS = {
    sqlite3.SQLITE_BUSY: "Another process has locked the database for too long.",
    sqlite3.SQLITE_LOCKED: "A table of the database is locked.",
    sqlite3.SQLITE_NOMEM: "There is not enough memory.",
    sqlite3.SQLITE_READONLY: "The database accepts no writes at the moment.",
    sqlite3.SQLITE_INTERRUPT: "The statement was interrupted.",
    sqlite3.SQLITE_IOERR: "The database file can't be read or written.",
    sqlite3.SQLITE_CANTOPEN: "The database file can't be opened.",
    sqlite3.SQLITE_PROTOCOL: "The database file is locked.",
}


def failure(error: BaseException) -> Exception | None:
    """Returns the exception to raise instead of a driver's; None to keep the driver's."""
    if isinstance(error, sqlite3.IntegrityError):
        return UniqueViolation(str(error)) if "UNIQUE" in str(error) else None
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return StorageFull("The database's disk is full.")
    problem = _PROBLEMS.get(code) if code is not None else None
    return None if problem is None else Unavailable(problem)


def _code(error: BaseException) -> int | None:
    """Returns SQLite's primary result code; None for any other exception."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


client_class = SqliteClient
