"""Statements that requests share. docs/decisions/shared-statements.md explains them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from models.db import deadline
from models.db.deadline import Deadline, ResultUnknown, interruptible

T = TypeVar("T")
R = TypeVar("R")

MOST_ITEMS: Final = 50
"""The number of items that share a statement at most."""
LONGEST_WAIT: Final = 0.02
"""How many seconds a statement waits at most for the end of the one before it."""

_ESTIMATED_KEYS: Final = 10
"""PostgreSQL's estimate of the length of a list that is a parameter (estimate_array_length in its selfuncs.c)."""

_Others: TypeAlias = list[tuple[T, Deadline | None, asyncio.Future[tuple[R] | None]]]
"""The items that join a statement, and the futures of their results; None if each has to run its own statement."""


class _Line(Generic[T, R]):
    """The statements that have all in common except their items."""

    __slots__ = ("count", "joining", "running", "turns")

    def __init__(self) -> None:
        self.count = 0
        """The number of statements, with the one that has not begun."""
        self.joining: _Others[T, R] | None = None
        """The list that further items join, if a statement has not begun."""
        self.running = 0
        """The number of statements that have begun."""
        self.turns: deque[asyncio.Future[None]] = deque()
        """For each statement that waits for the end of another one, a future. The first one is next."""


class SharedStatements(Generic[T, R]):
    """Runs statements, each for the items of several callers.

    An item without company has its own statement at once. While a statement runs, the next one waits for its end, and
    further items join it. If it fails, each of the others runs its own. With `writes`, callers whose statement has
    begun wait for its end, as for the end of a COMMIT.
    """

    __slots__ = ("_lines", "_writes")

    def __init__(self, *, writes: bool) -> None:
        self._lines: dict[Hashable, _Line[T, R]] = {}
        self._writes = writes

    async def run(self, common: Hashable, item: T, statement: Callable[[list[T]], Awaitable[Sequence[R]]]) -> R:
        """Returns the result for an item. `statement` returns the results for items, in their order.

        Callers share a statement if `common` is equal. It must contain all that the statement depends on except the
        items. Raises the exceptions of `statement`.
        """
        line = self._lines.get(common)
        if line is None:
            line = self._lines[common] = _Line()
        elif line.joining is not None and len(line.joining) < MOST_ITEMS - 1:
            found = await self._join(line.joining, item)
            if found is not None:
                return found[0]
        line.count += 1
        try:
            if line.count == 1:
                [result] = await _noted(line, statement([item]))
                return result
            return await self._lead(line, item, statement)
        finally:
            line.count -= 1
            if not line.count and self._lines.get(common) is line:
                del self._lines[common]

    async def _join(self, others: _Others[T, R], item: T) -> tuple[R] | None:
        future: asyncio.Future[tuple[R] | None] = asyncio.get_running_loop().create_future()
        others.append((item, deadline.current(), future))
        if self._writes:
            return await future
        with interruptible():
            return await future

    async def _lead(self, line: _Line[T, R], item: T, statement: Callable[[list[T]], Awaitable[Sequence[R]]]) -> R:
        """Runs the statement for an item, and for those that others add before it begins."""
        others: _Others[T, R] = []
        line.joining = others
        begun: list[asyncio.Future[tuple[R] | None]] = []
        try:
            await _turn(line)
            if line.joining is others:
                line.joining = None
            items = [item]
            for other, bounds, future in others:
                if not future.done() and (bounds is None or not bounds.has_ended):
                    items.append(other)
                    begun.append(future)
            results = await _noted(line, statement(items))
            for future, result in zip(begun, results[1:], strict=True):
                if not future.done():
                    future.set_result((result,))
            return results[0]
        except (ResultUnknown, asyncio.CancelledError):
            for future in begun if self._writes else ():
                if not future.done():
                    future.set_exception(ResultUnknown("The statement that others ran was not finished."))
            raise
        finally:
            if line.joining is others:
                line.joining = None
            for *_, future in others:
                if not future.done():
                    future.set_result(None)


async def _turn(line: _Line[T, R]) -> None:
    """Waits until a statement may begin, at least for one iteration of the event loop."""
    if not line.running:
        with interruptible():
            await asyncio.sleep(0)
        return
    loop = asyncio.get_running_loop()
    turn: asyncio.Future[None] = loop.create_future()
    line.turns.append(turn)
    timer = loop.call_later(LONGEST_WAIT, _wake, turn)
    try:
        with interruptible():
            await turn
    finally:
        timer.cancel()
        if turn in line.turns:
            line.turns.remove(turn)


async def _noted(line: _Line[T, R], statement: Awaitable[Sequence[R]]) -> Sequence[R]:
    """Runs a statement, and gives the turn to the next one at its end."""
    line.running += 1
    try:
        return await statement
    finally:
        line.running -= 1
        if line.turns:
            _wake(line.turns.popleft())


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


def filled(keys: list[T]) -> list[T]:
    """Returns a list of keys that has at least as many as PostgreSQL estimates. It repeats the first one.

    PostgreSQL plans a statement again for each list that is shorter, which takes longer than the statement.
    """
    return keys + keys[:1] * (_ESTIMATED_KEYS - len(keys))
