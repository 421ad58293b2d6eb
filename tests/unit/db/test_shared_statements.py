"""Statements that callers share: who waits for whom, and what becomes of the others if one fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from models.db import shared_statements
from models.db.deadline import ClientDisconnected, Deadline, ResultUnknown
from models.db.shared_statements import MOST_ITEMS, SharedStatements, filled

Shared = SharedStatements[int, int | None]


class Statements:
    """Statements that end when the test says so. Each returns ten times its items; None for odd ones."""

    def __init__(self) -> None:
        self.begun: list[list[int]] = []
        self.ends: list[asyncio.Future[None]] = []

    async def __call__(self, items: list[int]) -> Sequence[int | None]:
        self.begun.append(items)
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ends.append(end)
        await end
        return [None if item % 2 else 10 * item for item in items]

    async def end_until_done(self, works: Sequence[asyncio.Task[Any]]) -> None:
        """Ends all statements, also later ones, until the works are done."""
        while not all(work.done() for work in works):
            for end in self.ends:
                if not end.done():
                    end.set_result(None)
            await turns()


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def begin(
    shared: Shared,
    statement: Callable[[list[int]], Awaitable[Sequence[int | None]]],
    *items: int,
    common: str = "account",
    deadline: Deadline | None = None,
) -> list[asyncio.Task[int | None]]:
    async def run(item: int) -> int | None:
        if deadline is None:
            return await shared.run(common, item, statement)
        with deadline:
            return await shared.run(common, item, statement)

    return [asyncio.create_task(run(item)) for item in items]


async def test_the_items_that_come_while_a_statement_runs_share_the_next_one() -> None:
    shared, statements = Shared(writes=False), Statements()
    works = begin(shared, statements, 1)
    await turns()
    works += begin(shared, statements, 2, 3)
    await turns()
    works += begin(shared, statements, 4)
    works += begin(shared, statements, 6, common="other account")
    await turns()
    assert statements.begun == [[1], [6]]

    for end in statements.ends:
        end.set_result(None)
    await turns()
    assert statements.begun == [[1], [6], [2, 3, 4]]
    statements.ends[2].set_result(None)

    assert await asyncio.gather(*works) == [None, 20, None, 40, 60]
    assert shared._lines == {}


async def test_a_statement_does_not_wait_long_for_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_statements, "LONGEST_WAIT", 0.001)
    shared, statements = Shared(writes=True), Statements()
    [hanging] = begin(shared, statements, 2)
    await turns()
    later = begin(shared, statements, 4, 6)
    await asyncio.sleep(0.1)
    assert statements.begun == [[2], [4, 6]]
    statements.ends[1].set_result(None)

    assert await asyncio.gather(*later) == [40, 60]
    assert not hanging.done()
    statements.ends[0].set_result(None)
    assert await hanging == 20


async def test_a_statement_has_a_limited_number_of_items() -> None:
    shared, statements = Shared(writes=False), Statements()
    works = begin(shared, statements, *range(0, 4 * MOST_ITEMS, 2))
    await turns()
    await statements.end_until_done(works)
    assert max(map(len, statements.begun)) == MOST_ITEMS
    assert [work.result() for work in works] == [10 * item for item in range(0, 4 * MOST_ITEMS, 2)]


async def test_if_a_shared_statement_fails_each_of_the_others_runs_its_own() -> None:
    shared, statements = Shared(writes=True), Statements()
    works = begin(shared, statements, 2)
    await turns()
    works += begin(shared, statements, 4, 6, 8)
    await turns()
    statements.ends[0].set_result(None)
    await turns()
    statements.ends[1].set_exception(ValueError("one of the rows"))
    await statements.end_until_done(works)

    results = await asyncio.gather(*works, return_exceptions=True)
    assert [type(result) for result in results] == [int, ValueError, int, int]
    assert [results[0], *results[2:]] == [20, 60, 80]
    assert statements.begun[2:] == [[6], [8]]


@pytest.mark.parametrize(("writes", "expected"), [(True, [ResultUnknown, ResultUnknown]), (False, [int, int])])
@pytest.mark.parametrize("error", [ResultUnknown("lost"), asyncio.CancelledError()])
async def test_if_the_result_of_a_write_is_unknown_it_is_unknown_to_all(
    error: BaseException, writes: bool, expected: list[type]
) -> None:
    shared, statements = Shared(writes=writes), Statements()
    works = begin(shared, statements, 2)
    await turns()
    works += begin(shared, statements, 4, 6, 8)
    await turns()
    statements.ends[0].set_result(None)
    await turns()
    statements.ends[1].set_exception(error)
    await turns()
    await statements.end_until_done(works)

    results: list[Any] = await asyncio.gather(*works, return_exceptions=True)
    assert type(results[1]) is type(error)
    assert [type(result) for result in results[2:]] == expected


async def test_a_write_whose_client_has_left_does_not_begin_and_one_that_has_begun_is_not_interrupted() -> None:
    shared, statements = Shared(writes=True), Statements()
    begin(shared, statements, 2)
    await turns()
    early, late = Deadline(10), Deadline(10)
    leading, leaving, staying = (
        begin(shared, statements, 4)[0],
        begin(shared, statements, 6, deadline=early)[0],
        begin(shared, statements, 8, deadline=late)[0],
    )
    await turns()
    early.end(ClientDisconnected())
    statements.ends[0].set_result(None)
    await turns()
    assert statements.begun[1] == [4, 8]
    late.end(ClientDisconnected())
    await turns()
    assert not staying.done()
    statements.ends[1].set_result(None)

    assert (await leading, await staying) == (40, 80)
    assert statements.begun[2:] == [[6]]  # the statement itself refuses work without a client
    statements.ends[2].set_result(None)
    await leaving


async def test_a_read_whose_client_leaves_is_interrupted() -> None:
    shared, statements = Shared(writes=False), Statements()
    begin(shared, statements, 2)
    await turns()
    bounds = Deadline(10)
    works = begin(shared, statements, 4) + begin(shared, statements, 6, deadline=bounds)
    await turns()
    bounds.end(ClientDisconnected())
    with pytest.raises(ClientDisconnected):
        await works[1]
    for _ in range(2):
        statements.ends[-1].set_result(None)
        await turns()
    assert await works[0] == 40


def test_short_lists_of_keys_are_filled_with_the_first_one() -> None:
    assert filled([7, 8]) == [7, 8, *[7] * 8]
    assert filled(list(range(12))) == list(range(12))
