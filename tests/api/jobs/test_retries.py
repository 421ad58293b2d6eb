"""A job is retried for hours after temporary failures. A lease or a pause from a wrong clock is void."""

import errno
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db import database
from models.db.deadline import DeadlineExceeded, ResultUnknown, StorageFull, Unavailable
from services.jobs import leases_sql as leases, worker as job_worker
from services.jobs.leases_sql import LEASE, LONGEST_PAUSE
from services.jobs.worker import Task, Work, Worker
from tests.api.jobs.test_queue import make, rename_account, shown
from tests.support.api_client import DAY, HOUR, MONDAY, Api
from tests.support.rows import uuid_of

SECOND = timedelta(seconds=1)
TEMPORARY = [
    Unavailable("The database does not answer."),
    StorageFull("The disk is full."),
    DeadlineExceeded("The operation took too long."),
    ResultUnknown("The connection was lost."),
    ConnectionResetError(),
    OSError(errno.ENOSPC, "no space"),
]


async def attempt(task: Task, now: datetime, **options: Any) -> None:
    await Worker({"count": task}, clock=lambda: now, **options).run_all()


async def next_attempt(id: str) -> datetime | None:
    row = await database.fetch_one("SELECT retry_at FROM job WHERE id = $1", uuid_of(id))
    assert row is not None
    return None if row["retry_at"] is None else row["retry_at"]


class Failing:
    """A task that fails for a number of times, or always."""

    def __init__(self, error: Exception, times: int | None = None) -> None:
        self.error, self.times, self.count = error, times, 0

    async def __call__(self, work: Work) -> None:
        self.count += 1
        if self.times is None or self.count <= self.times:
            raise self.error


async def attempts(id: str, task: Failing, now: datetime = MONDAY, **options: Any) -> list[timedelta]:
    """Does the job until it has ended; the pauses between its attempts."""
    pauses = []
    await attempt(task, now, **options)
    while (at := await next_attempt(id)) is not None:
        pauses.append(at - now)
        now = at
        await attempt(task, now, **options)
    return pauses


async def test_a_temporary_failure_is_retried_for_hours_with_growing_pauses(api: Api) -> None:
    id = await make(api)
    task = Failing(Unavailable("The database does not answer."))

    pauses = await attempts(id, task)

    assert await shown(api, id, "status error { code message }") == {
        "status": "FAILED",
        "error": {
            "code": "SERVER_ERROR",
            "message": "The database does not answer. The server tried for 12 hours.",
        },
    }
    assert 12 * HOUR <= sum(pauses, timedelta()) <= 12 * HOUR + LONGEST_PAUSE
    assert 3 * SECOND <= pauses[0] <= 6 * SECOND
    assert max(pauses[:4]) < min(pauses[8:])
    assert max(pauses) <= LONGEST_PAUSE
    assert task.count == len(pauses) + 1 < 400


@pytest.mark.parametrize("error", TEMPORARY, ids=lambda error: type(error).__name__)
async def test_a_temporary_failure_may_happen_more_often_than_an_unexpected_one(api: Api, error: Exception) -> None:
    id = await make(api)

    await attempts(id, Failing(error, times=10))

    assert await shown(api, id, "status error { code }") == {"status": "COMPLETED", "error": None}


async def test_a_job_waits_for_its_next_attempt_as_queued(api: Api) -> None:
    id = await make(api)
    task = Failing(Unavailable(), times=1)

    await attempt(task, MONDAY)
    waiting = await shown(api, id, "status finishedAt error { code }")
    at = await next_attempt(id)
    assert at is not None
    await attempt(task, at - SECOND)
    too_early = task.count
    await attempt(task, at)

    assert waiting == {"status": "QUEUED", "finishedAt": None, "error": None}
    assert too_early == 1
    assert await shown(api, id, "status") == {"status": "COMPLETED"}


async def test_the_hours_begin_anew_with_each_step_forward(api: Api) -> None:
    id = await make(api)

    async def one_step(work: Work) -> None:
        await work.step(lambda: rename_account(work, "Forward"))
        raise Unavailable

    await attempt(one_step, MONDAY, retry_for=HOUR)
    await attempt(one_step, MONDAY + 2 * HOUR, retry_for=HOUR)
    await attempt(one_step, MONDAY + 4 * HOUR, retry_for=HOUR)

    assert await shown(api, id) == {"status": "QUEUED", "doneRowCount": 3}


async def test_what_the_next_attempt_does_again_is_no_step_forward(api: Api) -> None:
    id = await make(api)

    async def again(work: Work) -> None:
        async def write() -> Mapping[str, Any]:
            return {"row_count": 7}

        await work.step(write, is_progress=False)
        raise RuntimeError

    for minute in range(6):
        await attempt(again, MONDAY + timedelta(minutes=minute))

    assert await shown(api, id, "status rowCount") == {"status": "FAILED", "rowCount": 7}


async def test_a_batch_whose_commit_is_unknown_is_done_once(api: Api) -> None:
    id = await make(api)
    names: list[str] = []

    async def two_batches(work: Work) -> None:
        while work.done_row_count < 2:
            name = f"Batch {work.done_row_count}"
            await work.step(lambda name=name: rename_account(work, name))  # type: ignore[misc]
            names.append(name)
            if len(names) == 1:
                raise ResultUnknown("The connection was lost during COMMIT.")

    await attempt(two_batches, MONDAY)
    await attempt(two_batches, MONDAY + HOUR)

    assert names == ["Batch 0", "Batch 1"]
    assert await shown(api, id) == {"status": "COMPLETED", "doneRowCount": 2}


async def test_the_end_of_a_job_is_written_once_the_database_takes_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await make(api)
    end, failures = leases.end, [Unavailable("busy"), ResultUnknown("lost")]

    async def away(*args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await end(*args, **kwargs)

    monkeypatch.setattr(leases, "end", away)
    monkeypatch.setattr(job_worker, "_POLL_SECONDS", 0.01)
    task = Failing(RuntimeError(), times=0)
    await attempt(task, MONDAY)

    assert (failures, task.count) == ([], 1)
    assert await shown(api, id, "status") == {"status": "COMPLETED"}


async def test_a_lease_further_ahead_than_a_lease_can_be_is_void(api: Api) -> None:
    """It was written before the clock was set back."""
    await make(api)
    ahead = await leases.claim(now=MONDAY + DAY)
    assert ahead is not None
    worker = Work(ahead, lambda: MONDAY)

    taken = await leases.claim(now=MONDAY)

    assert taken is not None
    assert taken["id"] == ahead["id"]
    with pytest.raises(leases.LeaseLost):
        await worker.step(lambda: rename_account(worker, "Twice"))


@pytest.mark.parametrize("behind", [timedelta(), 5 * SECOND])
async def test_a_lease_holds_between_clocks_that_differ_a_little(api: Api, behind: timedelta) -> None:
    await make(api)
    assert await leases.claim(now=MONDAY) is not None

    assert await leases.claim(now=MONDAY - behind) is None
    assert await leases.claim(now=MONDAY - behind + LEASE - SECOND) is None


async def test_a_lease_of_a_clock_that_was_set_forward_later_is_over(api: Api) -> None:
    await make(api)
    assert await leases.claim(now=MONDAY) is not None

    assert await leases.claim(now=MONDAY + DAY) is not None


async def test_a_pause_further_ahead_than_a_pause_can_be_is_void(api: Api) -> None:
    id = await make(api)
    task = Failing(Unavailable(), times=1)
    await attempt(task, MONDAY + DAY)

    await attempt(task, MONDAY)

    assert await shown(api, id, "status") == {"status": "COMPLETED"}


async def test_a_worker_that_is_stopped_lets_go_of_its_job_without_counting_a_failure(api: Api) -> None:
    await make(api)
    for _ in range(10):
        row = await leases.claim(now=MONDAY)
        assert row is not None
        await leases.release(Work(row, lambda: MONDAY).lease, now=MONDAY)

    row = await leases.claim(now=MONDAY)

    assert row is not None
    assert row["failure_count"] == 0
