"""Pages: keyset both ways, for one connection or for the same connection of many parents at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pypika_tortoise.queries import QueryBuilder
from strawberry import UNSET

from models import database
from models.database import Row
from models.sql import MARK, TRUE, Raw, Sql, all_of, numbered
from resolvers.decoding import bad_input
from resolvers.ordering import BadCursor, Order
from resolvers.tables import Table
from schema.execution import Selection
from schema.pagination import DEFAULT_PAGE, MAX_OFFSET, MAX_PAGE, Edge, Page, PageInfo

_CURSOR = "cursor_{}"
_PARENT = "parent_key"


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of an order is asked for: `size` rows behind `after` and ahead of `before`, from the end if backwards."""

    size: int
    is_backwards: bool
    after: str | None
    before: str | None
    offset: int

    @property
    def limits(self) -> tuple[int, ...]:
        """The values of LIMIT, one more than the page so that it shows whether there is more, and of OFFSET."""
        return (self.size + 1, self.offset) if self.offset else (self.size + 1,)

    @staticmethod
    def of(arguments: Mapping[str, Any]) -> "Window":
        """From a connection's arguments. Raises BAD_USER_INPUT."""
        given = {name: None if value is UNSET else value for name, value in arguments.items()}
        first, last, offset = given.get("first"), given.get("last"), given.get("offset")
        after, before = given.get("after"), given.get("before")
        for name, value in (("first", first), ("last", last)):
            if value is not None and not 1 <= value <= MAX_PAGE:
                raise bad_input(f"{name} must be 1 to {MAX_PAGE}, not {value}.")
        if first is not None and last is not None:
            raise bad_input("first and last can't be joined; ask for one of them.")
        if offset is not None and not 0 <= offset <= MAX_OFFSET:
            raise bad_input(f"offset must be 0 to {MAX_OFFSET}, not {offset}.")
        if offset is not None and (after is not None or before is not None):
            raise bad_input("offset can't be joined with a cursor.")
        return Window(first or last or DEFAULT_PAGE, last is not None, after, before, offset or 0)


@dataclass(frozen=True, slots=True)
class Source:
    """What is paged: a table's rows for which a condition holds, in an order.

    `joins` are further tables, each with its condition. `parent` is the SQL, over any of them, whose value ties a row to
    one of many parents; without it there is one page.
    """

    table: Table
    where: Sql
    order: Order
    joins: tuple[tuple[Table, str], ...] = ()
    parent: str | None = None

    @property
    def shape(self) -> "Source":
        """The same without values: what a statement is kept by."""
        return replace(self, where=TRUE)


@dataclass(frozen=True, slots=True)
class _Wanted:
    columns: tuple[str, ...]
    has_rows: bool
    has_edges: bool
    has_cursors: bool
    has_page_info: bool
    has_total: bool

    @staticmethod
    def of(selection: Selection) -> "_Wanted":
        names = dict.fromkeys((*selection.under("nodes").columns, *selection.under("edges", "node").columns))
        page_info = selection.under("pageInfo")
        has_edges = "edges" in selection
        has_cursors = (
            "cursor" in selection.under("edges") or "startCursor" in page_info or "endCursor" in page_info
        )
        return _Wanted(
            columns=tuple(names),
            has_rows="nodes" in selection or has_edges or bool(page_info),
            has_edges=has_edges,
            has_cursors=has_cursors,
            has_page_info=bool(page_info),
            has_total="totalCount" in selection,
        )


async def page(source: Source, window: Window, selection: Selection) -> Page:
    """One page, with what is asked of it and nothing else: one statement for rows, one more for a total."""
    wanted = _Wanted.of(selection)
    rows: Sequence[Row] = ()
    if wanted.has_rows:
        sql, values = _page_statement(source, window, wanted)
        rows = await database.fetch(sql, *values)
    total = None
    if wanted.has_total:
        total = (await database.fetch(_count_sql(source), *source.where.values))[0][0]
    return _assembled(source, window, wanted, list(rows), total)


async def pages(source: Source, parents: Sequence[Any], window: Window, selection: Selection) -> list[Page]:
    """The same page of many parents, in their order: as many statements as for one."""
    wanted = _Wanted.of(selection)
    rows: dict[Any, list[Row]] = {key: [] for key in parents}
    totals: dict[Any, int] = {}
    if wanted.has_rows:
        sql, values = _pages_statement(source, window, wanted, list(parents))
        for row in await database.fetch(sql, *values):
            rows[row[_PARENT]].append(row)
    if wanted.has_total:
        sql = _counts_sql(source, _kind_of(list(parents)))
        totals = {row[_PARENT]: row[1] for row in await database.fetch(sql, *source.where.values, list(parents))}
    return [
        _assembled(source, window, wanted, rows[key], totals.get(key, 0) if wanted.has_total else None)
        for key in parents
    ]


def _assembled(source: Source, window: Window, wanted: _Wanted, rows: list[Row], total: int | None) -> Page:
    has_more = len(rows) > window.size
    if has_more:
        del rows[window.size :]
    if window.is_backwards:
        rows.reverse()
    cursors: list[str] = []
    if wanted.has_cursors:
        names = [_CURSOR.format(place) for place in range(len(source.order.terms))]
        cursors = [source.order.encode([row[name] for name in names]) for row in rows]
    info = None
    if wanted.has_page_info:
        came_from = window.after is not None or window.offset > 0
        info = PageInfo(
            has_next_page=window.before is not None if window.is_backwards else has_more,
            has_previous_page=has_more if window.is_backwards else came_from,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
    edges = None
    if wanted.has_edges:
        edges = [
            Edge(cursor=cursors[place] if wanted.has_cursors else "", node=row) for place, row in enumerate(rows)
        ]
    return Page(rows, edges=edges, page_info=info, total_count=total)


def _within(source: Source, window: Window) -> Sql:
    """The source's condition, narrowed to the window's cursors."""
    try:
        bounds = [source.order.behind(source.order.decode(window.after))] if window.after is not None else []
        if window.before is not None:
            bounds.append(source.order.behind(source.order.decode(window.before), backwards=True))
    except BadCursor as error:
        raise bad_input(str(error)) from None
    return all_of([source.where, *bounds])


def _page_statement(source: Source, window: Window, wanted: _Wanted) -> tuple[str, tuple[Any, ...]]:
    where = _within(source, window)
    sql = _page_sql(
        source.shape,
        _with_cursor_columns(source, wanted),
        where.text,
        window.is_backwards,
        window.offset > 0,
        database.is_postgres(),
    )
    return sql, (*where.values, *window.limits)


def _pages_statement(
    source: Source, window: Window, wanted: _Wanted, parents: list[Any]
) -> tuple[str, tuple[Any, ...]]:
    where = _within(source, window)
    sql = _pages_sql(
        source.shape,
        _with_cursor_columns(source, wanted),
        where.text,
        window.is_backwards,
        window.offset > 0,
        _kind_of(parents),
        database.is_postgres(),
    )
    return sql, (parents, *where.values, *window.limits)


def _kind_of(parents: list[Any]) -> str:
    return "text" if parents and isinstance(parents[0], str) else "uuid"


_Columns = tuple[tuple[str, str, str], ...]


def _with_cursor_columns(source: Source, wanted: _Wanted) -> tuple[tuple[str, ...], _Columns]:
    """The columns asked for, and those that cursors are made of: (expression, name, SQLite's type)."""
    if not wanted.has_cursors:
        return wanted.columns, ()
    kinds = {"timestamptz": "timestamp", "uuid": "uuid"}
    return wanted.columns, tuple(
        (term.value(), _CURSOR.format(place), kinds.get(term.kind, "")) for place, term in enumerate(source.order.terms)
    )


def _select(source: Source, columns: tuple[tuple[str, ...], _Columns], where: str) -> QueryBuilder:
    extra = [
        Raw(database.typed(value, name, kind) if kind else f'{value} AS "{name}"') for value, name, kind in columns[1]
    ]
    query = source.table.query(columns[0])
    for table, condition in source.joins:
        query = query.join(table.model._meta.basetable).on(Raw(condition))
    return query.select(*extra).where(Raw(where))


def _limit(has_offset: bool) -> str:
    return f"LIMIT {MARK} OFFSET {MARK}" if has_offset else f"LIMIT {MARK}"


@lru_cache(maxsize=2000)
def _page_sql(
    shape: Source,
    columns: tuple[tuple[str, ...], _Columns],
    where: str,
    is_backwards: bool,
    has_offset: bool,
    is_postgres: bool,
) -> str:
    query = _select(shape, columns, where).get_sql()
    return numbered(f"{query} ORDER BY {shape.order.sql(backwards=is_backwards)} {_limit(has_offset)}")


@lru_cache(maxsize=2000)
def _pages_sql(
    shape: Source,
    columns: tuple[tuple[str, ...], _Columns],
    where: str,
    is_backwards: bool,
    has_offset: bool,
    kind: str,
    is_postgres: bool,
) -> str:
    """One statement for many parents, which are $1: a lateral subquery, or on SQLite, which has none, a correlated one."""
    order = shape.order.sql(backwards=is_backwards)
    tied = f"({where}) AND {shape.parent} = parents.key"
    table = shape.table.name
    if is_postgres:
        inner = _select(shape, columns, tied).get_sql()
        return numbered(
            f'SELECT parents.key AS "{_PARENT}", child.* FROM unnest($1::{kind}[]) AS parents(key) '
            f"CROSS JOIN LATERAL ({inner} ORDER BY {order} {_limit(has_offset)}) child",
            2,
        )
    inner = _select(shape, (("rowid",), ()), tied).get_sql()
    outer = str(_select(replace(shape, joins=()), columns, "TRUE").get_sql())
    selected = outer[: outer.rindex(f' FROM "{table}"')]
    return numbered(
        f'{selected}, {database.typed("parents.key", _PARENT, kind)} '
        f"FROM (SELECT key AS place, value AS key FROM json_each($1)) AS parents "
        f'JOIN "{table}" ON "{table}".rowid IN ({inner} ORDER BY {order} {_limit(has_offset)}) '
        f"ORDER BY parents.place, {order}",
        2,
    )


def _counted(source: Source) -> str:
    joins = "".join(f' JOIN "{table.name}" ON {condition}' for table, condition in source.joins)
    return f'FROM "{source.table.name}"{joins} WHERE ({source.where.text})'


def _count_sql(source: Source) -> str:
    return numbered(f"SELECT count(*) {_counted(source)}")


def _counts_sql(source: Source, kind: str) -> str:
    """The parents are the last parameter."""
    assert source.parent is not None
    tied = database.any_of(source.parent, MARK, kind)
    parent = database.typed(source.parent, _PARENT, kind)
    return numbered(f"SELECT {parent}, count(*) {_counted(source)} AND {tied} GROUP BY {source.parent}")
