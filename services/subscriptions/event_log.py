"""The log of events for subscribers: appends events, reads the new ones and deletes old ones.

On PostgreSQL an event has the id of its transaction, and a read returns what the snapshot of the read before did not
show. So it returns each event once, however long its transaction took. On SQLite there is one writer, so positions are
in the order of commits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from models.db import coordinator, database, notifications
from models.db.change_rows import OWN_POSITION
from models.db.database import Row
from services import batch_delete
from services.subscriptions.registry import Topic, interest

EVENT_CHANNEL = "muster_subscription_event"
"""Notification channel. Each event sends the account's id."""


class Snapshot(NamedTuple):
    """A snapshot of PostgreSQL, with the identity of the server that made it (see services.changes) and its time."""

    text: str
    server: str
    at: datetime

    @property
    def first_open(self) -> int:
        """The oldest transaction that was open."""
        return int(self.text.split(":")[0])


Mark = Snapshot | int
"""How far a reader has read: a snapshot on PostgreSQL, a position on SQLite."""

_WAS_SEEN: Final = "pg_visible_in_snapshot({}::text::xid8, {}::text::pg_snapshot)"
_MARK: Final = "pg_current_snapshot()::text AS snapshot, change_identity() AS server, now() AS at"
_REPEATED: Final = timedelta(minutes=1)
"""After a failover, the events of this time before the last read are read again: clocks differ."""
_FORGOTTEN_AFTER = timedelta(days=1)
_is_in_job: ContextVar[bool] = ContextVar("_is_in_job", default=False)


async def append(topic: Topic, account_id: UUID, body: Mapping[str, Any], *, now: datetime) -> None:
    """Appends an event."""
    await _append(topic, account_id, body, "", now)


async def publish(
    topic: Topic,
    account_id: UUID,
    changed: Mapping[str, Collection[UUID]],
    *,
    now: datetime,
    is_looked_up: bool = False,
) -> None:
    """Appends an event of the changed objects, by the keys of the subscriptions that get them, if there are any.

    This process's copy says whether there are. A job, and a call with `is_looked_up`, looks them up in the database,
    because a process that runs jobs may have no copy.
    """
    if is_looked_up or is_in_job():
        condition = (
            "AND EXISTS (SELECT 1 FROM subscription s WHERE s.account_id = $1 AND s.topic = $3 "
            f"AND s.expires_at > $5 AND {database.sql_in('s.key', '$6', 'text')})"
        )
        wanted: Collection[str] = changed
    else:
        condition, wanted = "", interest().keys(topic, account_id) & changed.keys()
    if wanted:
        body = {key: list(map(str, changed[key])) for key in wanted}
        await _append(topic, account_id, body, condition, now, *([list(wanted)] if condition else ()))


async def _append(
    topic: Topic, account_id: UUID, body: Mapping[str, Any], condition: str, now: datetime, *values: Any
) -> None:
    # The time of the id is that of the wall clock: it orders the events of one read.
    args: list[Any] = [account_id, database.uuid7(), topic.value, dict(body), now, *values]
    position = ("position, ", f"{OWN_POSITION}, ") if database.is_postgres() else ("", "")
    if database.is_distributed():  # a worker that runs the statement does not know the coordinator's transaction
        if not database.in_a_transaction():
            async with database.transaction():
                await _append(topic, account_id, body, condition, now, *values)
            return
        [row] = await database.fetch(f"SELECT {OWN_POSITION}")
        args.append(row[0])
        position = ("position, ", f"${len(args)}::bigint, ")
    count = await database.execute(
        # Citus inserts rows of a table, such as of the account, on their node without a commit in two phases.
        f"INSERT INTO subscription_event (account_id, id, {position[0]}topic, body, occurred_at) "
        f"SELECT account.id, $2, {position[1]}$3, $4, $5 FROM account WHERE account.id = $1 {condition}",
        *args,
    )
    if count:
        await notifications.notify(EVENT_CHANNEL, str(account_id))


async def read(account_id: UUID, after: Mark | None) -> tuple[Sequence[Row], Mark]:
    """Returns the events since an earlier read, and the mark for the next one. Without a mark, returns no events.

    After a failover of PostgreSQL, returns the events of the last minute again.
    """
    if database.is_postgres():
        return await _read_from_postgres(account_id, after)
    if after is None:
        row = await database.fetch_one(
            "SELECT coalesce(max(position), 0) AS position FROM subscription_event WHERE account_id = $1", account_id
        )
        return [], row["position"] if row else 0
    rows = await database.fetch(
        "SELECT position, topic, body, occurred_at FROM subscription_event WHERE account_id = $1 AND position > $2 "
        "ORDER BY position",
        account_id,
        after,
    )
    return rows, rows[-1]["position"] if rows else after


async def _read_from_postgres(account_id: UUID, after: Mark | None) -> tuple[Sequence[Row], Mark]:
    if not isinstance(after, Snapshot):
        return [], await _read_mark()
    if database.is_distributed():
        return await _read_from_cluster(account_id, after)
    rows = await database.fetch(
        f"SELECT s.*, e.topic, e.body, e.occurred_at FROM (SELECT {_MARK}) s LEFT JOIN subscription_event e "
        f"ON e.account_id = $1 AND e.position >= $2 AND NOT {_WAS_SEEN.format('e.position', '$3')} ORDER BY e.id",
        account_id,
        after.first_open,
        after.text,
    )
    mark = _mark(rows[0])
    if mark.server != after.server:
        rows = await _read_again(account_id, after)
    return [row for row in rows if row["topic"] is not None], mark


async def _read_from_cluster(account_id: UUID, after: Snapshot) -> tuple[Sequence[Row], Mark]:
    """Reads the events that a snapshot of the coordinator shows and the earlier one does not."""
    mark = await _read_mark()
    if mark.server != after.server:
        return await _read_again(account_id, after), mark
    rows = await database.fetch(
        "SELECT topic, body, occurred_at FROM subscription_event WHERE account_id = $1 AND position >= $2 "
        f"AND NOT {_WAS_SEEN.format('position', '$3')} AND {_WAS_SEEN.format('position', '$4')} ORDER BY id",
        account_id,
        after.first_open,
        after.text,
        mark.text,
    )
    return rows, mark


async def _read_again(account_id: UUID, after: Snapshot) -> Sequence[Row]:
    """Reads the events since shortly before a snapshot: a new primary can use the ids of transactions again."""
    return await database.fetch(
        "SELECT topic, body, occurred_at FROM subscription_event WHERE account_id = $1 AND id >= $2 ORDER BY id",
        account_id,
        database.least_uuid7(after.at - _REPEATED),
    )


async def _read_mark() -> Snapshot:
    text = await coordinator.snapshot() if database.is_distributed() else None
    [row] = await database.fetch(f"SELECT {_MARK}")
    mark = _mark(row)
    return mark if text is None else mark._replace(text=text)


def _mark(row: Row) -> Snapshot:
    return Snapshot(row["snapshot"], row["server"], row["at"])


async def delete_until(account_id: UUID, mark: Mark) -> None:
    """Deletes the events that a reader with this mark has read. Deletes nothing if a failover followed."""
    deleting = "DELETE FROM subscription_event WHERE account_id = $1 AND"
    if not isinstance(mark, Snapshot):
        await database.execute(f"{deleting} position <= $2", account_id, mark)
    elif (await _read_mark()).server == mark.server:
        await database.execute(f"{deleting} {_WAS_SEEN.format('position', '$2')}", account_id, mark.text)


async def purge_expired(*, now: datetime) -> int:
    """Deletes expired subscriptions and events older than a day, of all accounts. Returns the number of rows."""
    count = await batch_delete.delete_past("subscription", "expires_at", until=now)
    until = now - _FORGOTTEN_AFTER
    return count + await batch_delete.delete_past(
        "subscription_event", "occurred_at", until=until, key="account_id, position, id"
    )


def is_in_job() -> bool:
    """Returns whether a job is running, whose end is one event of contacts instead of one for each change."""
    return _is_in_job.get()


@contextmanager
def suppress_single_events() -> Iterator[None]:
    """Marks a block as the work of a job. `change_log.publish_job_end` publishes one event of all its contacts."""
    token = _is_in_job.set(True)
    try:
        yield
    finally:
        _is_in_job.reset(token)
