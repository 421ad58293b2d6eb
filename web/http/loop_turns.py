"""Lets expensive operations use the event loop in turns, so that a cheap one never waits for several of them."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Coroutine, Generator, Hashable
from functools import partial
from types import coroutine
from typing import Any, Final, TypeVar

EXPENSIVE_COST: Final = 7_500
"""Operations that cost more points than this take turns. A search for a page of contacts costs less."""

Result = TypeVar("Result")


class LoopTurns:
    """The turns of expensive operations. Only one of them computes in an iteration of the event loop.

    An operation computes from one wait, such as that for a statement, to the next. Then it gives the turn back. The
    next turn begins in a later iteration, so that everything else that is ready runs before it. Accounts get turns one
    after another. An operation without competition does not wait.
    """

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    def run(self, work: Coroutine[Any, Any, Result], *, cost: int, account: Hashable) -> Awaitable[Result]:
        """Returns an awaitable that runs the work, in turns if it is expensive."""
        return self._in_turns(work, account) if cost > EXPENSIVE_COST else work

    @coroutine
    def _in_turns(self, work: Coroutine[Any, Any, Result], account: Hashable) -> Generator[Any, None, Result]:
        step, loop = partial(work.send, None), asyncio.get_running_loop()
        while True:
            has_turn = True
            try:
                if self._is_taken:
                    yield from self._wait(account)
                self._is_taken = True
            except BaseException as error:  # noqa: BLE001  # the work gets the reason of its end at once
                has_turn, step = False, partial(work.throw, error)
            try:
                awaited = step()
            except StopIteration as done:
                result: Result = done.value
                return result
            finally:
                if has_turn:
                    loop.call_soon(self._pass_on)
            try:
                yield awaited
                step = partial(work.send, None)
            except BaseException as error:  # noqa: BLE001  # the work gets it, as if it had waited itself
                step = partial(work.throw, error)

    def _wait(self, account: Hashable) -> Generator[Any, None, None]:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(account, deque()).append(turn)
        try:
            yield from turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            account, queue = self._waiting.popitem(last=False)
            turn = queue.popleft()
            if queue:
                self._waiting[account] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._is_taken = False
