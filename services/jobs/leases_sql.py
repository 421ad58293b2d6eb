"""Leases of workers on jobs. Workers run these statements all the time.

A worker holds a job under a lease. Each batch and its checkpoint are written in one transaction, which commits only
while the lease is valid. A worker that is killed loses nothing, and a slow worker repeats nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.database import Row
from services import account_queue
from services.account_queue import Due, Queue
from services.audit import jobs as job_audit
from services.jobs.queue import JobStatus, notify_change, tell_end
from services.refusal import Refusal

LEASE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(minutes=5)
"""Maximum pause between two attempts of a job."""
_CLOCKS_DIFFER_BY = timedelta(seconds=10)
"""Maximum clock difference between machines. An end further ahead than this plus the duration is from a wrong clock."""
_LONGEST_LEASE = LEASE + _CLOCKS_DIFFER_BY


class LeaseLost(Exception):
    """The job was cancelled or claimed by another worker, so this worker's batch is rolled back."""


@dataclass(slots=True)
class Lease:
    """A worker's lease on a job."""

    account_id: UUID
    job_id: UUID
    lease_id: UUID

    async def mark(self) -> None:
        """Marks the transaction for `end_abandoned` as this lease's. Call it before taking other locks."""
        if database.is_postgres():
            await database.fetch("SELECT pg_advisory_xact_lock_shared($1)", _lock_number(self.lease_id))


def _lock_number(lease_id: UUID) -> int:
    """Returns the random half of the id as a signed 64-bit integer."""
    return int.from_bytes(lease_id.bytes[8:], signed=True)


_ABANDONED: Final = "status = 'RUNNING' AND (leased_until <= $1 OR leased_until > $2)"
_CLAIMABLE: Final = f"((status = 'QUEUED' AND (retry_at IS NULL OR retry_at <= $1 OR retry_at > $3)) OR ({_ABANDONED}))"
_MOST_CANDIDATES: Final = 20


async def end_abandoned(*, now: datetime) -> None:
    """Terminates the transactions of workers whose leases have expired, to free their locks. Call it before `claim`.

    Such a worker may be frozen. PostgreSQL's timeouts do not help if it waits for more rows of a COPY, or for the
    values of a prepared statement, because PostgreSQL does not check them while it reads a message.
    """
    if not database.is_postgres():
        return
    due = await account_queue.due(Queue.JOBS, now=now)
    if due.has_none:
        return
    rows = await database.fetch(
        f"SELECT lease_id FROM job leased WHERE {_ABANDONED}{due.condition('account_id', 3)}",
        now,
        now + _LONGEST_LEASE,
        *due.values,
    )
    if rows:
        await database.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND (classid::bigint << 32 | objid::bigint) = ANY($1::bigint[])",
            [_lock_number(row["lease_id"]) for row in rows],
        )


async def claim(*, now: datetime) -> Row | None:
    """Claims the next queued or abandoned job. Accounts with fewer running jobs come first.

    Returns None if there is no job. `failure_count` counts the lost workers and the unexpected errors since the job's
    last progress. A lease or a retry pause that ends later than possible is void, because it was written before a clock
    was set back. From now on, the job's speed is measured for this worker.
    """
    due = await account_queue.due(Queue.JOBS, now=now)
    for candidate in await _candidates(due, now):
        if (job := await _claim(candidate["account_id"], candidate["id"], now)) is not None:
            return job
    await account_queue.settle(due, _next_due, now=now)
    return None


def _bounds(now: datetime) -> tuple[datetime, ...]:
    return now, now + _LONGEST_LEASE, now + LONGEST_PAUSE + _CLOCKS_DIFFER_BY


async def _candidates(due: Due, now: datetime) -> Sequence[Row]:
    if due.has_none:
        return ()
    return await database.fetch(
        f"SELECT account_id, id FROM job waiting WHERE {_CLAIMABLE}{due.condition('account_id', 4)} "
        "ORDER BY (SELECT count(*) FROM job busy WHERE busy.account_id = waiting.account_id "
        "AND busy.status = 'RUNNING' AND busy.leased_until > $1 AND busy.leased_until <= $2"
        f"{due.condition('busy.account_id', 4)}), created_at, id LIMIT {_MOST_CANDIDATES}",
        *_bounds(now),
        *due.values,
    )


@database.transactional
async def _claim(account_id: UUID, job_id: UUID, now: datetime) -> Row | None:
    """Claims the job, unless another worker was faster, or has locked it."""
    job = await database.fetch_one(
        # MATERIALIZED: PostgreSQL may run a subquery again, and with SKIP LOCKED that returns other rows.
        f"WITH next AS MATERIALIZED (SELECT id FROM job WHERE account_id = $4 AND id = $5 AND {_CLAIMABLE}"
        f"{database.skip_locked()}) "
        "UPDATE job SET status = 'RUNNING', lease_id = $6, leased_until = $7, started_at = coalesce(started_at, $1), "
        "taken_up_at = $1, taken_up_row_count = done_row_count, retry_at = NULL, "
        "failure_count = failure_count + CASE WHEN status = 'RUNNING' THEN 1 ELSE 0 END "
        "WHERE account_id = $4 AND id IN (SELECT id FROM next) "
        "RETURNING account_id, id, kind, task, input, checkpoint, row_count, done_row_count, summary, warnings, "
        "failure_count, failing_since, is_dry_run, file_name, contact_list_id, created_by_id, created_at, lease_id",
        *_bounds(now),
        account_id,
        job_id,
        database.uuid7(now),
        now + LEASE,
    )
    if job is not None:
        await notify_change(job["account_id"], job["id"], now=now)
    return job


async def _next_due(account_id: UUID) -> datetime | None:
    """Returns when a worker should look for jobs of the account again: when a job may be claimed, or its lease ends."""
    row = await database.fetch_one(
        "SELECT min(CASE status WHEN 'QUEUED' THEN coalesce(retry_at, created_at) ELSE leased_until END) AS due_at "
        "FROM job WHERE account_id = $1 AND status IN ('QUEUED', 'RUNNING')",
        account_id,
    )
    return row["due_at"] if row else None


async def renew(lease: Lease, *, now: datetime) -> bool:
    """Extends the lease. Returns false if the job was cancelled or another worker claimed it."""
    changed = await database.execute(
        "UPDATE job SET leased_until = $4 WHERE account_id = $1 AND id = $2 AND lease_id = $3 AND status = 'RUNNING'",
        lease.account_id,
        lease.job_id,
        lease.lease_id,
        now + LEASE,
    )
    return changed > 0


async def write(lease: Lease, values: Mapping[str, Any], *, now: datetime) -> None:
    """Updates columns of the job within a batch's transaction. Raises LeaseLost, which rolls the batch back."""
    names = list(values)
    assigned = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, start=4))
    changed = await database.execute(
        f"UPDATE job SET {assigned} WHERE account_id = $1 AND id = $2 AND lease_id = $3 AND status = 'RUNNING'",
        lease.account_id,
        lease.job_id,
        lease.lease_id,
        *(values[name] for name in names),
    )
    if not changed:
        raise LeaseLost
    await notify_change(lease.account_id, lease.job_id, now=now)


@database.transactional
async def end(lease: Lease, *, kind: str, status: JobStatus, error: Refusal | None, now: datetime) -> None:
    """Ends the job. Raises LeaseLost."""
    await lease.mark()
    kept = None if error is None else {"code": error.code, "message": error.message, "path": list(error.path)}
    ended = {"status": status.value, "error": kept, "finished_at": now, "lease_id": None, "leased_until": None}
    await write(lease, ended, now=now)
    await job_audit.record_end(lease.account_id, lease.job_id, status.value, now=now)
    await tell_end(lease.account_id, lease.job_id, kind, status, now)


async def hold(lease: Lease) -> None:
    """Locks the job against other workers until the transaction ends. Raises LeaseLost."""
    await lease.mark()
    found = await database.fetch_one(
        "SELECT 1 FROM job WHERE account_id = $1 AND id = $2 AND lease_id = $3 AND status = 'RUNNING'"
        + database.for_update(),
        lease.account_id,
        lease.job_id,
        lease.lease_id,
    )
    if found is None:
        raise LeaseLost


@database.transactional
async def release(lease: Lease, *, now: datetime, retry_at: datetime | None = None, **failures: Any) -> None:
    """Releases the job: it is QUEUED again, and any worker may claim it, but not before `retry_at` if that is set.

    `failures` are the values of `failure_count` and `failing_since`. Raises LeaseLost.
    """
    await lease.mark()
    await account_queue.add(Queue.JOBS, lease.account_id, due_at=retry_at)
    released = {"status": JobStatus.QUEUED.value, "lease_id": None, "leased_until": None, "retry_at": retry_at}
    await write(lease, {**released, **failures}, now=now)
