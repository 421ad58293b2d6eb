"""Keyset pagination, forwards and backwards, of one connection or of the same connection of many parents."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from models.db import database
from models.db.database import Row
from models.db.sql import TRUE, Search, Sql, all_of
from resolvers.decoding import bad_input, or_none
from resolvers.query.keyset_order import BadCursor, Order
from resolvers.query.page_sql import (
    PageParts,
    PageSource,
    count_sql,
    counts_sql,
    cursor_columns,
    hits_sql,
    page_parts,
    page_sql,
    pages_sql,
    walk_sql,
)
from schema.execution import Selection
from schema.pagination import DEFAULT_PAGE, MAX_OFFSET, MAX_PAGE, Edge, Page, PageInfo

# A search first examines _SAMPLE rows in order, to estimate how frequent its text is. If any row matches, it examines
# more rows: enough to fill the page if one row in _RARE matches, unless these are more than _LONGEST_WALK. Finding one
# row by an index takes as long as examining a dozen rows in order.
_SAMPLE = 500
_RARE = 400
_LONGEST_WALK = 50_000


class Window(NamedTuple):
    """The requested part of an order: the first `size` rows after `after` and before `before`, or the last ones."""

    size: int
    is_backwards: bool
    after: str | None
    before: str | None
    offset: int

    @property
    def limit(self) -> int:
        """One more than the size of the page, to see if there are more rows."""
        return self.size + 1

    def limit_for(self, parts: PageParts) -> int:
        """Returns the number of rows to read. Only `pageInfo` needs to know if there are more rows."""
        return self.limit if parts.has_page_info else self.size

    def limits(self, limit: int | None) -> tuple[int, ...]:
        """Returns the parameters of LIMIT and OFFSET. `limit` is None if its value is in the statement's text."""
        limits = () if limit is None else (limit,)
        return (*limits, self.offset) if self.offset else limits

    @staticmethod
    def of(arguments: Mapping[str, Any]) -> "Window":
        """Returns the window that a connection's arguments request. Raises BAD_USER_INPUT."""
        get = arguments.get
        first, last, offset = or_none(get("first")), or_none(get("last")), or_none(get("offset"))
        after, before = or_none(get("after")), or_none(get("before"))
        for name, value in (("first", first), ("last", last)):
            if value is not None and not 1 <= value <= MAX_PAGE:
                raise bad_input(f"{name} must be 1 to {MAX_PAGE}, not {value}.")
        if first is not None and last is not None:
            raise bad_input("first and last can't be combined; send only one of them.")
        if offset is not None and not 0 <= offset <= MAX_OFFSET:
            further = " Use cursors to go further: after, with the endCursor of a page." if offset > MAX_OFFSET else ""
            raise bad_input(f"offset must be 0 to {MAX_OFFSET}, not {offset}.{further}")
        if offset is not None and (after is not None or before is not None):
            raise bad_input("offset can't be combined with after or before; send only one of them.")
        return Window(first or last or DEFAULT_PAGE, last is not None, after, before, offset or 0)

    def bounds(self, order: Order) -> Sql:
        """Returns the condition that a row is between the cursors. Raises BAD_USER_INPUT."""
        if self.after is None and self.before is None:
            return TRUE
        try:
            after = order.behind(order.decode(self.after)) if self.after is not None else TRUE
            before = order.behind(order.decode(self.before), backwards=True) if self.before is not None else TRUE
        except BadCursor as error:
            raise bad_input(str(error)) from None
        return all_of((after, before))


async def page(source: PageSource, window: Window, selection: Selection) -> Page:
    """Returns one page with the selected parts only. Runs one statement for the rows, and one more for a total."""
    parts = page_parts(selection)
    rows: Sequence[Row] = ()
    within = window.bounds(source.order)
    if parts.has_rows:
        if source.search is not None:
            rows = await _searched(source, source.search, within, window, parts)
        else:
            rows = await _in_order(source, all_of((source.condition, within)), window, parts)
    total = None
    if parts.has_total:
        total = (await database.fetch(count_sql(source), *source.condition.values))[0][0]
    return _assembled(source, window, parts, list(rows), total)


async def _in_order(source: PageSource, where: Sql, window: Window, parts: PageParts) -> Sequence[Row]:
    limit = window.limit_for(parts)
    sql = page_sql(
        source.table,
        source.order,
        source.joins,
        parts,
        where.text,
        window.is_backwards,
        None if source.has_filter else limit,
        window.offset > 0,
        database.is_postgres(),
    )
    return await database.fetch(sql, *where.values, *window.limits(limit if source.has_filter else None))


async def _searched(source: PageSource, search: Search, within: Sql, window: Window, parts: PageParts) -> Sequence[Row]:
    """Returns the rows of a search. Examines rows in order if the text is frequent, uses an index if it is rare.

    Both ways find the same rows. The first few rows often fill the page. If they don't, they show which way is faster.
    """
    where = all_of((source.where, within))
    kind = (window.is_backwards, window.offset > 0, database.is_postgres())
    limit = window.limit_for(parts)
    limits = window.limits(limit)
    walk = walk_sql(source.table, source.order, parts, where.text, search.plain.text, *kind)
    for looked_at in _walks(window):
        rows = await database.fetch(walk, *where.values, looked_at, *search.plain.values, *limits)
        if len(rows) == limit:
            return rows
        if not rows:
            break
    if search.indexed is None:
        return await _in_order(source, where & search.plain, window, parts)
    hits = hits_sql(source.table, source.order, parts, where.text, search.indexed.text, *kind)
    return await database.fetch(hits, *where.values, *search.indexed.values, *limits)


def _walks(window: Window) -> Sequence[int]:
    """Returns the numbers of rows to examine, for each attempt. The second is enough for a text that is not rare."""
    enough = (window.size + 1 + window.offset) * _RARE
    return (_SAMPLE, enough) if enough <= _LONGEST_WALK and not window.offset else (_SAMPLE,)


async def pages(
    source: PageSource, parents: Sequence[Any], window: Window, selection: Selection, account_id: UUID
) -> list[Page]:
    """Returns the same page of many parents, in the order of the parents. Runs as many statements as for one."""
    parts = page_parts(selection)
    keys = list(parents)
    kind = "text" if keys and isinstance(keys[0], str) else "uuid"
    groups: list[list[Row]] = [[] for _ in keys]
    totals: dict[int, int] = {}
    linked_order = source.linked_order or source.order
    within = window.bounds(linked_order)
    if parts.has_rows:
        where = all_of((source.condition, within))
        assert source.parent is not None
        limit = window.limit_for(parts)
        sql = pages_sql(
            source.table,
            source.order,
            linked_order,
            source.joins,
            source.parent,
            parts,
            where.text,
            window.is_backwards,
            None if source.has_filter else limit,
            window.offset > 0,
            kind,
            database.is_postgres(),
        )
        values = (*where.values, *window.limits(limit if source.has_filter else None))
        expected = len(keys) * limit * source.table.characters(parts.columns)
        for row in await database.fetch_texts(sql, account_id, keys, *values, expected=expected):
            groups[row[-1]].append(row)
    if parts.has_total:
        counted = await database.fetch(counts_sql(source, kind), account_id, keys, *source.condition.values)
        totals = {row["place"]: row[1] for row in counted}
    return [
        _assembled(source, window, parts, rows, totals.get(place, 0) if parts.has_total else None)
        for place, rows in enumerate(groups)
    ]


def _assembled(source: PageSource, window: Window, parts: PageParts, rows: list[Row], total: int | None) -> Page:
    has_more = len(rows) > window.size
    if has_more:
        del rows[window.size :]
    if window.is_backwards:
        rows.reverse()
    cursors = (
        _cursors(source.order, rows if parts.has_edge_cursors else (rows[:1] + rows[-1:])) if parts.has_cursors else []
    )
    info = None
    if parts.has_page_info:
        skipped = window.offset > 0
        behind, ahead = (skipped, has_more) if window.is_backwards else (has_more, skipped)
        info = PageInfo(
            has_next_page=behind or window.before is not None,
            has_previous_page=ahead or window.after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
    edges = None
    if parts.has_edges:
        edges = [
            Edge(cursor=cursors[place] if parts.has_edge_cursors else "", node=row) for place, row in enumerate(rows)
        ]
    return Page(rows, edges=edges, page_info=info, total_count=total)


def _cursors(order: Order, rows: Sequence[Row]) -> list[str]:
    names = cursor_columns(order)
    return [order.encode([row[name] for name in names]) for row in rows]
