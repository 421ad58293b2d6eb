"""The deadline of an operation: it interrupts what the operation waits for, and nothing else."""

import asyncio

import pytest

from models.db import application
from models.db.deadline import ClientDisconnected, Deadline, DeadlineExceeded, Unavailable, interruptible


async def test_a_deadline_interrupts_what_is_awaited() -> None:
    with Deadline(0.02), pytest.raises(DeadlineExceeded), interruptible():
        await asyncio.sleep(30)

    assert asyncio.current_task() is not None
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]
    await asyncio.sleep(0)


async def test_after_the_end_everything_else_fails_at_once() -> None:
    with Deadline(10) as bound:
        bound.end(ClientDisconnected())

        with pytest.raises(ClientDisconnected), interruptible():
            await asyncio.sleep(30)


async def test_what_is_not_interruptible_goes_on_to_its_end() -> None:
    with Deadline(10) as bound:
        asyncio.get_running_loop().call_later(0.01, bound.end, DeadlineExceeded())

        await asyncio.sleep(0.03)

        with pytest.raises(DeadlineExceeded):
            bound.check()


async def test_all_tasks_of_an_operation_are_interrupted() -> None:
    async def wait() -> None:
        with interruptible():
            await asyncio.sleep(30)

    with Deadline(0.02):
        results = await asyncio.gather(wait(), wait(), return_exceptions=True)

    assert [type(result) for result in results] == [DeadlineExceeded, DeadlineExceeded]


async def test_a_task_that_is_cancelled_from_outside_stays_cancelled() -> None:
    async def work() -> None:
        with Deadline(10), interruptible():
            await asyncio.sleep(30)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_inner_wait_leaves_the_outer_one_interruptible() -> None:
    async def work() -> None:
        with interruptible():
            with interruptible():
                await asyncio.sleep(0)
            await asyncio.sleep(30)

    with Deadline(0.02), pytest.raises(DeadlineExceeded):
        await work()


async def test_time_that_is_excluded_does_not_count() -> None:
    with Deadline(0.02) as bound:
        bound.exclude(0.05)
        with interruptible():
            await asyncio.sleep(0.04)

        assert not bound.has_ended


async def test_a_database_that_does_not_answer_is_unavailable_before_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_answer(seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return False

    monkeypatch.setattr(application, "probe", lambda: no_answer)

    with Deadline(2.0) as bound, pytest.raises(Unavailable), interruptible():
        await asyncio.sleep(30)

    assert bound.left() == 0 or bound.has_ended
