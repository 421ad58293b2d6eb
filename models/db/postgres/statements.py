"""Single statements on PostgreSQL, outside transactions and inside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
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
        """Returns the rows of a statement that writes. Raises ResultUnknown if the connection is lost while it runs."""
        return await self._write(lambda connection: connection.rows(sql, args))

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Returns the number of changed rows. Raises ResultUnknown like `fetch_written`."""
        return await self._write(lambda connection: execute(connection, sql, args))

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
        note_written()
        return result


@contextmanager
def settling(connection: PostgresConnection, *, is_cancelled: bool) -> Iterator[None]:
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


async def fetch(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> Any:
    """Returns the rows of a statement."""
    return await connection.fetch(sql, *args)


async def execute(connection: "asyncpg.Connection[asyncpg.Record]", sql: str, args: Sequence[Any]) -> int:
    """Runs a statement without rows, and returns the number of changed rows."""
    count = (await connection.execute(sql, *args)).rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
