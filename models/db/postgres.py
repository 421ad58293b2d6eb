"""PostgreSQL engine for Tortoise, on connection pools that accounts share by turns.

There is one pool for transactions, one for single statements outside transactions, and a small one for token look-ups
and readiness checks. Borrowing a connection costs no round trip.
"""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import asyncpg
import orjson
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.connection import get_connections

from models.db import deadline
from models.db.deadline import (
    DeadlineExceeded,
    ResultUnknown,
    StorageFull,
    TemporaryFailure,
    Unavailable,
    interruptible,
)
from models.db.model_queries import ModelQueries
from models.db.pool import Pool
from models.db.transactions import Conflict, UniqueViolation

T = TypeVar("T")

_TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _tls(text: str) -> str:
    if text not in _TLS:
        raise ValueError(f"one of {', '.join(_TLS)}")
    return text


_OPTIONS: Mapping[str, Callable[[str], Any]] = {
    "application_name": lambda text: {"application_name": text},
    "command_timeout": float,
    "max_cacheable_statement_size": int,
    "max_cached_statement_lifetime": int,
    "maxsize": int,
    "passfile": str,
    "ssl": _tls,
    "sslmode": _tls,
    "statement_cache_size": int,
    "target_session_attrs": str,
    "timeout": float,
}
_OTHER_NAMES = {"application_name": "server_settings", "sslmode": "ssl"}
_WANTED: Mapping[object, str] = {int: "a whole number", float: "a number"}


def options(query: str) -> dict[str, Any]:
    """Parses the query string of a database URL into asyncpg's arguments; `sslmode` is libpq's name for `ssl`.

    Raises ValueError with a predicate, which the caller appends to the name of the URL's setting.
    """
    found: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        read = _OPTIONS.get(name)
        if read is None:
            raise ValueError(f"has the unknown option {name!r}; the options are {', '.join(_OPTIONS)}")
        try:
            found[_OTHER_NAMES.get(name, name)] = read(text)
        except ValueError as problem:
            raise ValueError(f"has {name}={text}: it must be {_WANTED.get(read, problem)}") from None
    return found


_connect_utils: Any = asyncpg.connect_utils  # the stubs lack asyncpg's function that cancels a statement
_APPLICATION_NAME = "muster"
_CONNECT_SECONDS = 5.0
_CLOSE_SECONDS = 2.0
_SETTLE_SECONDS = 3.0
"""How long a COMMIT or a single write may continue after the deadline, before its connection is terminated."""
_RESERVED_CONNECTIONS = 2
_MOST_RETRIES = 10
# Each side notices within a minute that the other one has disappeared. The first two are seconds, the third is a count.
_KEEP_ALIVE = "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
_USER_TIMEOUT_MS = 30_000
_IDLE_IN_TRANSACTION_MS = 15_000
_LOCK_SHARE = 0.8


class Connection(asyncpg.Connection):
    """A connection that returns to its pool without a reset query, because no statement here leaves session state."""

    def get_reset_query(self) -> str:
        return ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109  # asyncpg's
        """Runs a statement. If the operation has a deadline, BEGIN also sets the transaction's timeouts.

        They are set for each transaction because PgBouncer refuses them as startup parameters.
        """
        if query == "BEGIN;" and (bounds := deadline.current()) is not None and bounds.statement_seconds is not None:
            query += _timeouts(bounds.statement_seconds)
        return await super().execute(query, *args, timeout=timeout)

    async def rows(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """Returns the rows of a statement, faster than `fetch`: it passes a prepared statement to asyncpg's protocol.

        Not for use in a transaction. Raises the exceptions of `fetch`. After OutdatedSchemaCacheError the caller must
        terminate the connection.
        """
        connection: Any = self  # the stubs lack these members
        statement = connection._stmt_cache.get((sql, asyncpg.Record, False))
        if statement is None or connection._query_loggers:
            return await self.fetch(sql, *arguments)
        try:
            found: list[asyncpg.Record] = await connection._protocol.bind_execute(
                statement, arguments, "", 0, False, None
            )
        except asyncpg.InvalidCachedStatementError:  # the tables have changed, so the statement must be prepared again
            await self.reload_schema_state()
            return await self.fetch(sql, *arguments)
        return found

    async def recover(self) -> None:
        connection: Any = self
        with suppress(asyncpg.InFailedSQLTransactionError):
            await self.execute("SELECT 1")  # asyncpg sends it once the server has acknowledged the cancellation
        if connection._protocol.is_in_transaction():
            await self.execute("ROLLBACK")
        connection._top_xact = None

    async def cancel_statement(self) -> None:
        """Asks the server to stop the running statement, which then raises or succeeds."""
        connection: Any = self
        with suppress(OSError, asyncpg.PostgresError):
            await _connect_utils._cancel(
                loop=connection._loop,
                addr=connection._addr,
                params=connection._params,
                backend_pid=connection._protocol.backend_pid,
                backend_secret=connection._protocol.backend_secret,
            )

    async def close(self, *, timeout: float | None = _CLOSE_SECONDS) -> None:  # noqa: ASYNC109  # asyncpg's
        with suppress(TimeoutError):
            await super().close(timeout=timeout)


@lru_cache(maxsize=64)
def _timeouts(statement_seconds: float) -> str:
    """Returns SQL for a transaction's timeouts, which end it if this process is frozen or cut off inside."""
    milliseconds = round(statement_seconds * 1000)
    return (
        f" SET LOCAL statement_timeout = {milliseconds}; "
        f"SET LOCAL lock_timeout = {round(milliseconds * _LOCK_SHARE)}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {_IDLE_IN_TRANSACTION_MS};"
    )


def _json(value: Any) -> bytes:
    """Encodes jsonb in its binary form: a version byte and the text."""
    return b"\x01" + (value.encode() if isinstance(value, str) else orjson.dumps(value, default=str))


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=_json,
        decoder=lambda data: orjson.loads(data[1:]),
    )
    await connection.execute(f"{_KEEP_ALIVE}SET tcp_user_timeout = {_USER_TIMEOUT_MS}")
    _keep_alive(connection)


def _keep_alive(connection: Any) -> None:
    """Sets the same on this side of the connection, if the operating system has these options."""
    transport_socket = connection._transport.get_extra_info("socket")
    if transport_socket is None or transport_socket.family == socket.AF_UNIX:
        return
    with socket.socket(fileno=os.dup(transport_socket.fileno())) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20)
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)


# ------------------------------------------------------------------ single statements


class Statements:
    """Runs single statements outside transactions, each on a connection of a pool."""

    def __init__(self, pool: Pool[Connection]) -> None:
        self.pool = pool

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """Returns the rows of a statement. If the connection is lost, the statement runs again on another one."""
        for _ in range(_MOST_RETRIES):
            connection = await self.pool.take()
            try:
                rows = await connection.rows(sql, arguments)
            except asyncpg.InternalClientError:  # the server was closing the connection, or the tables have changed
                connection.terminate()
                self.pool.put_back(connection)
            except BaseException as error:
                self.pool.recover(connection)
                if not (connection.is_closed() and _is_lost(error)):
                    raise
            else:
                self.pool.put_back(connection)
                return rows
        raise Unavailable("The database keeps closing its connections.")

    async def portions(self, sql: str, arguments: Sequence[Any], size: int) -> AsyncIterator[list[asyncpg.Record]]:
        """Returns the rows of a statement in lists of `size` rows. The server sends one list at a time."""
        connection = await self.pool.take()
        try:
            async with connection.transaction():
                cursor = await connection.cursor(sql, *arguments)
                while rows := await cursor.fetch(size):
                    yield rows
        except BaseException:
            self.pool.recover(connection)
            raise
        self.pool.put_back(connection)

    async def fetch_written(self, sql: str, args: Sequence[Any]) -> list[asyncpg.Record]:
        """Returns the rows of a statement that writes. Raises ResultUnknown if the connection is lost while it runs."""
        return await self._write(lambda connection: connection.rows(sql, args))

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Returns the number of changed rows. Raises ResultUnknown like `fetch_written`."""
        return await self._write(lambda connection: execute(connection, sql, args))

    async def _write(self, run: Callable[[Connection], Awaitable[T]]) -> T:
        with interruptible():
            connection = await self.pool.take()
        try:
            with _settling(connection, is_cancelled=True):
                result = await run(connection)
        except BaseException as error:
            self.pool.recover(connection)
            if _leaves_unknown(error):
                raise ResultUnknown("The connection to the database was lost during a write.") from error
            raise
        self.pool.put_back(connection)
        _note_written()
        return result


@contextmanager
def _settling(connection: Connection, *, is_cancelled: bool) -> Iterator[None]:
    """Waits for the outcome for some more seconds if the operation's deadline ends inside.

    With `is_cancelled`, it then also asks the server to stop the statement. It terminates the connection if the server
    does not answer in time.
    """
    bounds = deadline.current()
    if bounds is None:
        yield
        return
    bounds.check()
    loop = asyncio.get_running_loop()
    hurried: list[asyncio.TimerHandle | asyncio.Task[None]] = []

    def hurry() -> None:
        hurried.append(loop.call_later(_SETTLE_SECONDS, connection.terminate))
        if is_cancelled:
            hurried.append(loop.create_task(connection.cancel_statement()))

    try:
        with bounds.calling(hurry):
            yield
    except asyncpg.QueryCanceledError:
        bounds.check()
        raise
    finally:
        for each in hurried:
            each.cancel()


def _note_written() -> None:
    if (bounds := deadline.current()) is not None:
        bounds.has_written = True


# ------------------------------------------------------------------ Tortoise's client


class PostgresClient(ModelQueries, AsyncpgDBClient):
    """Tortoise's asyncpg client on Muster's pools. It converts jsonb to and from Python objects."""

    connection_class = Connection  # type: ignore[assignment]  # generic only in the stubs

    def __init__(self, *args: Any, wait_seconds: float = 5.0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size = self.pool_maxsize
        self.transactions = Pool(size, self.connect, wait_seconds=wait_seconds)
        self.statements = Statements(Pool(size, self.connect, wait_seconds=wait_seconds))
        self.reserved = Statements(Pool(_RESERVED_CONNECTIONS, self.connect, wait_seconds=wait_seconds, is_fair=False))

    async def connect(self) -> Connection:
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
        connection: Connection = await asyncpg.connect(connection_class=Connection, **parameters)
        try:
            await _prepare(connection)
        except BaseException:
            connection.terminate()
            raise
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
        return _Transaction(_Client(self), self.transactions)


class _Lent:
    """A pooled connection for statements that Tortoise itself runs outside a transaction."""

    def __init__(self, pool: Pool[Connection]) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, asyncpg.PostgresError):
            self._pool.put_back(self._connection)
        else:
            self._pool.recover(self._connection)


class _Client(ModelQueries, TransactionWrapper):
    """Tortoise's client inside a transaction."""

    def _in_transaction(self) -> TransactionContext:
        return _Savepoint(_Client(self))


class _Transaction(TransactionContext):
    """An outermost transaction. Its COMMIT always has an outcome, and its ROLLBACK delays no answer."""

    client: _Client

    def __init__(self, client: _Client, pool: Pool[Connection]) -> None:
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
            with _settling(connection, is_cancelled=False):
                await self.client.commit()
        except BaseException as error:
            self._pool.recover(connection)
            if _leaves_unknown(error):
                raise ResultUnknown("The connection to the database was lost during the COMMIT.") from error
            if (other := failure(error)) is not None:
                raise other from error
            raise
        self._pool.put_back(connection)
        _note_written()

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


class _Savepoint(NestedTransactionContext):
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


# ------------------------------------------------------------------ failures


class statement(interruptible):  # noqa: N801  # used like a function
    """`with statement():` is interrupted by the operation's deadline, and raises Muster's exceptions for asyncpg's."""

    __slots__ = ()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is not None and (other := failure(error)) is not None:
            raise other from error


@contextmanager
def translated() -> Iterator[None]:
    """Raises Muster's exceptions for asyncpg's, and interrupts nothing."""
    try:
        yield
    except Exception as error:
        if (other := failure(error)) is not None:
            raise other from error
        raise


def _leaves_unknown(error: BaseException) -> bool:
    """Returns whether a COMMIT, or a single write, that raised this error may have succeeded."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return False
    return _is_lost(error) or isinstance(error, asyncpg.OperatorInterventionError)


def _is_lost(error: BaseException) -> bool:
    """Returns whether the error says that the connection was lost, or could not be opened."""
    if isinstance(error, asyncpg.InterfaceError):  # asyncpg also raises it for incorrect use
        return "closed" in str(error)
    return isinstance(error, (asyncpg.PostgresConnectionError, asyncpg.InternalClientError, OSError))


_READ_ONLY = (asyncpg.ReadOnlySQLTransactionError,)
_FULL = (asyncpg.DiskFullError,)
_BUSY = (
    asyncpg.InsufficientResourcesError,  # too many connections, out of memory
    asyncpg.OperatorInterventionError,  # shutdown, crash, cannot connect now
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def failure(error: BaseException) -> Exception | None:
    """Returns the exception to raise instead of a driver's; None to keep the driver's."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(error.constraint_name or "")
    if isinstance(error, (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)):
        return Conflict(type(error).__name__)
    if isinstance(error, _FULL) or getattr(error, "errno", None) == errno.ENOSPC:
        return StorageFull("The database's disk is full.")
    if isinstance(error, _READ_ONLY):
        return Unavailable("The database accepts no writes at the moment.")
    if isinstance(error, asyncpg.QueryCanceledError):
        return DeadlineExceeded("The database stopped a statement that took too long.")
    if isinstance(error, _BUSY) or _is_lost(error):
        return Unavailable("The database can't be reached, or is too busy.")
    return None


async def fetch(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> Any:
    """Returns the rows of a statement."""
    return await connection.fetch(sql, *args)


async def execute(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> int:
    """Runs a statement without rows, and returns the number of changed rows."""
    count = (await connection.execute(sql, *args)).rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


client_class = PostgresClient
