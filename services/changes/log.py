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
from typing import Final, NamedTuple
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
    state = await _state(account_id)
    return Cursor(state.epoch, now, Place(state.bound))


async def read(
    account_id: UUID, *, after: Cursor, kinds: Collection[ChangeKind], size: int, now: datetime
) -> ChangePage:
    """Returns up to `size` objects of some kinds that changed after a cursor.

    Raises CursorExpired.
    """
    state = await _state(account_id)
    _check(after, state, now)
    limit = size * _ROWS_FOR_EACH
    upper = state.bound if database.is_postgres() else min(state.bound, after.place.position + _LONGEST_SCAN)
    changed_at = "changed_at" if database.is_postgres() else "datetime(changed_at, 'unixepoch') || '+00:00'"
    rows = await database.fetch(
        f"SELECT position, kind, object_id, {database.selected_as(changed_at, 'changed_at', 'timestamp')} "
        "FROM change WHERE account_id = $1 "
        "AND (position, kind, object_id) > ($2, $3, $4) AND position < $5 "
        f"AND {database.sql_in('kind', '$6', 'smallint')} ORDER BY position, kind, object_id LIMIT $7",
        account_id,
        after.place.position,
        after.place.kind,
        after.place.object_id,
        upper,
        list(kinds),
        limit,
    )
    last: dict[tuple[int, UUID], Row] = {}
    for row in rows:
        key = (row["kind"], row["object_id"])
        last.pop(key, None)  # so that the object moves to the end
        last[key] = row
    changes = [
        Change(ChangeKind(kind), object_id, row["position"], row["changed_at"])
        for (kind, object_id), row in last.items()
    ]
    if len(rows) < limit and len(changes) <= size:
        return ChangePage(changes, Cursor(state.epoch, now, Place(upper)), upper < state.bound)
    page = changes[:size]
    return ChangePage(page, _after(page[-1], state.epoch, now=now), has_more=True)


def _after(change: Change, epoch: bytes, *, now: datetime) -> Cursor:
    place = Place(change.position, change.kind, change.object_id)
    return Cursor(epoch, min(change.changed_at, now), place)


async def _state(account_id: UUID) -> _State:
    if database.is_postgres():
        bound, identity = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint", "change_identity()"
    else:
        bound, identity = "coalesce((SELECT max(position) FROM change), 0) + 1", "''"
    of_account = "change_epoch, change_horizon"
    if database.is_distributed():  # on a cluster, a statement with a table runs on a worker
        first_running = int((await coordinator.snapshot()).split(":")[0])
        log = await database.fetch_one(f"SELECT $1::bigint AS bound, {identity} AS identity", first_running)
        row = await database.fetch_one(f"SELECT {of_account} FROM account WHERE id = $1", account_id)
    else:
        of_log = f"{bound} AS bound, {identity} AS identity"
        log = row = await database.fetch_one(f"SELECT {of_account}, {of_log} FROM account WHERE id = $1", account_id)
    if row is None or log is None:
        raise LookupError("there is no such account")
    return _State(epoch_of(account_id, row["change_epoch"], log["identity"]), row["change_horizon"], log["bound"])


def _check(cursor: Cursor, state: _State, now: datetime) -> None:
    """Raises CursorExpired. A place above the bound is of a log that was lost, too."""
    span = retention().span
    if now - cursor.at > span or cursor.place.position <= state.horizon:
        raise CursorExpired(f"The cursor is older than {span.days} days. Load everything again.")
    if cursor.epoch != state.epoch or cursor.place.position > state.bound:
        raise CursorExpired("The database was restored after the cursor was made. Load everything again.")
