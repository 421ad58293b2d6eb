"""Creates background jobs, cancels them and waits for them. A row of the job table has the input and the progress."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from time import monotonic
from typing import Any
from uuid import UUID

from models import Job
from models.db import database, deadline, notifications
from models.db.application import PerApplication
from models.db.deadline import interruptible
from services import account_queue, purge_log
from services.account_queue import Queue
from services.audit import jobs as job_audit
from services.events import recording as events
from services.refusal import Code, refuse
from services.subscriptions import change_log as contact_change_log, event_log
from services.subscriptions.registry import Topic
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType

# CHANGED_CHANNEL announces each change of a job, with the payload "<account>:<job>". QUEUED_CHANNEL announces new jobs.
CHANGED_CHANNEL = "muster_job_changed"
QUEUED_CHANNEL = "muster_job_queued"

_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 0.5


class JobKind(StrEnum):
    IMPORT = "IMPORT"
    EXPORT = "EXPORT"
    UPDATE = "UPDATE"
    TRASH = "TRASH"
    RESTORE = "RESTORE"
    PURGE = "PURGE"
    RECHECK = "RECHECK"


class JobStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})

queued_callbacks = PerApplication[list[Callable[[], None]]](list)
"""Called in this process after a job is created and committed. On PostgreSQL, QUEUED_CHANNEL wakes other processes."""


async def create(
    *,
    account_id: UUID,
    kind: JobKind,
    task: str,
    input: Mapping[str, Any],
    now: datetime,
    job_id: UUID | None = None,
    row_count: int | None = None,
    is_dry_run: bool = False,
    file_name: str | None = None,
    contact_list_id: UUID | None = None,
    created_by_id: UUID | None = None,
) -> UUID:
    """Creates a job and returns its id. Any worker may claim the job after the transaction commits.

    The caller records the job in the audit log, in the same transaction.

    `task` names the work, and `input` contains everything that the work needs, as JSON values. For a job with a file,
    store the file under `job_id` first.
    """
    key = job_id or database.uuid7(now)
    await Job.create(
        account_id=account_id,
        id=key,
        kind=kind,
        task=task,
        status=JobStatus.QUEUED,
        input=dict(input),
        checkpoint={},
        row_count=row_count,
        done_row_count=0,
        columns=[],
        is_dry_run=is_dry_run,
        file_name=file_name,
        contact_list_id=contact_list_id,
        created_by_id=created_by_id,
        failure_count=0,
        created_at=now,
        purge_number=await purge_log.number(account_id),
    )
    await account_queue.add(Queue.JOBS, account_id)
    await notifications.notify(QUEUED_CHANNEL)
    await event_log.publish(Topic.JOB, account_id, {"": [key]}, now=now)
    for wake in queued_callbacks():
        database.after_commit(wake)
    return key


@database.transactional
async def cancel(*, account_id: UUID, job_id: UUID, now: datetime) -> None:
    """Cancels a job before its next batch. Committed batches are kept. Idempotent.

    Raises Refused: NOT_FOUND, or WRONG_STATE if the job has completed or failed.
    """
    job = await Job.select_for_update().only("id", "kind", "status").get_or_none(account_id=account_id, id=job_id)
    if job is None:
        raise refuse(Code.NOT_FOUND, "There is no such job.", "id")
    if job.status == JobStatus.CANCELLED:
        return
    if job.status in ENDED:
        raise refuse(Code.WRONG_STATE, f"The job has already ended with status {job.status}.", "id")
    cancelled = {"status": JobStatus.CANCELLED, "finished_at": now, "lease_id": None, "leased_until": None}
    await Job.filter(account_id=account_id, id=job_id).update(**cancelled)
    await job_audit.record_end(account_id, job_id, JobStatus.CANCELLED, is_cancelling=True, now=now)
    await tell_end(account_id, job_id, job.kind, JobStatus.CANCELLED, now)
    await notify_change(account_id, job_id, now=now)


async def wait(*, account_id: UUID, job_id: UUID, seconds: float) -> None:
    """Waits until the job has ended, for at most `seconds`.

    Returns immediately inside a transaction, because the job is not visible to workers before the commit. The wait does
    not count towards the operation's deadline. Raises ClientDisconnected if the client disconnects.
    """
    if database.in_a_transaction():
        return
    running = deadline.current()
    looked_at, pause = monotonic(), _POLL_SECONDS
    ends_at = looked_at + seconds
    while (left := ends_at - monotonic()) > 0:
        job = await Job.get_or_none(account_id=account_id, id=job_id).only("id", "status")
        if job is None or job.status in ENDED:
            return
        pause = min(pause, left)
        if running is not None:
            running.exclude(monotonic() - looked_at + pause)  # includes the statement's time, unless it hangs
        with interruptible():
            await asyncio.sleep(pause)
        looked_at, pause = monotonic(), min(pause * 1.5, _LONGEST_POLL_SECONDS)


async def notify_change(account_id: UUID, job_id: UUID, *, now: datetime) -> None:
    """Notifies all processes of a change of the job, when the transaction that changed it commits."""
    await notifications.notify(CHANGED_CHANNEL, f"{account_id}:{job_id}")
    await event_log.publish(Topic.JOB, account_id, {"": [job_id]}, now=now, is_looked_up=True)


async def tell_end(account_id: UUID, job_id: UUID, kind: str, status: JobStatus, now: datetime) -> None:
    """Records the event of the end of a job, and notifies subscribers of its contacts."""
    payload = {"jobId": job_id, "kind": kind, "status": status.value}
    await events.record(account_id=account_id, kind=events.EventKind.JOB_FINISHED, payload=payload, now=now)
    await webhooks.record(account_id, [Event(type=EventType.JOB_FINISHED, job_id=job_id)], now=now)
    await contact_change_log.publish_job_end(account_id, job_id, now=now)
