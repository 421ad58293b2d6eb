"""Single statements on SQLite, outside transactions and inside."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from models.db.deadline import interruptible, note_written
from models.db.pool import Pool
from models.db.sqlite.connection import SqliteConnection, when_unlocked
from models.db.sqlite.failures import result_code
from models.db.sqlite.texts import numbered
from models.db.sqlite.values import to_parameter

if TYPE_CHECKING:
    from models.db.sqlite.engine import SqliteClient

T = TypeVar("T")


class SqliteStatements:
    """Runs single statements: short reads on the event loop's thread, other reads on a pool, writes on the writer."""

    def __init__(self, client: "SqliteClient", pool: Pool[SqliteConnection]) -> None:
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
            if result_code(error) == sqlite3.SQLITE_READONLY:  # a statement that writes and returns rows
                rows = await self.fetch_written(sql, args)
                note_written()
                return rows
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
        """Returns the rows of a statement that writes. The caller notes it (`note_written`)."""
        parameters = [to_parameter(value) for value in args]
        return await self._write(lambda connection: connection.execute(numbered(sql), parameters).fetchall())

    async def execute(self, sql: str, args: Sequence[Any]) -> int:
        """Returns the number of changed rows."""
        parameters = [to_parameter(value) for value in args]
        count = await self._write(lambda connection: connection.execute(numbered(sql), parameters).rowcount)
        note_written()
        return count

    async def run_script(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], script: Sequence[str], argument: Any
    ) -> list[sqlite3.Row]:
        """Fills a temporary table and runs statements with one parameter, in a transaction and one errand.

        Returns the rows of the last statement. The caller notes what was written (`note_written`).
        """
        *changes, query = map(numbered, script)
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        values = [[to_parameter(value) for value in row] for row in rows]
        parameters = (to_parameter(argument),)

        def run(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            if connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = ?", (table,)).fetchone() is None:
                connection.execute(f"CREATE TEMPORARY TABLE {table} ({names})")
                connection.execute(f"INSERT INTO temp.{table} DEFAULT VALUES")
                connection.execute(f"ANALYZE temp.{table}")  # otherwise SQLite assumes a million rows
                connection.execute(f"DELETE FROM temp.{table}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(f"INSERT INTO temp.{table} ({names}) VALUES ({marks})", values)
                for sql in changes:
                    connection.execute(sql, parameters)
                found = connection.execute(query, parameters).fetchall()
                connection.execute(f"DELETE FROM temp.{table}")
                connection.execute("COMMIT")
            except BaseException:
                while connection.in_transaction:  # an interrupt can also stop a ROLLBACK
                    with suppress(sqlite3.OperationalError):
                        connection.execute("ROLLBACK")
                raise
            return found

        return await self._write(run)

    async def _write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        with interruptible():
            connection = await self._client.take_writer()
        try:
            result = await when_unlocked(lambda: connection.settle(function))
        finally:
            self._client.put_back_writer()
        return result


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
