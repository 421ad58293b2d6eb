"""Claims jobs and runs them, in the server's process or in a separate worker process."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from random import uniform
from typing import Any
from uuid import UUID

import structlog

from models.db import database
from models.db.database import Row
from models.db.deadline import Deadline, ResultUnknown, TemporaryFailure
from models.db.postgres.frozen_sessions import end_frozen_sessions
from models.db.task_cancelling import cancel
from services.events.actor import set_actor
from services.jobs import leases_sql as leases, queue as jobs
from services.jobs.leases_sql import Lease, LeaseLost
from services.jobs.queue import JobStatus
from services.refusal import Code, Refusal, Refused
from services.subscriptions.event_log import suppress_single_events

log = structlog.get_logger("services.jobs.worker")

_RENEW_SECONDS = 5.0
_POLL_SECONDS = 2.0
_OWN_STATEMENTS_SECONDS = 10.0
"""Deadline for claiming or releasing a job."""
_STATEMENT_SECONDS = 15.0
"""Database statement timeout. It frees the locks of a worker that freezes in the middle of a batch."""
_MOST_FAILURES = 4
_TURN_SECONDS = 0.005
_PAUSE = timedelta(seconds=3)
"""Base pause after a failure. Grows with unexpected failures, and with the time since the first temporary one."""
RETRY_FOR = timedelta(hours=12)

_TEMPORARY = (TemporaryFailure, ResultUnknown, ConnectionError)
"""Includes ResultUnknown: the checkpoint in the same transaction shows the next attempt whether it committed."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_FAILED = Refusal(Code.SERVER_ERROR, "The server failed unexpectedly. Its log has the details under the job's id.")

Clock = Callable[[], datetime]


class Work:
    """A job that this worker runs. Tasks read the job's attributes, and write progress with `step`."""

    def __init__(self, row: Row, clock: Clock) -> None:
        self.account_id: UUID = row["account_id"]
        self.job_id: UUID = row["id"]
        self.lease = Lease(self.account_id, self.job_id, row["lease_id"])
        self.kind: str = row["kind"]
        self.task: str = row["task"]
        self.input: dict[str, Any] = row["input"]
        self.checkpoint: dict[str, Any] = row["checkpoint"]
        """Empty at the start; otherwise the checkpoint of the last step."""
        self.row_count: int | None = row["row_count"]
        self.done_row_count: int = row["done_row_count"]
        self.summary: dict[str, Any] | None = row["summary"]
        self.warnings: list[list[Any]] = row["warnings"]
        self.failure_count: int = row["failure_count"]
        self.failing_since: datetime | None = row["failing_since"]
        self.is_dry_run: bool = row["is_dry_run"]
        self.file_name: str | None = row["file_name"]
        self.contact_list_id: UUID | None = row["contact_list_id"]
        self.created_by_id: UUID | None = row["created_by_id"]
        self.created_at: datetime = row["created_at"]
        self.now = clock

    async def step(self, write: Callable[[], Awaitable[Mapping[str, Any]]], *, is_progress: bool = True) -> None:
        """Runs one batch and stores the job's progress in the same transaction.

        `write` returns the changed columns of the job: checkpoint, done_row_count, summary, row_count, warnings,
        columns. After a transaction conflict it runs again, so it must have no side effects outside the database.
        Raises LeaseLost if the job was cancelled or another worker claimed it; the batch is then rolled back.

        Progress resets the failure count. `is_progress` is false for a step that the next attempt would repeat.
        """
        progress = {"failure_count": 0, "failing_since": None} if is_progress else {}

        @database.transactional
        async def batch() -> Mapping[str, Any]:
            await self.lease.mark()
            changed = await write()
            now = self.now()
            await leases.write(self.lease, {**changed, **progress, "leased_until": now + leases.LEASE}, now=now)
            return changed

        for name, value in {**await batch(), **progress}.items():
            setattr(self, name, value)

    async def yield_to_other_writers(self) -> None:
        """Pauses between consecutive steps, because on SQLite other processes poll for the write lock."""
        if not database.is_postgres():
            await asyncio.sleep(_TURN_SECONDS)


def _is_temporary(error: Exception) -> bool:
    return isinstance(error, _TEMPORARY) or (isinstance(error, OSError) and error.errno in _FULL)


Task = Callable[[Work], Awaitable[None]]


class Worker:
    """Runs up to `size` jobs concurrently. With 0, it only frees the locks of lost workers.

    - If a task returns, its job is completed.
    - If a task raises Refused, its job ends as FAILED with that reason.
    - If a task raises anything else, it is retried from its last checkpoint. After temporary failures, the pauses grow
      until `retry_for` has passed since the first one in a row. After unexpected errors, there are a few retries.
    """

    def __init__(
        self, tasks: Mapping[str, Task], *, clock: Clock, size: int = 2, retry_for: timedelta = RETRY_FOR
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._size = size
        self._retry_for = retry_for
        self._woken = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()
        self._taking: asyncio.Task[None] | None = None

    def start(self) -> None:
        jobs.queued_callbacks().append(self.wake)
        self._taking = asyncio.create_task(self._take_up())

    def wake(self) -> None:
        """Wakes the worker, because there may be a job."""
        self._woken.set()

    async def stop(self) -> None:
        """Stops and releases its jobs, so that other workers can claim them immediately."""
        jobs.queued_callbacks().remove(self.wake)
        if self._taking is not None:
            await cancel(self._taking)
        busy = tuple(self._busy)
        for task in busy:
            task.cancel()  # once only, since each then releases its job
        await asyncio.gather(*busy, return_exceptions=True)

    async def run_all(self) -> None:
        """Runs all available jobs, one after another, and returns. For commands and tests."""
        while (row := await self._next()) is not None:
            await self._do(Work(row, self._clock))

    async def _next(self) -> Row | None:
        """Frees the locks of lost workers, and claims the next job if the worker has a free slot."""
        now = self._clock()
        with Deadline(_OWN_STATEMENTS_SECONDS):
            await leases.end_abandoned(now=now)
            return await leases.claim(now=now) if len(self._busy) < self._size else None

    async def _take_up(self) -> None:
        while True:
            self._woken.clear()
            try:
                with Deadline(_OWN_STATEMENTS_SECONDS):
                    await end_frozen_sessions()
                while (row := await self._next()) is not None:
                    doing = asyncio.create_task(self._do(Work(row, self._clock)))
                    self._busy.add(doing)
                    doing.add_done_callback(self._done)
            except Exception as error:  # noqa: BLE001  # the database may be unreachable only temporarily
                log.error("cannot claim jobs", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._woken.wait()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._woken.set()

    async def _do(self, work: Work) -> None:
        doing = asyncio.create_task(self._run(work))
        renewing = asyncio.create_task(self._renew(work, doing))
        try:
            await doing
        except asyncio.CancelledError:
            if not doing.done():
                doing.cancel()
                await asyncio.gather(doing, return_exceptions=True)
            with suppress(LeaseLost, *_TEMPORARY), Deadline(_OWN_STATEMENTS_SECONDS):
                await leases.release(work.lease, now=self._clock())
            raise
        finally:
            renewing.cancel()

    async def _run(self, work: Work) -> None:
        """Runs the job and writes its outcome. Retries the write until the database is available."""
        set_actor(work.created_by_id, job_id=work.job_id)
        try:
            with Deadline(None, account_id=work.account_id, statement_seconds=_STATEMENT_SECONDS):
                write_outcome = await self._outcome(work)
            while True:
                try:
                    with Deadline(_OWN_STATEMENTS_SECONDS, account_id=work.account_id):
                        return await write_outcome()
                except _TEMPORARY as error:
                    log.warning("cannot write a job's outcome yet", job=str(work.job_id), error=type(error).__name__)
                await asyncio.sleep(_POLL_SECONDS)
        except LeaseLost:
            log.info("a job was cancelled or claimed by another worker", job=str(work.job_id))

    async def _outcome(self, work: Work) -> Callable[[], Awaitable[None]]:
        """Runs the job. Returns the function that ends it or releases it for another attempt. Raises LeaseLost."""
        if work.failure_count > _MOST_FAILURES:  # the job may have crashed the earlier workers
            return self._failed(work, _FAILED)
        try:
            with suppress_single_events():
                await self._tasks[work.task](work)
        except LeaseLost:
            raise
        except Refused as refused:
            return self._after_refusal(work, refused.refusals[0])
        except Exception as error:  # reported in the job; the worker continues with the next one
            if _is_temporary(error):
                return self._after_temporary_failure(work, error)
            log.error("a job failed", job=str(work.job_id), task=work.task, exc_info=error)
            return self._after_refusal(work, _FAILED)
        return partial(
            leases.end, work.lease, kind=work.kind, status=JobStatus.COMPLETED, error=None, now=self._clock()
        )

    def _failed(self, work: Work, error: Refusal) -> Callable[[], Awaitable[None]]:
        return partial(leases.end, work.lease, kind=work.kind, status=JobStatus.FAILED, error=error, now=self._clock())

    def _after_refusal(self, work: Work, refusal: Refusal) -> Callable[[], Awaitable[None]]:
        """Retries after a server error, and fails the job for any other reason, which is the client's to fix."""
        if refusal.code is not Code.SERVER_ERROR or work.failure_count >= _MOST_FAILURES:
            return self._failed(work, refusal)
        count, now = work.failure_count + 1, self._clock()
        return partial(leases.release, work.lease, now=now, retry_at=now + _PAUSE * count, failure_count=count)

    def _after_temporary_failure(self, work: Work, error: Exception) -> Callable[[], Awaitable[None]]:
        now = self._clock()
        since = min(work.failing_since or now, now)
        log.warning("a job failed temporarily", job=str(work.job_id), task=work.task, error=type(error).__name__)
        if now - since >= self._retry_for:
            hours = self._retry_for / timedelta(hours=1)
            reason = str(error) if isinstance(error, TemporaryFailure) else _FAILED.message
            return self._failed(work, Refusal(Code.SERVER_ERROR, f"{reason} The server tried for {hours:g} hours."))
        pause = min(max(now - since, 2 * _PAUSE), leases.LONGEST_PAUSE) * uniform(0.5, 1)
        # The worker is alive, even if an earlier one failed to write that it released the job.
        return partial(leases.release, work.lease, now=now, retry_at=now + pause, failing_since=since, failure_count=0)

    async def _renew(self, work: Work, doing: asyncio.Task[None]) -> None:
        """Renews the lease during long steps, and cancels the work if the lease is lost."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                with Deadline(_RENEW_SECONDS):
                    is_held = await leases.renew(work.lease, now=self._clock())
            except Exception as error:  # noqa: BLE001  # the next renewal may succeed, and each step checks the lease
                log.warning("cannot renew a lease", job=str(work.job_id), error=type(error).__name__)
                continue
            if not is_held and not doing.done():
                doing.cancel()
                return
