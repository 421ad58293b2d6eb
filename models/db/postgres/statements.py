"""Single statements on PostgreSQL, outside transactions and inside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, TypeVar

import asyncpg

from models.db import deadline
from models.db.deadline import ResultUnknown, Unavailable, interruptible, note_written
from models.db.pool import Pool
from models.db.postgres.connection import PostgresConnection
from models.db.postgres.failures import is_lost, leaves_unknown

T = TypeVar("T")
_SETTLE_SECONDS = 3.0
"""How long a COMMIT or a single write may continue after the deadline, before its connection is terminated."""
_MOST_RETRIES = 10


class PostgresStatements:
    """Runs single statements outside transactions, each on a connection of a pool."""

    def __init__(self, pool: Pool[PostgresConnection]) -> None:
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
                if not (connection.is_closed() and is_lost(error)):
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
        """Returns the rows of a statement that writes. Raises ResultUnknown if the connection is lost while it runs.

        The caller notes whether the running operation has written (`note_written`).
        """
        return await self._write(lambda connection: connection.rows(sql, args))

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Returns the number of changed rows. Raises ResultUnknown like `fetch_written`."""
        count = await self._write(lambda connection: execute(connection, sql, args))
        note_written()
        return count

    async def _write(self, run: Callable[[PostgresConnection], Awaitable[T]]) -> T:
        with interruptible():
            connection = await self.pool.take()
        try:
            with settling(connection, is_cancelled=True):
                result = await run(connection)
                await connection.tell()
        except BaseException as error:
            self.pool.recover(connection)
            if leaves_unknown(error):
                raise ResultUnknown("The connection to the database was lost during a write.") from error
            raise
        self.pool.put_back(connection)
        return result


class settling:  # noqa: N801  # used like a function
    """Waits for the outcome for some more seconds if the operation's deadline ends inside.

    With `is_cancelled`, it then also asks the server to stop the statement. It terminates the connection if the server
    does not answer in time.
    """

    __slots__ = ("_bounds", "_connection", "_hurried", "_is_cancelled")

    def __init__(self, connection: PostgresConnection, *, is_cancelled: bool) -> None:
        self._connection = connection
        self._is_cancelled = is_cancelled

    def __enter__(self) -> None:
        self._hurried: Sequence[asyncio.TimerHandle | asyncio.Task[None]] = ()
        bounds = self._bounds = deadline.current()
        if bounds is not None:
            bounds.check()
            bounds.call_at_end(self._hurry)

    def _hurry(self) -> None:
        loop, connection = asyncio.get_running_loop(), self._connection
        last = loop.call_later(_SETTLE_SECONDS, connection.terminate)
        self._hurried = (last, loop.create_task(connection.cancel_statement())) if self._is_cancelled else (last,)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bounds is None:
            return
        self._bounds.do_not_call(self._hurry)
        for each in self._hurried:
            each.cancel()
        if isinstance(error, asyncpg.QueryCanceledError):
            self._bounds.check()


async def fetch(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> Any:
    """Returns the rows of a statement."""
    return await connection.fetch(sql, *args)


async def execute(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> int:
    """Runs a statement without rows, and returns the number of changed rows."""
    count = (await connection.execute(sql, *args)).rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
