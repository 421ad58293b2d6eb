"""PostgreSQL's side of the database: a Tortoise engine whose connections cost no extra round trip, and readers.

Transactions take their connection from Tortoise's pool. A single statement takes one of the readers, which are
connections of their own: an idle one is there at once, without the bookkeeping of a pool.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import orjson
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from models.transactions import Conflict, UniqueViolation

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
    "max_inactive_connection_lifetime": float,
    "max_queries": int,
    "maxsize": int,
    "minsize": int,
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
    """What stands behind the ``?`` of a URL, as asyncpg takes it; `sslmode` is libpq's word for its `ssl`.

    Raises ValueError, whose text goes on from the name of what holds the URL.
    """
    found: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        read = _OPTIONS.get(name)
        if read is None:
            raise ValueError(f"has the option {name!r}, which is none of {', '.join(_OPTIONS)}")
        try:
            found[_OTHER_NAMES.get(name, name)] = read(text)
        except ValueError as problem:
            raise ValueError(f"has {name}={text}: it must be {_WANTED.get(read, problem)}") from None
    return found


_OF_POOLS_ALONE = ("min_size", "max_size", "max_queries", "max_inactive_connection_lifetime")
_LOST = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError)


class Connection(asyncpg.Connection):
    """A connection that goes back to the pool without a reset query: nothing here leaves session state behind."""

    def get_reset_query(self) -> str:
        return ""

    async def rows(self, sql: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        """What `fetch` gives; a statement that is prepared already goes to asyncpg's protocol at once.

        Not in a transaction. Raises what `fetch` does; after OutdatedSchemaCacheError the connection is to be given up.
        """
        connection: Any = self  # what its stubs don't tell
        statement = connection._stmt_cache.get((sql, asyncpg.Record, False))
        if statement is None or connection._query_loggers:
            return await self.fetch(sql, *arguments)
        try:
            found: list[asyncpg.Record] = await connection._protocol.bind_execute(
                statement, arguments, "", 0, False, None
            )
        except asyncpg.InvalidCachedStatementError:  # the tables have changed: it is to be prepared anew
            await self.reload_schema_state()
            return await self.fetch(sql, *arguments)
        return found


def _json(value: Any) -> bytes:
    """jsonb in its binary form: a version, and the text."""
    return b"\x01" + (value.encode() if isinstance(value, str) else orjson.dumps(value, default=str))


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=_json,
        decoder=lambda data: orjson.loads(data[1:]),
    )


class Readers:
    """At most `size` connections for single statements outside transactions; opened as they are needed."""

    def __init__(self, size: int, connect: "Callable[[], Awaitable[Connection]]") -> None:
        self._connect = connect
        self._idle: list[Connection] = []
        self._may_open = size
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def fetch(self, sql: str, arguments: Sequence[Any], *, is_repeatable: bool = True) -> list[asyncpg.Record]:
        """The statement's rows. A repeatable one that met a connection that the server had closed is run again on
        another.
        """
        idle = self._idle
        connection = idle.pop() if idle else None
        if connection is None or connection.is_closed():
            connection = await self._take(connection)
        try:
            return await connection.rows(sql, arguments)
        except asyncpg.InternalClientError as error:  # the server was closing it, and nothing was sent
            connection.terminate()
            if isinstance(error, asyncpg.OutdatedSchemaCacheError) and not is_repeatable:
                raise
        except _LOST:
            if not connection.is_closed() or not is_repeatable:
                raise
        finally:
            self._put_back(connection)
        return await self.fetch(sql, arguments, is_repeatable=is_repeatable)

    async def _take(self, closed: Connection | None) -> Connection:
        """One that is open, in the stead of a closed one that was idle."""
        self._may_open += closed is not None
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
                self._may_open += 1
            if self._may_open:
                self._may_open -= 1
                try:
                    return await self._connect()
                except BaseException:
                    self._may_open += 1
                    self._wake_one()
                    raise
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                if waiting.done() and not waiting.cancelled():
                    self._wake_one()
                raise

    def _put_back(self, connection: Connection) -> None:
        if connection.is_closed():
            self._may_open += 1
        else:
            self._idle.append(connection)
        if self._waiting:
            self._wake_one()

    def _wake_one(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return

    async def close(self) -> None:
        for connection in self._idle:
            await connection.close()
        self._idle.clear()


class PostgresClient(AsyncpgDBClient):
    """Tortoise's asyncpg client; jsonb is Python objects in and out."""

    connection_class = Connection  # type: ignore[assignment]  # generic in the stubs alone
    _readers: Readers | None = None

    async def create_pool(self, **kwargs: Any) -> "asyncpg.Pool[asyncpg.Record]":
        return await asyncpg.create_pool(None, init=_prepare, **kwargs)

    @property
    def readers(self) -> Readers:
        if self._readers is None:
            self._readers = Readers(self.pool_maxsize, self.connect)
        return self._readers

    async def connect(self) -> Connection:
        """A connection of its own, outside the pool."""
        parameters: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "server_settings": self.server_settings,
            **{name: value for name, value in self.extra.items() if name not in _OF_POOLS_ALONE},
        }
        connection: Connection = await asyncpg.connect(connection_class=Connection, **parameters)
        await _prepare(connection)
        return connection

    async def close(self) -> None:
        if self._readers is not None:
            await self._readers.close()
            self._readers = None
        await super().close()

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(TransactionWrapper(self), self._pool_init_lock)


class _Transaction(TransactionContextPooled):
    """Gives its connection back where it is cancelled, or fails, before it has begun; Tortoise's would keep it."""

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            connection = getattr(self.client, "_connection", None)
            if connection is not None:
                get_connections().reset(self.token)
                await self.client._parent._pool.release(connection)
            raise


async def execute(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> int:
    """Runs a statement that gives no rows; how many rows it changed."""
    count = (await connection.execute(sql, *args)).rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


CONFLICTS = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


def conflict(error: Exception) -> Exception:
    """What is raised instead of one of CONFLICTS."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(error.constraint_name or "")
    return Conflict(type(error).__name__)


client_class = PostgresClient
