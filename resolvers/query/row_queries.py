"""Reads rows of tables, any number of them in one statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.shared_statements import filled
from models.db.sql import MARK, TRUE, Sql, numbered
from models.db.text_cache import cache_texts
from resolvers.query.tables import Table
from schema.execution import SharedRows

_PLACES = "places"


def of_account(table: Table, account_id: UUID) -> Sql:
    """Returns the condition that a row belongs to the account. Every query needs it."""
    return Sql(f"{table.name}.{table.account} = {MARK}", (account_id,))


def of_id(table: Table, account_id: UUID, id: UUID) -> Sql:
    """Returns the condition for the account's row with this ID."""
    return of_account(table, account_id) & Sql(f"{table.name}.id = {MARK}", (id,))


def one_of(table: Table, column: str, values: Sequence[str]) -> Sql:
    """Returns the condition that a column of text has one of the values."""
    return Sql(database.sql_in(f"{table.name}.{column}", MARK, "text"), (sorted(set(values)),))


async def rows(table: Table, columns: Sequence[str], where: Sql, *, order: str = "") -> Sequence[Row]:
    """Returns the rows that match a condition. `order` is SQL over the table's columns."""
    sql = _statement(table, tuple(columns), where.text, order, database.is_postgres())
    return await database.fetch(sql, *where.values)


async def row(table: Table, columns: Sequence[str], where: Sql) -> Row | None:
    """Returns the row that matches a condition, or None. At most one row may match."""
    sql = _statement(table, tuple(columns), where.text, "", database.is_postgres())
    matches = await database.fetch(sql, *where.values)
    return matches[0] if matches else None


async def by_key(
    table: Table,
    columns: Sequence[str],
    account_id: UUID,
    *,
    keys: Sequence[Any],
    key: str = "id",
    kind: str = "uuid",
    where: Sql = TRUE,
) -> list[Row | None]:
    """Returns the account's row for each key, in the order of the keys; None for a key without a row.

    `key` is the name of a column, `where` an additional condition on the table.
    """
    matches: list[Row | None] = [None] * len(keys)
    for row in await rows_of_keys(table, columns, account_id, keys=keys, key=key, kind=kind, where=where):
        matches[row[-1]] = row
    return matches


async def looked_up(
    table: Table, columns: Sequence[str], account_id: UUID, keys: list[Any], *, column: str, kind: str, where: Sql
) -> dict[Any, Row]:
    """Returns the account's rows with one of the keys, by key. The last column of a row is its key."""
    is_one = len(keys) == 1
    given = keys[0] if is_one else filled(keys)
    sql = _looked_up_statement(table, tuple(columns), where.text, column, kind, is_one, database.is_postgres())
    return {row[-1]: row for row in await database.fetch(sql, account_id, given, *where.values)}


async def rows_of_keys(
    table: Table,
    columns: Sequence[str],
    account_id: UUID,
    *,
    keys: Sequence[Any],
    key: str = "id",
    kind: str = "uuid",
    where: Sql = TRUE,
    order: str = "",
) -> Sequence[Row]:
    """Returns the account's rows with one of the keys. The last column of a row is the position of its key.

    `order` is SQL over the table's columns.
    """
    sql = _keyed_statement(table, tuple(columns), where.text, key, kind, order, database.is_postgres())
    expected = len(keys) * table.characters(columns)
    return await database.fetch_texts(sql, account_id, list(keys), *where.values, expected=expected)


async def linked(
    table: Table,
    columns: Sequence[str],
    account_id: UUID,
    *,
    order: str,
    link: Table,
    child: str,
    parent: str,
    keys: Sequence[Any],
) -> SharedRows:
    """Returns the rows that the table `link` connects to each key, in the order of the keys.

    In `link`, the column `parent` contains the key, and the column `child` the ID of the row.
    """
    sql = _linked_statement(table, tuple(columns), order, link, child, parent, database.is_postgres())
    matches = await database.fetch(sql, account_id, list(keys))
    return SharedRows(matches, [row[_PLACES] for row in matches], len(keys))


@cache_texts(1_000_000)
def _statement(table: Table, columns: tuple[str, ...], where: str, order: str, is_postgres: bool) -> str:
    text = f'SELECT {table.select_list(columns)} FROM "{table.name}" WHERE {where}'
    return numbered(f"{text} ORDER BY {order}" if order else text)


@cache_texts(1_000_000)
def _looked_up_statement(
    table: Table, columns: tuple[str, ...], where: str, column: str, kind: str, is_one: bool, is_postgres: bool
) -> str:
    """Returns the SQL for `looked_up`. Parameters: the account, the key or the list of keys, those of `where`."""
    key, account = f"{table.name}.{column}", f"{table.name}.{table.account}"
    condition = f"{account} = $1 AND {f'{key} = $2' if is_one else database.sql_in(key, '$2', kind)} AND ({where})"
    text = f'SELECT {table.select_list(columns)}, {key} AS looked_up FROM "{table.name}" WHERE {condition}'
    return numbered(text, 3)


@cache_texts(1_000_000)
def _keyed_statement(
    table: Table, columns: tuple[str, ...], where: str, key: str, kind: str, order: str, is_postgres: bool
) -> str:
    """Returns the SQL for `rows_of_keys`. Parameters: the account, the keys, those of `where`."""
    keys = database.with_account_id(database.keys_with_position("$2", "keys", kind), "keys", "$1")
    join = database.lookup_join(
        table.name,
        f"{table.name}.{table.account} = keys.account_id AND {table.name}.{key} = keys.key"
        + database.among(f"{table.name}.{key}", "$2", kind),
    )
    text = f"SELECT {table.select_list(columns)}, keys.place FROM {keys} {join} WHERE {where}"
    return numbered(f"{text} ORDER BY {order}" if order else text, 3)


@cache_texts(1_000_000)
def _linked_statement(
    table: Table, columns: tuple[str, ...], order: str, link: Table, child: str, parent: str, is_postgres: bool
) -> str:
    """Returns the SQL for `linked`. Parameters: the account, the keys.

    Both joins start from the keys, so the cost depends only on the number of keys and their rows.
    """
    keys = database.with_account_id(database.keys_with_position("$2", "parents", "uuid"), "parents", "$1")
    links = database.lookup_join(
        f"{link.name} AS link", f"link.account_id = parents.account_id AND link.{parent} = parents.key"
    )
    tied = (
        f"SELECT link.{child} AS child, {database.list_of('parents.place')} AS {_PLACES} "
        f"FROM {keys} {links} GROUP BY link.{child}"
    )
    children = database.with_account_id(f"({tied}) AS tied", "tied", "$1")
    join = database.lookup_join(
        table.name, f"{table.name}.account_id = tied.account_id AND {table.name}.id = tied.child"
    )
    places = database.selected_as(f"tied.{_PLACES}", _PLACES, "json")
    return f"SELECT {table.select_list(columns)}, {places} FROM {children} {join} ORDER BY {order}"
