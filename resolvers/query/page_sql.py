"""The SQL of pages. Each statement is cached by the shape of the page; values are always parameters."""

from collections.abc import Iterable
from typing import NamedTuple

from models.db import database
from models.db.sql import ACCOUNT, MARK, Search, Sql, numbered
from models.db.text_cache import cache_texts
from resolvers.query.keyset_order import Order
from resolvers.query.tables import Table
from schema.execution import Selection

_CURSOR = "cursor_{}"
_COLUMN_TYPES = {"timestamptz": "timestamp", "uuid": "uuid"}


class PageSource(NamedTuple):
    """The rows of a page or of many pages: those of a table that match conditions, in an order.

    - `where` is the condition, including the account if there is one page. For the pages of many parents, each parent
      brings the account: PostgreSQL estimates one row for the parameter of an account that it has not analyzed, and
      then compares all of the account's rows with each other.
    - `search` is a separate condition, because it can match many rows or hardly any.
    - `joins` are additional tables, each with its condition.
    - `parent` is the column that contains a row's parent, in one of the tables. Without it there is one page.
    - `linked_order` is the same order as `order`, by columns of a joined table that has an index for it.
    """

    table: Table
    where: Sql
    order: Order
    joins: tuple[tuple[Table, str], ...] = ()
    parent: str | None = None
    linked_order: Order | None = None
    search: Search | None = None

    @property
    def condition(self) -> Sql:
        """The complete condition, including the search."""
        return self.where if self.search is None else self.where & self.search.condition

    @property
    def has_filter(self) -> bool:
        """True if there are conditions other than the account."""
        of_account = 0 if self.parent else 1
        return self.search is not None or len(self.where.values) > of_account


class PageParts(NamedTuple):
    """The parts of a page that an operation selects. `has_cursors` includes the cursors of the ends."""

    columns: tuple[str, ...]
    has_rows: bool
    has_edges: bool
    has_edge_cursors: bool
    has_cursors: bool
    has_page_info: bool
    has_total: bool


def page_parts(selection: Selection) -> PageParts:
    """Returns the parts of a page that the selection of a connection needs."""
    return selection.derived(_page_parts)


def _page_parts(selection: Selection) -> PageParts:
    names = dict.fromkeys((*selection.under("nodes").columns, *selection.under("edges", "node").columns))
    page_info = selection.under("pageInfo")
    has_edges = "edges" in selection
    has_edge_cursors = "cursor" in selection.under("edges")
    return PageParts(
        columns=tuple(names),
        has_rows="nodes" in selection or has_edges or bool(page_info),
        has_edges=has_edges,
        has_edge_cursors=has_edge_cursors,
        has_cursors=has_edge_cursors or "startCursor" in page_info or "endCursor" in page_info,
        has_page_info=bool(page_info),
        has_total="totalCount" in selection,
    )


def cursor_columns(order: Order) -> list[str]:
    """Returns the names of the columns that make a row's cursor."""
    return [_CURSOR.format(place) for place in range(len(order.terms))]


def _selected(table: Table, order: Order, parts: PageParts) -> str:
    """Returns the SELECT list of a page: the selected columns, and those that make the cursors."""
    terms = [table.select_list(parts.columns)]
    if parts.has_cursors:
        for term, name in zip(order.terms, cursor_columns(order), strict=True):
            kind, value = _COLUMN_TYPES.get(term.kind), term.value()
            terms.append(database.selected_as(value, name, kind) if kind else f'{value} AS "{name}"')
    return ",".join(terms)


def _select(table: Table, order: Order, joins: tuple[tuple[Table, str], ...], parts: PageParts, where: str) -> str:
    joined = "".join(f' JOIN "{other.name}" ON {condition}' for other, condition in joins)
    return f'SELECT {_selected(table, order, parts)} FROM "{table.name}"{joined} WHERE {where}'


def _limit(has_offset: bool, limit: int | None = None) -> str:
    """Returns the LIMIT clause with `limit` in its text; without `limit`, the limit is a parameter.

    PostgreSQL overestimates a limit that is a parameter, and therefore plans the statement again for each execution.
    That is desirable if the best plan depends on the values of the filter. Otherwise planning takes longer than
    executing.
    """
    size = MARK if limit is None else str(limit)
    return f"LIMIT {size} OFFSET {MARK}" if has_offset else f"LIMIT {size}"


@cache_texts(2_000_000)
def page_sql(
    table: Table,
    order: Order,
    joins: tuple[tuple[Table, str], ...],
    parts: PageParts,
    where: str,
    is_backwards: bool,
    limit: int | None,
    has_offset: bool,
    is_postgres: bool,
) -> str:
    """Returns the SQL of one page. Parameters: those of `where`, the limit unless `limit` is set, the offset."""
    query = _select(table, order, joins, parts, where)
    return numbered(f"{query} ORDER BY {order.sql(backwards=is_backwards)} {_limit(has_offset, limit)}")


@cache_texts(2_000_000)
def walk_sql(
    table: Table,
    order: Order,
    parts: PageParts,
    where: str,
    search: str,
    is_backwards: bool,
    has_offset: bool,
    is_postgres: bool,
) -> str:
    """Returns the SQL of one page that examines only the first rows of the order.

    Parameters: those of `where`, the number of rows to examine, those of `search`, the limit, the offset.
    """
    name, sorted_by, limit = table.name, order.sql(backwards=is_backwards), _limit(has_offset)
    looked_at = f'(SELECT * FROM "{name}" WHERE {where} ORDER BY {sorted_by} LIMIT {MARK}) AS "{name}"'
    selected = f"SELECT {_selected(table, order, parts)}"
    if is_postgres:
        return numbered(f"{selected} FROM {looked_at} WHERE {search} ORDER BY {sorted_by} {limit}")
    # SQLite does not know that the examined rows are in order. It would examine all of them, and sort those that match.
    found = f'SELECT "{name}".account_id, "{name}".id FROM {looked_at} WHERE {search} {limit}'
    rows = database.lookup_join(f'"{name}"', f'"{name}".account_id = found.account_id AND "{name}".id = found.id')
    return numbered(f"WITH found AS MATERIALIZED ({found}) {selected} FROM found {rows} ORDER BY {sorted_by}")


@cache_texts(2_000_000)
def hits_sql(
    table: Table,
    order: Order,
    parts: PageParts,
    where: str,
    search: str,
    is_backwards: bool,
    has_offset: bool,
    is_postgres: bool,
) -> str:
    """Returns the SQL of one page from all rows that the search finds with its index.

    The first condition of `where` is the account. Parameters: those of `where`, those of `search`, the limit, the
    offset.
    """
    name = table.name
    keys = order.keys(backwards=is_backwards)
    picked = ", ".join(f"{key} AS key_{place}" for place, (key, _) in enumerate(keys))
    sorted_by = ", ".join(f"key_{place} {direction}" for place, (_, direction) in enumerate(keys))
    hits = f'SELECT "{name}".id, {picked} FROM {database.by_rowid(name)} WHERE ({where}) AND ({search})'
    first = f"SELECT hits.id FROM hits ORDER BY {sorted_by} {_limit(has_offset)}"
    page = database.with_account_id("page", "page", ACCOUNT)
    return numbered(
        f"WITH hits AS MATERIALIZED ({hits}), page AS ({first}) "
        f"SELECT {_selected(table, order, parts)} FROM {page} "
        f'JOIN "{name}" ON "{name}".account_id = page.account_id AND "{name}".id = page.id '
        f"ORDER BY {order.sql(backwards=is_backwards)}"
    )


@cache_texts(2_000_000)
def pages_sql(
    table: Table,
    order: Order,
    linked_order: Order,
    joins: tuple[tuple[Table, str], ...],
    parent: str,
    parts: PageParts,
    where: str,
    is_backwards: bool,
    limit: int | None,
    has_offset: bool,
    kind: str,
    is_postgres: bool,
) -> str:
    """Returns the SQL of the same page of many parents.

    It uses a lateral subquery. SQLite has none, so there it uses a correlated subquery. The last column is the
    position of the row's parent among the parents. Parameters: the account, the parents, those of `where`, the limit
    unless `limit` is set, the offset.
    """
    sorted_by = linked_order.sql(backwards=is_backwards)
    parents = _parents(kind)
    tables = _driven(table, joins, parent)
    is_tied = database.selective(f"{parent} = parents.key")
    tied = f"({where}) AND {tables[0][0]}.account_id = parents.account_id AND {is_tied}"
    if is_postgres:
        inner = _select(table, linked_order, joins, parts, tied)
        return numbered(
            f"SELECT child.*, parents.place FROM {parents} "
            f"CROSS JOIN LATERAL ({inner} ORDER BY {sorted_by} {_limit(has_offset, limit)}) child",
            3,
        )
    name, source = table.name, " ".join([f'"{tables[0][0]}"', *_joined(tables[1:])])
    child = f'SELECT "{name}".rowid FROM {source} WHERE {tied} ORDER BY {sorted_by} {_limit(has_offset, limit)}'
    return numbered(
        f"SELECT {_selected(table, order, parts)}, parents.place FROM {parents} "
        f"CROSS JOIN json_each((SELECT json_group_array(rowid) FROM ({child}))) AS child "
        f'CROSS JOIN "{name}" ON "{name}".rowid = child.value '
        f"ORDER BY parents.place, {order.sql(backwards=is_backwards)}",
        3,
    )


def _parents(kind: str) -> str:
    """Returns a table of the parents, $2, each with the account, $1, and its position."""
    return database.with_account_id(database.keys_with_position("$2", "parents", kind), "parents", ACCOUNT)


def _driven(table: Table, joins: tuple[tuple[Table, str], ...], parent: str) -> list[tuple[str, str]]:
    """Returns the names of the tables, each with its condition, in join order: the table with the parent first."""
    names = [(table.name, ""), *((other.name, condition) for other, condition in joins)]
    if parent.startswith(f"{table.name}."):
        return names
    (link, condition), *others = names[1:]
    return [(link, ""), (table.name, condition), *others]


def _joined(tables: Iterable[tuple[str, str]]) -> list[str]:
    return [database.lookup_join(f'"{name}"', condition) for name, condition in tables]


def count_sql(source: PageSource) -> str:
    """Returns the SQL that counts the rows. Parameters: those of the source's condition."""
    joins = " ".join(_joined((table.name, condition) for table, condition in source.joins))
    name = source.table.name
    table = database.by_rowid(name) if source.search is not None and source.search.indexed else f'"{name}"'
    return numbered(f"SELECT count(*) FROM {table} {joins} WHERE {source.condition.text}")


def counts_sql(source: PageSource, kind: str) -> str:
    """Returns the SQL that counts the rows of each parent, by the parent's position. A parent without rows is omitted.

    Parameters: the account, the parents, those of the source's condition.
    """
    assert source.parent is not None
    (first, _), *others = _driven(source.table, source.joins, source.parent)
    of_parent = (first, f"{first}.account_id = parents.account_id AND {source.parent} = parents.key")
    tables = " ".join([_parents(kind), *_joined([of_parent, *others])])
    return numbered(
        f"SELECT parents.place, count(*) FROM {tables} WHERE {source.condition.text} GROUP BY parents.place", 3
    )
