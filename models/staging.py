"""Many rows at once into a table of the transaction's own: by COPY on PostgreSQL, bound one by one on SQLite.

From there they go on as a set. The table is gone when the transaction ends.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from tortoise.connection import get_connection

from models import database
from models.sqlite_values import to_parameter


async def stage(
    table: str, columns: Mapping[str, str], rows: bytes | Sequence[Sequence[Any]], *, delimiter: str, null: str
) -> None:
    """Fills the table, in a transaction. `columns`: name to PostgreSQL's type.

    `rows` is the text that COPY takes on PostgreSQL, with this delimiter and NULL; on SQLite tuples of what it keeps.
    """
    client = cast(Any, get_connection("default"))
    if not database.in_a_transaction():
        raise RuntimeError("what is staged belongs to a transaction")
    if isinstance(rows, bytes):
        definition = ", ".join(f"{name} {_collated(kind)}" for name, kind in columns.items())
        await database.execute(f"CREATE TEMPORARY TABLE {table} ({definition}) ON COMMIT DROP")
        with database.statement():
            await client._connection.copy_to_table(
                table, source=_pieces(rows), columns=list(columns), format="text", delimiter=delimiter, null=null
            )
        return
    definition = ", ".join(f"{name} {_SQLITE.get(kind, 'TEXT')}" for name, kind in columns.items())
    await database.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({definition})")
    await database.execute(f"DELETE FROM {table}")
    marks = ", ".join("?" * len(columns))
    with database.statement():
        await client._connection.executemany(f"INSERT INTO temp.{table} ({', '.join(columns)}) VALUES ({marks})", rows)


async def append(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Adds many rows to a table of the account's, in a transaction: values as Python has them."""
    if not rows:
        return
    client = cast(Any, get_connection("default"))
    if database.is_postgres():
        with database.statement():
            await client._connection.copy_records_to_table(table, columns=columns, records=rows)
        return
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    values = [[to_parameter(value) for value in row] for row in rows]
    with database.statement():
        await client._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)


async def _pieces(text: bytes) -> AsyncIterator[bytes]:
    """Not a file: what asyncpg makes of one holds the text until garbage is collected, which may be long."""
    for start in range(0, len(text), _PIECE_BYTES):
        yield text[start : start + _PIECE_BYTES]


_PIECE_BYTES = 1 << 19
_SQLITE = {"integer": "INTEGER", "uuid": "UUID"}


def _collated(kind: str) -> str:
    """Texts compare as those of the tables do."""
    return 'text COLLATE "C"' if kind == "text" else kind
