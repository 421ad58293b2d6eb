"""The turns that expensive operations take on the event loop."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from web.http.loop_turns import EXPENSIVE_COST, LoopTurns

PIECES = 5


@pytest.fixture
async def iterations() -> AsyncIterator[list[str]]:
    """Yields a list to which each iteration of the event loop appends a line."""
    events: list[str] = []
    loop = asyncio.get_running_loop()
    is_running = True

    def iterate() -> None:
        events.append("|")
        if is_running:
            loop.call_soon(iterate)

    iterate()
    yield events
    is_running = False
    await asyncio.sleep(0)


async def compute(name: str, events: list[str], pieces: int = PIECES) -> str:
    for _ in range(pieces):
        events.append(name)
        await asyncio.sleep(0)
    return name


def run(turns: LoopTurns, name: str, events: list[str], cost: int = EXPENSIVE_COST + 1) -> "asyncio.Task[str]":
    async def awaited() -> str:
        return await turns.run(compute(name, events), cost=cost, account=name[0])

    return asyncio.create_task(awaited())


def at_once(events: list[str]) -> list[str]:
    """Returns what ran in each iteration in which something ran."""
    return [part for part in "".join(events).split("|") if part]


async def test_one_expensive_operation_computes_in_an_iteration_and_accounts_alternate(iterations: list[str]) -> None:
    turns = LoopTurns()
    tasks = [run(turns, name, iterations) for name in ("a", "a", "a", "b")]

    assert await asyncio.gather(*tasks) == ["a", "a", "a", "b"]

    ran = at_once(iterations)
    assert sorted(ran) == ["a"] * 3 * PIECES + ["b"] * PIECES, "two of them computed in one iteration"
    assert "".join(ran).rindex("b") < 3 * PIECES, "the account with fewer operations waited for the other"


async def test_cheap_operations_do_not_wait(iterations: list[str]) -> None:
    turns = LoopTurns()
    tasks = [run(turns, name, iterations, cost=EXPENSIVE_COST) for name in ("a", "a", "b")]

    await asyncio.gather(*tasks)

    assert at_once(iterations) == ["aab"] * PIECES


async def test_an_expensive_operation_without_competition_computes_in_each_iteration(iterations: list[str]) -> None:
    await run(LoopTurns(), "a", iterations)

    assert "|".join("a" * PIECES) in "".join(iterations)


async def test_an_operation_that_is_cancelled_ends_and_lets_others_compute() -> None:
    turns, events = LoopTurns(), list[str]()
    first, second, third = (run(turns, name, events) for name in ("a", "b", "c"))
    await asyncio.sleep(0)
    second.cancel()  # it waits for its turn
    await asyncio.sleep(0)
    first.cancel()  # it has computed

    assert await third == "c"
    await asyncio.wait([first, second])
    assert first.cancelled()
    assert second.cancelled()
    assert await run(turns, "d", events) == "d"


async def test_exceptions_reach_the_work_and_its_caller() -> None:
    turns, seen = LoopTurns(), list[str]()

    async def fails() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise ValueError("ended") from None

    async def awaited() -> None:
        await turns.run(fails(), cost=EXPENSIVE_COST + 1, account="a")

    task = asyncio.create_task(awaited())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(ValueError, match="ended"):
        await task
    assert seen == ["cancelled"]
    assert await run(turns, "b", []) == "b"
