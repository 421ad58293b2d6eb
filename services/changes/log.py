"""Reads the change log.

A change has the position of its transaction. On PostgreSQL that is the transaction's id. Transactions commit in another
order than that of their ids, so a reader reads only positions below the id of the oldest open transaction: all of these
transactions have ended. An open transaction delays the readers, and nothing else. On SQLite there is one writer, so the
order of positions is the order of commits.

On a Citus cluster the ids are those of the coordinator (`models.db.coordinator`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from models.change import ChangeKind
from models.db import coordinator, database
from models.db.database import Row
from models.db.sql import ACCOUNT, Sql, numbered
from models.db.text_cache import cache_texts
from services.changes.cursor import BadCursor as BadCursor, Cursor, Place, epoch_of
from services.changes.retention import retention

_ROWS_FOR_EACH: Final = 4
"""The changes that are read for each object of a page: objects often change several times in a row."""
_LONGEST_SCAN: Final = 50_000
"""On SQLite, the changes of all accounts that are read for one page."""
_PLACE: Final = "position, kind, object_id"
_IDENTITY: Final = "change_identity()"
_LAST: Final = {
    True: "SELECT * FROM (SELECT DISTINCT ON (object_id, kind) * FROM found ORDER BY object_id, kind, position DESC) l",
    False: "SELECT max(position) AS position, kind, object_id, changed_at FROM found GROUP BY object_id, kind",
}
"""The SQL of the last of the found changes of each object."""
_SECONDS: Final = {True: "date_part('epoch', page.changed_at)", False: "page.changed_at"}
"""The SQL of the time of a change in seconds since 1970. A driver takes long to make a datetime for each row."""


class CursorExpired(Exception):
    """The changes after the cursor are not known any more, or were lost. The text is for the client."""


class ObjectsOfKind(NamedTuple):
    """The objects of one kind, which the statement for a page reads with their changes.

    `columns` is a SELECT list and `where` a condition on the table. The long texts of a row have at most `characters`
    characters. No column has a name that begins with `log_`.
    """

    kind: ChangeKind
    table: str
    columns: str
    where: Sql
    characters: int


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Changed objects in the order of their last changes, each once. The next page begins after `end`.

    Each sequence has one value for each object. Its position, kind, ID and time, in seconds since 1970, are those of
    its last change. `objects` has its row, or None if the page does not read objects of this kind or did not find it.
    """

    positions: Sequence[int]
    kinds: Sequence[int]
    object_ids: Sequence[UUID]
    seconds: Sequence[float]
    objects: Sequence[Row | None]
    end: Cursor
    has_more: bool

    def cursor_after(self, place: int) -> Cursor:
        """Returns the cursor between the change at this place of the page and the next one."""
        at = min(datetime.fromtimestamp(self.seconds[place], UTC), self.end.at)
        return Cursor(self.end.epoch, at, Place(self.positions[place], self.kinds[place], self.object_ids[place]))


@dataclass(frozen=True, slots=True)
class _State:
    """The state of an account's log: it has all changes above the position `horizon` and below `bound`.

    `count` is the number of changes that the statement found.
    """

    epoch: bytes
    horizon: int
    bound: int
    count: int


async def latest(account_id: UUID, *, now: datetime) -> Cursor:
    """Returns the cursor after all changes."""
    log = await _log(account_id)
    state = _state(account_id, await database.fetch(_state_sql(log, "0"), *log.values))
    return Cursor(state.epoch, now, Place(state.bound))


async def read(
    account_id: UUID,
    *,
    after: Cursor,
    kinds: Collection[ChangeKind],
    size: int,
    now: datetime,
    objects: ObjectsOfKind | None = None,
) -> ChangePage:
    """Returns up to `size` objects of some kinds that changed after a cursor. Reads the objects of one kind as well.

    One statement reads all of it: its snapshot has all changes below the bound. Raises CursorExpired.
    """
    log, start, limit = await _log(account_id), after.place, size * _ROWS_FOR_EACH
    # One object more than the page shows whether there are more.
    sql, values = _page_sql(log, _Wanted(start, kinds, limit, size + 1), objects)
    expected = 0 if objects is None else (size + 1) * objects.characters
    rows = await database.fetch_texts(sql, *values, expected=expected)
    state = _state(account_id, rows)
    _check(after, state, now)
    found = rows if rows[0][0] is not None else ()
    upper = state.bound if database.is_postgres() else min(state.bound, start.position + _LONGEST_SCAN)
    page = _page(found[:size], Cursor(state.epoch, now, Place(upper)), has_more=upper < state.bound)
    if state.count == limit or len(found) > size:
        return replace(page, end=page.cursor_after(-1), has_more=True)
    return page


def _page(rows: Sequence[Row], end: Cursor, *, has_more: bool) -> ChangePage:
    """Returns the page of the changes in the first columns of the rows."""
    return ChangePage(
        positions=[row[0] for row in rows],
        kinds=[row[1] for row in rows],
        object_ids=[row[2] for row in rows],
        seconds=[row[3] for row in rows],
        objects=[row if row[4] else None for row in rows],
        end=end,
        has_more=has_more,
    )


class _Log(NamedTuple):
    """The SQL of the bound and of the identity of an account's log, and the values of its parameters."""

    bound: str
    identity: str
    values: tuple[Any, ...]


async def _log(account_id: UUID) -> _Log:
    """Returns the log of an account. On Citus only the coordinator knows the bound, so a statement reads it before."""
    if not database.is_postgres():
        return _Log("coalesce((SELECT max(position) FROM change), 0) + 1", "''", (account_id,))
    if not database.is_distributed():
        return _Log("(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)", _IDENTITY, (account_id,))
    [here] = await database.fetch(f"SELECT {_IDENTITY}")
    bound = int((await coordinator.snapshot()).split(":")[0])
    return _Log("$2::bigint", "$3::text", (account_id, bound, here[0]))


def _state(account_id: UUID, rows: Sequence[Row]) -> _State:
    if not rows:
        raise LookupError("there is no such account")
    bound, horizon, count, identity, epoch = rows[0]["log_state"].split(" ", 4)
    return _State(epoch_of(account_id, epoch, identity), int(horizon), int(bound), int(count))


def _state_sql(log: _Log, count: str) -> str:
    """Returns the statement for the state of a log. Its one column is a text, because each row of a page has it."""
    parts = (f"({log.bound})", "change_horizon", count, log.identity, "change_epoch")
    joined = " || ' ' || ".join(parts)
    return f"SELECT {joined} AS log_state FROM account WHERE id = $1"


class _Wanted(NamedTuple):
    """The last changes of the first `size` objects, among the first `limit` changes of some kinds after a place."""

    after: Place
    kinds: Collection[ChangeKind]
    limit: int
    size: int


def _page_sql(log: _Log, wanted: _Wanted, objects: ObjectsOfKind | None) -> tuple[str, list[Any]]:
    """Returns the statement for the wanted changes with their objects, and its values.

    Each row has the state of the log. Without changes there is one row.
    """
    after = wanted.after
    values = [*log.values, after.position, after.kind, after.object_id, list(wanted.kinds)]
    if not database.is_postgres():
        values.append(after.position + _LONGEST_SCAN)
    read, join = _read_sql(objects)
    sql = _page_text(log.bound, log.identity, len(log.values), len(values), wanted.limit, wanted.size, read, join)
    return sql, [*values, *(objects.where.values if objects is not None else ())]


def _read_sql(objects: ObjectsOfKind | None) -> tuple[str, str]:
    """Returns the columns of the objects, of which the first is whether an object is read, and their join."""
    if objects is None:
        return "FALSE AS log_is_read", ""
    table = objects.table
    return f"{table}.id IS NOT NULL AS log_is_read, {objects.columns}", (
        f" LEFT JOIN {table} ON page.kind = {objects.kind:d} AND {table}.account_id = page.account_id "
        f"AND {table}.id = page.object_id AND ({objects.where.text})"
    )


@cache_texts(2_000_000)
def _page_text(bound: str, identity: str, first: int, last: int, limit: int, size: int, read: str, join: str) -> str:
    """Returns the SQL of a page. The parameters after `first` are those of the log, `last` is the last of them.

    A different `bound` on each kind of database keeps their texts apart in the cache.
    """
    position, kind, object_id, kinds, end = (f"${place}" for place in range(first + 1, first + 6))
    is_postgres = database.is_postgres()
    page = database.with_account_id("page", "page", ACCOUNT)
    sql = (
        "WITH found AS MATERIALIZED (SELECT position, kind, object_id, changed_at FROM change WHERE account_id = $1 "
        f"AND (position, kind, object_id) > ({position}, {kind}, {object_id}) "
        f"AND position < {bound if is_postgres else end} "
        f"AND {database.sql_in('kind', kinds, 'smallint')} ORDER BY {_PLACE} LIMIT {limit}), "
        f"state AS MATERIALIZED ({_state_sql(_Log(bound, identity, ()), '(SELECT count(*) FROM found)')}), "
        f"page AS ({_LAST[is_postgres]} ORDER BY {_PLACE} LIMIT {size}) "
        "SELECT page.position AS log_position, page.kind AS log_kind, "
        f"{database.selected_as('page.object_id', 'log_object_id', 'uuid')}, {_SECONDS[is_postgres]} AS log_seconds, "
        f"{read}, log_state "
        f"FROM state LEFT JOIN {page} ON TRUE{join} ORDER BY page.position, page.kind, page.object_id"
    )
    return numbered(sql, last + 1)


def _check(cursor: Cursor, state: _State, now: datetime) -> None:
    """Raises CursorExpired. A place above the bound is of a log that was lost, too."""
    span = retention().span
    if now - cursor.at > span or cursor.place.position <= state.horizon:
        raise CursorExpired(f"The cursor is older than {span.days} days. Load everything again.")
    if cursor.epoch != state.epoch or cursor.place.position > state.bound:
        raise CursorExpired("The database was restored after the cursor was made. Load everything again.")
