"""Takes up jobs and does them: in the server's process, or in one of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from models import database
from models.database import Row
from services import jobs
from services.contact_changes import told_by_job
from services.jobs import Lease, LeaseLost, Status
from services.refusal import Code, Refusal, Refused

log = structlog.get_logger("services.jobs")

_RENEW_SECONDS = 5.0
_POLL_SECONDS = 2.0
_MOST_FAILURES = 4
_TURN_SECONDS = 0.005
_PAUSE_AFTER_FAILURE = timedelta(seconds=3)
_FAILED = Refusal(Code.SERVER_ERROR, "Something went wrong in the server; its log says more under the job's id.")

Clock = Callable[[], datetime]


class Work:
    """A job in a worker's hands. What it is about is read from it; what was done is written by `step`."""

    def __init__(self, row: Row, clock: Clock) -> None:
        self.account_id: UUID = row["account_id"]
        self.job_id: UUID = row["id"]
        self.lease = Lease(self.account_id, self.job_id, row["lease_id"])
        self.kind: str = row["kind"]
        self.task: str = row["task"]
        self.input: dict[str, Any] = row["input"]
        self.checkpoint: dict[str, Any] = row["checkpoint"]
        """Empty at the start; else what the last step left."""
        self.row_count: int | None = row["row_count"]
        self.done_row_count: int = row["done_row_count"]
        self.summary: dict[str, Any] | None = row["summary"]
        self.failure_count: int = row["failure_count"]
        self.is_dry_run: bool = row["is_dry_run"]
        self.file_name: str | None = row["file_name"]
        self.contact_list_id: UUID | None = row["contact_list_id"]
        self.created_by_id: UUID | None = row["created_by_id"]
        self.created_at: datetime = row["created_at"]
        self.now = clock

    async def step(self, write: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        """Does one batch and keeps how far the job is by then, in one transaction.

        `write` gives the columns of the job that have changed: checkpoint, done_row_count, summary, row_count, columns.
        It is called again where its transaction met another one, so it may change nothing but the database. Raises
        LeaseLost where the job was cancelled or another worker has it by now; the batch is not written then.
        """

        @database.transactional
        async def batch() -> Mapping[str, Any]:
            changed = await write()
            values = {**changed, "leased_until": self.now() + jobs.LEASE, "failure_count": 0}
            await jobs.write(self.lease, values)
            return changed

        for name, value in (await batch()).items():
            setattr(self, name, value)
        self.failure_count = 0

    async def leave_others_their_turn(self) -> None:
        """Between steps that come one right after the other: on SQLite other processes poll for the write lock."""
        if not database.is_postgres():
            await asyncio.sleep(_TURN_SECONDS)


Task = Callable[[Work], Awaitable[None]]


class Worker:
    """Does up to `size` jobs at once. A task that returns is done; `Refused` ends its job as FAILED, with the reason.

    What else it raises is tried again from the last checkpoint, a few times in a row.
    """

    def __init__(self, tasks: Mapping[str, Task], *, clock: Clock, size: int = 2) -> None:
        self._tasks = tasks
        self._clock = clock
        self._size = size
        self._woken = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()
        self._taking: asyncio.Task[None] | None = None

    def start(self) -> None:
        jobs.wakers.append(self.wake)
        self._taking = asyncio.create_task(self._take_up())

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def stop(self) -> None:
        """Lets go of its jobs, so that others can take them up at once."""
        jobs.wakers.remove(self.wake)
        tasks = [*self._busy, *([self._taking] if self._taking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run_all(self) -> None:
        """Does what there is to do, one after another, and returns. For commands and tests."""
        while (row := await jobs.claim(now=self._clock())) is not None:
            await self._do(Work(row, self._clock))

    async def _take_up(self) -> None:
        while True:
            self._woken.clear()
            try:
                while len(self._busy) < self._size and (row := await jobs.claim(now=self._clock())) is not None:
                    doing = asyncio.create_task(self._do(Work(row, self._clock)))
                    self._busy.add(doing)
                    doing.add_done_callback(self._done)
            except Exception as error:  # noqa: BLE001  # a database that is away now may be back later
                log.error("jobs can't be taken up", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _POLL_SECONDS)

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
            with suppress(LeaseLost):
                await jobs.put_back(work.lease, until=self._clock())
            raise
        finally:
            renewing.cancel()

    async def _run(self, work: Work) -> None:
        try:
            error = await self._outcome(work)
            if error is not None and error.code is Code.SERVER_ERROR and work.failure_count < _MOST_FAILURES:
                pause = _PAUSE_AFTER_FAILURE * (work.failure_count + 1)
                await jobs.put_back(work.lease, until=self._clock() + pause)
                return
            status = Status.COMPLETED if error is None else Status.FAILED
            await jobs.end(work.lease, kind=work.kind, status=status, error=error, now=self._clock())
        except LeaseLost:
            log.info("a job was cancelled or taken over", job=str(work.job_id))

    async def _outcome(self, work: Work) -> Refusal | None:
        """Does the job; why it failed, if it did. Raises LeaseLost."""
        if work.failure_count > _MOST_FAILURES:  # it may be what ended the processes that had it
            return _FAILED
        try:
            with told_by_job():
                await self._tasks[work.task](work)
        except LeaseLost:
            raise
        except Refused as refused:
            return refused.refusals[0]
        except Exception as error:  # told to whoever asked for the job; the next one goes on
            log.error("a job failed", job=str(work.job_id), task=work.task, exc_info=error)
            return _FAILED
        return None

    async def _renew(self, work: Work, doing: asyncio.Task[None]) -> None:
        """Holds the lease while a step takes long, and ends the work where it is lost."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                is_held = await jobs.renew(work.lease, now=self._clock())
            except Exception as error:  # noqa: BLE001  # the next try may reach the database; a step checks anyway
                log.warning("a lease could not be renewed", job=str(work.job_id), error=type(error).__name__)
                continue
            if not is_held and not doing.done():
                doing.cancel()
                return
