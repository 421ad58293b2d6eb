"""A PostgreSQL connection: its settings, and how statements on it run and stop."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import asyncpg
import orjson

from models.db import deadline
from models.db.written import telling

_connect_utils: Any = asyncpg.connect_utils  # the stubs lack asyncpg's function that cancels a statement
_CLOSE_SECONDS = 2.0
# Each side notices within a minute that the other one has disappeared. The first two are seconds, the third is a count.
_KEEP_ALIVE = "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
_USER_TIMEOUT_MS = 30_000
_IDLE_IN_TRANSACTION_MS = 15_000
_LOCK_SHARE = 0.8


class PostgresConnection(asyncpg.Connection):
    """A connection that returns to its pool without a reset query, because no statement here leaves session state."""

    before_commit = ""
    """Statements without parameters, each with a semicolon, that travel in the message of the next COMMIT."""
    tells_writes = False
    """Whether it tells all processes about writes of accounts (`models.db.written`)."""
    _after_commit = ""

    def get_reset_query(self) -> str:
        return ""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109  # asyncpg's
        """Runs a statement. If the operation has a deadline, BEGIN also sets the transaction's timeouts.

        COMMIT first runs the statements of `before_commit`. If one of them fails, the transaction is not committed.
        After `tell_at_commit`, the same message tells all processes about the write.
        The timeouts are set for each transaction because PgBouncer refuses them as startup parameters.
        """
        if query == "BEGIN;" and (bounds := deadline.current()) is not None and bounds.statement_seconds is not None:
            query += _timeouts(bounds.statement_seconds)
        elif query == "COMMIT;":
            query = self.before_commit + query + self._after_commit
            self.before_commit = self._after_commit = ""
        return await super().execute(query, *args, timeout=timeout)

    def tell_at_commit(self) -> None:
        """Makes the next COMMIT tell all processes that the account of the running operation has written."""
        if self.tells_writes and (account_id := deadline.account_key()) is not None:
            self._after_commit = telling(account_id)

    async def tell(self) -> None:
        """Tells all processes that the account of the running operation has written, after a write that committed."""
        if self.tells_writes and (account_id := deadline.account_key()) is not None:
            with suppress(asyncpg.QueryCanceledError):  # the write itself has succeeded
                await super().execute(telling(account_id))

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
        self.before_commit = self._after_commit = ""
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
    return value.encode() if isinstance(value, str) else orjson.dumps(value, default=str)


_CODECS = {
    "json": (_json, orjson.loads),
    # The binary form of jsonb is a version byte and the text.
    "jsonb": (lambda value: b"\x01" + _json(value), lambda data: orjson.loads(data[1:])),
}


async def prepare(connection: PostgresConnection) -> None:
    for name, (encoder, decoder) in _CODECS.items():
        await connection.set_type_codec(name, schema="pg_catalog", format="binary", encoder=encoder, decoder=decoder)
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
