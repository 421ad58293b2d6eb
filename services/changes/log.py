"""Reads the change log.

A change has the position of its transaction. On PostgreSQL that is the transaction's id. Transactions commit in another
order than that of their ids, so a reader reads only positions below the id of the oldest open transaction: all of these
transactions have ended. An open transaction delays the readers, and nothing else. On SQLite there is one writer, so the
order of positions is the order of commits.

On a Citus cluster the ids are those of the coordinator (`models.db.coordinator`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from models.change import ChangeKind
from models.db import coordinator, database
from models.db.database import Row
from models.db.sql import ACCOUNT, Sql, numbered
from services.changes.cursor import BadCursor as BadCursor, Cursor, Place, epoch_of
from services.changes.retention import retention

_ROWS_FOR_EACH: Final = 4
"""The changes that are read for each object of a page: objects often change several times in a row."""
_LONGEST_SCAN: Final = 50_000
"""On SQLite, the changes of all accounts that are read for one page."""
_KINDS: Final = {kind.value: kind for kind in ChangeKind}
_PLACE: Final = "position, kind, object_id"
_IDENTITY: Final = "change_identity()"
_LAST: Final = {
    True: "SELECT * FROM (SELECT DISTINCT ON (kind, object_id) * FROM found ORDER BY kind, object_id, position DESC) l",
    False: "SELECT max(position) AS position, kind, object_id, changed_at FROM found GROUP BY kind, object_id",
}
"""The SQL of the last of the found changes of each object."""


class CursorExpired(Exception):
    """The changes after the cursor are not known any more, or were lost. The text is for the client."""


class Change(NamedTuple):
    """The last change of an object on a page. `object` is its row, if the page reads objects of this kind."""

    kind: ChangeKind
    object_id: UUID
    position: int
    changed_at: datetime
    object: Row | None = None


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
    """Changed objects in the order of their last changes, each once. The next page begins after `end`."""

    changes: Sequence[Change]
    end: Cursor
    has_more: bool

    def cursor_after(self, change: Change) -> Cursor:
        """Returns the cursor between a change and the next one."""
        return _after(change, self.end.epoch, now=self.end.at)


@dataclass(frozen=True, slots=True)
class _State:
    """The state of an account's log: it has all changes above the position `horizon` and below `bound`."""

    epoch: bytes
    horizon: int
    bound: int


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
    changes = _changes(rows)
    if rows[0]["log_count"] == limit or len(changes) > size:
        page = changes[:size]
        return ChangePage(page, _after(page[-1], state.epoch, now=now), has_more=True)
    upper = state.bound if database.is_postgres() else min(state.bound, start.position + _LONGEST_SCAN)
    return ChangePage(changes, Cursor(state.epoch, now, Place(upper)), upper < state.bound)


def _after(change: Change, epoch: bytes, *, now: datetime) -> Cursor:
    place = Place(change.position, change.kind, change.object_id)
    return Cursor(epoch, min(change.changed_at, now), place)


def _changes(rows: Sequence[Row]) -> list[Change]:
    """Returns the changes in the first columns of the rows: position, kind, object, time, and whether it is read."""
    found = rows if rows[0][0] is not None else ()
    times = [row[3] for row in found]
    if not database.is_postgres():
        times = [datetime.fromtimestamp(seconds, UTC) for seconds in times]
    return [
        Change(_KINDS[row[1]], row[2], row[0], time, row if row[4] else None)
        for row, time in zip(found, times, strict=True)
    ]


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
    row = rows[0]
    return _State(epoch_of(account_id, row["log_epoch"], row["log_identity"]), row["log_horizon"], row["log_bound"])


def _state_sql(log: _Log, count: str) -> str:
    return (
        f"SELECT {log.bound} AS log_bound, change_epoch AS log_epoch, {log.identity} AS log_identity, "
        f"change_horizon AS log_horizon, {count} AS log_count FROM account WHERE id = $1"
    )


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
    first, after = len(log.values) + 1, wanted.after
    values = [*log.values, after.position, after.kind, after.object_id, list(wanted.kinds)]
    position, kind, object_id, kinds, end = (f"${place}" for place in range(first, first + 5))
    if database.is_postgres():
        end = log.bound
    else:
        values.append(after.position + _LONGEST_SCAN)
    is_read, columns, join = "FALSE", "", ""
    if objects is not None:
        is_read, columns, join = f"{objects.table}.id IS NOT NULL", f", {objects.columns}", _join_sql(objects)
    page = database.with_account_id("page", "page", ACCOUNT)
    sql = (
        "WITH found AS MATERIALIZED (SELECT position, kind, object_id, changed_at FROM change WHERE account_id = $1 "
        f"AND (position, kind, object_id) > ({position}, {kind}, {object_id}) AND position < {end} "
        f"AND {database.sql_in('kind', kinds, 'smallint')} ORDER BY {_PLACE} LIMIT {wanted.limit}), "
        f"state AS MATERIALIZED ({_state_sql(log, '(SELECT count(*) FROM found)')}), "
        f"page AS ({_LAST[database.is_postgres()]} ORDER BY {_PLACE} LIMIT {wanted.size}) "
        "SELECT page.position AS log_position, page.kind AS log_kind, "
        f"{database.selected_as('page.object_id', 'log_object_id', 'uuid')}, page.changed_at AS log_changed_at, "
        f"{is_read} AS log_is_read, state.*{columns} "
        f"FROM state LEFT JOIN {page} ON TRUE{join} ORDER BY page.position, page.kind, page.object_id"
    )
    return numbered(sql, len(values) + 1), [*values, *(objects.where.values if objects is not None else ())]


def _join_sql(objects: ObjectsOfKind) -> str:
    table = objects.table
    return (
        f" LEFT JOIN {table} ON page.kind = {objects.kind:d} AND {table}.account_id = page.account_id "
        f"AND {table}.id = page.object_id AND ({objects.where.text})"
    )


def _check(cursor: Cursor, state: _State, now: datetime) -> None:
    """Raises CursorExpired. A place above the bound is of a log that was lost, too."""
    span = retention().span
    if now - cursor.at > span or cursor.place.position <= state.horizon:
        raise CursorExpired(f"The cursor is older than {span.days} days. Load everything again.")
    if cursor.epoch != state.epoch or cursor.place.position > state.bound:
        raise CursorExpired("The database was restored after the cursor was made. Load everything again.")
