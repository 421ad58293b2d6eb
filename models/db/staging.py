"""Gives statements rows that they process as a set.

`stage` loads many rows into a temporary table of the transaction, by COPY on PostgreSQL, bound one by one on SQLite. It
does not outlive the transaction. `run_script` has its own transaction, for a few rows.

While a COPY waits for rows, PostgreSQL ignores its statement_timeout, and the client may be frozen. Rows are therefore
staged before the transaction locks anything.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from tortoise.connection import get_connection

from models.db import database, deadline
from models.db.application import current
from models.db.database import Row
from models.db.sqlite.values import to_parameter
from models.db.transactions import note_change_rows


async def stage(
    table: str, columns: Mapping[str, str], rows: bytes | Sequence[Sequence[Any]], *, delimiter: str, null: str
) -> None:
    """Creates and fills the table, in a transaction. `columns` maps names to PostgreSQL's types.

    On PostgreSQL, `rows` is text for COPY with this delimiter and NULL. On SQLite, `rows` are tuples of values in its
    storage format.
    """
    client = cast(Any, get_connection("default"))
    if not database.in_a_transaction():
        raise RuntimeError("call stage() inside a transaction")
    if isinstance(rows, bytes):
        definition = ", ".join(f"{name} {_collated(kind)}" for name, kind in columns.items())
        await database.execute(f"CREATE TEMPORARY TABLE {table} ({definition}) ON COMMIT DROP")
        with database.statement():
            await client._connection.copy_to_table(
                table, source=_pieces(rows), columns=list(columns), format="text", delimiter=delimiter, null=null
            )
        return
    is_new = not await database.fetch("SELECT 1 FROM temp.sqlite_master WHERE name = $1", table)
    definition = ", ".join(f"{name} {_SQLITE.get(kind, 'TEXT')}" for name, kind in columns.items())
    await database.execute(f"CREATE TEMPORARY TABLE {table} ({definition})" if is_new else f"DELETE FROM {table}")
    marks = ", ".join("?" * len(columns))
    with database.statement():
        await client._connection.executemany(f"INSERT INTO temp.{table} ({', '.join(columns)}) VALUES ({marks})", rows)
    if (
        is_new
    ):  # otherwise SQLite assumes a million rows, and reads whole tables to filter the rows before it joins them
        await database.execute(f"ANALYZE temp.{table}")


BETWEEN = ";\n"
"""What separates the statements of a script on SQLite."""
GIVEN = "given"
"""The name of the rows of a script on PostgreSQL, before its parts."""


def script(columns: Mapping[str, str], parts: Mapping[str, str], query: str) -> str:
    """Returns the text of a script for `run_script`: a query, and the statements that run before it, by name.

    Each statement must use the account, $1. On PostgreSQL the parts are the CTEs of one statement, and can read the
    rows from `GIVEN`. On SQLite they run one after another.
    """
    if not database.is_postgres():
        return BETWEEN.join([*parts.values(), query])
    named = ", ".join(f"{name} AS ({sql})" for name, sql in parts.items())
    return f"WITH {GIVEN} AS MATERIALIZED (SELECT * FROM {database.rows_of('$2', 'r', columns)}), {named} {query}"


async def run_script(
    account_id: UUID, table: str, columns: Collection[str], rows: Sequence[Mapping[str, Any]], text: str
) -> Sequence[Row]:
    """Runs a script in its own transaction, and returns the rows of its query. Raises the exceptions of `fetch`.

    The caller notes for which operations it wrote (`note_written`). On SQLite, the rows are in a temporary table of
    this name and these columns, and it must not be in a transaction.
    """
    application = current()
    statements = application.client.statements
    if application.is_postgres:
        note_change_rows()
        if database.in_a_transaction():
            return await database.fetch(text, account_id, rows)
        running = statements.fetch_written(text, (account_id, rows))
    else:
        values = [[row[name] for name in columns] for row in rows]
        running = statements.run_script(table, tuple(columns), values, text.split(BETWEEN), account_id)
    with application.engine.translated(database.note_statement(text, deadline.current())):
        return cast(Sequence[Row], await running)


async def append(table: str, account_id: UUID, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts many rows into a table of an account, in a transaction. JSON must be able to represent the values.

    `columns` are those of `rows`, without account_id.
    """
    if not rows:
        return
    client = cast(Any, get_connection("default"))
    names = ", ".join(f'"{name}"' for name in columns)
    if database.is_postgres():
        # COPY is not used, because the transaction may already have locks.
        source = f"jsonb_populate_recordset(NULL::{table}, $1::jsonb)"
        await database.execute(
            f"INSERT INTO {table} (account_id, {names}) SELECT $2, {names} FROM {source}",
            [dict(zip(columns, row, strict=True)) for row in rows],
            account_id,
        )
        return
    marks = ", ".join("?" * (len(columns) + 1))
    values = [[to_parameter(value) for value in (account_id, *row)] for row in rows]
    with database.statement():
        await client._connection.executemany(f"INSERT INTO {table} (account_id, {names}) VALUES ({marks})", values)


async def _pieces(text: bytes) -> AsyncIterator[bytes]:
    """Yields the text in pieces. With a file, asyncpg would keep the text until the next garbage collection."""
    for start in range(0, len(text), _PIECE_BYTES):
        yield text[start : start + _PIECE_BYTES]


_PIECE_BYTES = 1 << 19
_SQLITE = {"integer": "INTEGER", "uuid": "UUID"}


def _collated(kind: str) -> str:
    """Returns the type with the collation of the tables' texts."""
    return 'text COLLATE "C"' if kind == "text" else kind
