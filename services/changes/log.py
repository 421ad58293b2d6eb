"""Reads the change log.

A change has the position of its transaction. On PostgreSQL that is the transaction's id. Transactions commit in another
order than that of their ids, so a reader reads only positions below the id of the oldest open transaction: all of these
transactions have ended. An open transaction delays the readers, and nothing else. On SQLite there is one writer, so the
order of positions is the order of commits.

On a Citus cluster the ids are those of the coordinator (`models.db.coordinator`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from models.change import ChangeKind
from models.db import coordinator, database
from models.db.database import Row
from services.changes.cursor import BadCursor as BadCursor, Cursor, Place, epoch_of
from services.changes.retention import retention

_ROWS_FOR_EACH: Final = 4
"""The changes that are read for each object of a page: objects often change several times in a row."""
_LONGEST_SCAN: Final = 50_000
"""On SQLite, the changes of all accounts that are read for one page."""
_PLACE: Final = itemgetter(0, 1, 2)
"""Returns the place of a row: the position, the kind and the id of the object."""
_KINDS: Final = {kind.value: kind for kind in ChangeKind}
_BOUND: Final = {
    True: "(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)",
    False: "coalesce((SELECT max(position) FROM change), 0) + 1",
}
"""The SQL of the first position that may get further changes, by whether the database is PostgreSQL."""


class CursorExpired(Exception):
    """The changes after the cursor are not known any more, or were lost. The text is for the client."""


class Change(NamedTuple):
    """The last change of an object on a page."""

    kind: ChangeKind
    object_id: UUID
    position: int
    changed_at: datetime


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
    state, _ = await _read(account_id)
    return Cursor(state.epoch, now, Place(state.bound))


async def read(
    account_id: UUID, *, after: Cursor, kinds: Collection[ChangeKind], size: int, now: datetime
) -> ChangePage:
    """Returns up to `size` objects of some kinds that changed after a cursor.

    Raises CursorExpired.
    """
    limit = size * _ROWS_FOR_EACH
    state, rows = await _read(account_id, _Wanted(after.place, kinds, limit))
    _check(after, state, now)
    upper = state.bound if database.is_postgres() else min(state.bound, after.place.position + _LONGEST_SCAN)
    last = {(row[1], row[2]): row for row in rows}
    ordered = rows if len(last) == len(rows) else sorted(last.values(), key=_PLACE)
    changes = [Change(_KINDS[kind], object_id, position, at) for position, kind, object_id, at, *_ in ordered]
    if len(rows) < limit and len(changes) <= size:
        return ChangePage(changes, Cursor(state.epoch, now, Place(upper)), upper < state.bound)
    page = changes[:size]
    return ChangePage(page, _after(page[-1], state.epoch, now=now), has_more=True)


def _after(change: Change, epoch: bytes, *, now: datetime) -> Cursor:
    place = Place(change.position, change.kind, change.object_id)
    return Cursor(epoch, min(change.changed_at, now), place)


class _Wanted(NamedTuple):
    """Up to `limit` changes of some kinds after a place."""

    after: Place
    kinds: Collection[ChangeKind]
    limit: int


async def _read(account_id: UUID, wanted: _Wanted | None = None) -> tuple[_State, Sequence[Row]]:
    """Returns the state of an account's log, and the wanted changes in order.

    One statement reads both: its snapshot has all changes below the bound. On Citus only the coordinator knows the
    bound, so a separate statement reads it before.
    """
    bound, identity, values = _BOUND[database.is_postgres()], "''", list[Any]((account_id,))
    if database.is_postgres():
        identity = "change_identity()"
    if database.is_distributed():
        [here] = await database.fetch(f"SELECT {identity}")
        values += [int((await coordinator.snapshot()).split(":")[0]), here[0]]
        bound, identity = "$2::bigint", "$3::text"
    sql = _state_sql(bound, identity)
    if wanted is not None:
        first, after = len(values) + 1, wanted.after
        values += [after.position, after.kind, after.object_id, list(wanted.kinds), wanted.limit]
        if not database.is_postgres():
            values.append(after.position + _LONGEST_SCAN)
            bound = f"${len(values)}"
        sql = f"{sql} UNION ALL SELECT * FROM ({_changes_sql(bound, first)}) AS c"
    rows = sorted(await database.fetch(sql, *values), key=_PLACE)
    if not rows or rows[0]["kind"] != 0:
        raise LookupError("there is no such account")
    state, *found = rows
    epoch = epoch_of(account_id, state["change_epoch"], state["identity"])
    return _State(epoch, state["horizon"], state["bound"]), found


def _state_sql(bound: str, identity: str) -> str:
    """Returns the SELECT of the state, whose place is before all changes."""
    cast_to, selected = database.cast_to, database.selected_as
    return (
        f"SELECT {cast_to('-1', 'bigint')} AS position, {cast_to('0', 'smallint')} AS kind, "
        f"{selected(cast_to('NULL', 'uuid'), 'object_id', 'uuid')}, "
        f"{selected(cast_to('NULL', 'timestamptz'), 'changed_at', 'timestamp')}, {bound} AS bound, change_epoch, "
        f"{identity} AS identity, change_horizon AS horizon FROM account WHERE id = $1"
    )


def _changes_sql(bound: str, first: int) -> str:
    """Returns the SELECT of the changes. Its parameters begin with the number `first`."""
    position, kind, object_id, kinds, limit = (f"${place}" for place in range(first, first + 5))
    changed_at = "changed_at" if database.is_postgres() else "datetime(changed_at, 'unixepoch') || '+00:00'"
    nothing = "NULL::bigint, NULL, NULL, NULL::bigint" if database.is_postgres() else "NULL, NULL, NULL, NULL"
    return (
        f"SELECT position, kind, object_id, {changed_at}, {nothing} FROM change WHERE account_id = $1 "
        f"AND (position, kind, object_id) > ({position}, {kind}, {object_id}) AND position < {bound} "
        f"AND {database.sql_in('kind', kinds, 'smallint')} ORDER BY position, kind, object_id LIMIT {limit}"
    )


def _check(cursor: Cursor, state: _State, now: datetime) -> None:
    """Raises CursorExpired. A place above the bound is of a log that was lost, too."""
    span = retention().span
    if now - cursor.at > span or cursor.place.position <= state.horizon:
        raise CursorExpired(f"The cursor is older than {span.days} days. Load everything again.")
    if cursor.epoch != state.epoch or cursor.place.position > state.bound:
        raise CursorExpired("The database was restored after the cursor was made. Load everything again.")
