"""The work of all accounts that waits in the database: jobs and events. For the operator, without names of accounts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.db import database
from services.events import outbox

FINISHED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class JobGroup:
    """The jobs of one kind and status. `oldest_at` is when the oldest of them was created."""

    kind: str
    status: str
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    unfinished: list[JobGroup]
    finished: list[JobGroup]
    """The jobs that finished within the last hour."""
    rows_per_second: dict[str, float]
    """The speed of the running jobs, by kind."""
    event_count: int
    """Events that the receiver has not accepted yet."""
    oldest_event_at: datetime | None
    delivery_count: int
    """Deliveries that wait for webhook endpoints of accounts."""
    oldest_delivery_at: datetime | None


async def read(*, now: datetime) -> Backlog:
    """Reads the backlog by five statements, each of which uses an index. Raises the exceptions of `database.fetch`."""
    oldest = database.selected_as("min(created_at)", "oldest_at", "timestamp")
    groups = f"SELECT kind, status, count(*) AS number, {oldest} FROM job"
    events = await database.fetch_reserved(
        f"SELECT count(*) AS number, {database.selected_as('min(occurred_at)', 'oldest_at', 'timestamp')} "
        "FROM event WHERE delivered_at IS NULL AND due_at > $1 AND occurred_at > $1",
        now - outbox.KEPT,
    )
    # SQLite's CROSS JOIN makes the few endpoints the outer loop, so that an index of each has what waits for it.
    deliveries = await database.fetch_reserved(
        f"SELECT count(*) AS number, {database.selected_as('min(d.created_at)', 'oldest_at', 'timestamp')} "
        "FROM webhook_endpoint e CROSS JOIN webhook_delivery d WHERE d.account_id = e.account_id "
        "AND d.endpoint_id = e.id AND d.status = 'PENDING' AND e.disabled_at IS NULL"
    )
    return Backlog(
        unfinished=await _groups(f"{groups} WHERE status IN ('QUEUED', 'RUNNING') GROUP BY kind, status"),
        finished=await _groups(f"{groups} WHERE finished_at > $1 GROUP BY kind, status", now - FINISHED_WITHIN),
        rows_per_second=await _speeds(now),
        event_count=events[0]["number"],
        oldest_event_at=events[0]["oldest_at"],
        delivery_count=deliveries[0]["number"],
        oldest_delivery_at=deliveries[0]["oldest_at"],
    )


async def _groups(sql: str, *args: datetime) -> list[JobGroup]:
    rows = await database.fetch_reserved(sql, *args)
    return [JobGroup(row["kind"], row["status"], row["number"], row["oldest_at"]) for row in rows]


async def _speeds(now: datetime) -> dict[str, float]:
    rows = await database.fetch_reserved(
        "SELECT kind, done_row_count - taken_up_row_count AS number, taken_up_at FROM job "
        "WHERE status = 'RUNNING' AND status IN ('QUEUED', 'RUNNING') AND taken_up_at IS NOT NULL"
    )
    speeds: dict[str, float] = defaultdict(float)
    for row in rows:
        if (seconds := (now - row["taken_up_at"]).total_seconds()) > 0:
            speeds[row["kind"]] += row["number"] / seconds
    return dict(speeds)
