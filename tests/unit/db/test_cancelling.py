"""Tasks end when they are cancelled, also one that swallows a cancellation."""

import asyncio
from datetime import UTC, datetime

import pytest

from models.db.task_cancelling import cancel
from services.jobs.worker import Worker
from tests.support.servers.timeouts import TIMEOUT


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(TIMEOUT)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancel(task)

    assert (task.cancelled(), swallowed) == (True, 1)


async def test_the_errors_of_ended_tasks_are_not_raised() -> None:
    async def failing() -> None:
        raise ValueError

    tasks = [asyncio.create_task(failing()), asyncio.create_task(asyncio.sleep(TIMEOUT))]
    await cancel(*tasks)

    assert (tasks[0].done(), tasks[1].cancelled()) == (True, True)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("turns", range(4))
async def test_a_worker_stops_although_it_is_woken_at_the_same_time(turns: int) -> None:
    worker = Worker({}, clock=lambda: datetime.now(UTC))
    worker.start()
    await asyncio.sleep(0.1)

    worker.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(TIMEOUT):
        await worker.stop()
