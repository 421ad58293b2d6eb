"""Rows from tables, in one statement whatever their number."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from models import database
from models.database import Row
from models.kept_texts import kept_texts
from models.sql import MARK, Raw, Sql, numbered
from resolvers.tables import Table
from schema.execution import Shared

_PLACES = "places"


def of_account(table: Table, account_id: UUID) -> Sql:
    """Only the account's own rows: every query says so."""
    return Sql(f"{table.name}.account_id = {MARK}", (account_id,))


def of_id(table: Table, account_id: UUID, id: UUID) -> Sql:
    """The account's row of this id."""
    return of_account(table, account_id) & Sql(f"{table.name}.id = {MARK}", (id,))


async def rows(table: Table, columns: Sequence[str], where: Sql, *, order: str = "") -> Sequence[Row]:
    """The rows for which a condition holds. `order` is SQL over the table's columns."""
    sql = _statement(table, tuple(columns), where.text, order, database.is_postgres())
    return await database.fetch(sql, *where.values)


async def row(table: Table, columns: Sequence[str], where: Sql) -> Row | None:
    """The one row for which a condition holds, if there is one."""
    found = await rows(table, columns, where)
    return found[0] if found else None


async def by_key(
    table: Table, columns: Sequence[str], where: Sql, *, key: str = "id", keys: Sequence[Any], kind: str = "uuid"
) -> list[Row | None]:
    """One row for each key, in the keys' order; None for a key that has none. `key` is the name of a column."""
    wanted = where & Sql(database.any_of(f"{table.name}.{key}", MARK, kind), (list(keys),))
    selected = columns if key in columns else (*columns, key)
    found = {row[key]: row for row in await rows(table, selected, wanted)}
    return [found.get(value) for value in keys]


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
) -> Shared:
    """The rows that `link` ties to each key, in the keys' order: its `parent` is the key, its `child` the row's id."""
    sql = _linked_statement(table, tuple(columns), order, link, child, parent, database.is_postgres())
    found = await database.fetch(sql, account_id, list(keys))
    return Shared(found, [row[_PLACES] for row in found], len(keys))


def grouped(found: Iterable[Row], column: str, keys: Sequence[Any]) -> list[list[Row]]:
    """The rows of each key by a column's value, in the keys' order."""
    groups: dict[Any, list[Row]] = {key: [] for key in keys}
    for one in found:
        groups[one[column]].append(one)
    return [groups[key] for key in keys]


@kept_texts(1_000_000)
def _statement(table: Table, columns: tuple[str, ...], where: str, order: str, is_postgres: bool) -> str:
    text = str(table.query(columns).where(Raw(where)).get_sql())
    return numbered(f"{text} ORDER BY {order}" if order else text)


@kept_texts(1_000_000)
def _linked_statement(
    table: Table, columns: tuple[str, ...], order: str, link: Table, child: str, parent: str, is_postgres: bool
) -> str:
    """Parameters: the account, the keys."""
    tied = (
        f"SELECT link.{child} AS child, {database.list_of('parents.place')} AS {_PLACES} "
        f"FROM {database.placed('$2', 'parents', 'uuid')} JOIN {link.name} AS link "
        f"ON link.account_id = $1 AND link.{parent} = parents.key GROUP BY link.{child}"
    )
    places = Raw(database.typed(f"tied.{_PLACES}", _PLACES, "json"))
    selected = table.query(columns).select(places).get_sql()
    return (
        f"{selected} JOIN ({tied}) AS tied ON tied.child = {table.name}.id "
        f"WHERE {table.name}.account_id = $1 ORDER BY {order}"
    )
