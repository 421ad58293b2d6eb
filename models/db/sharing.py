"""Parts that several callers share: the call of a function, and a timer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from models.db.application import create_detached_task

T = TypeVar("T")


class SharedCall:
    """`await call()` waits for a call of `work` that begins after the caller asked. Callers share it.

    Calls run one after another, outside the callers' deadlines. A caller gets the exception of the call.
    """

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        if self._next is None:
            self._next = create_detached_task(self._run())
            self._next.add_done_callback(_note_exception)
        await asyncio.shield(self._next)

    async def _run(self) -> None:
        async with self._turn:
            self._next = None
            await self._work()


def _note_exception(task: "asyncio.Task[None]") -> None:
    """Prevents asyncio's log of an exception that no caller got, because all of them have left."""
    if not task.cancelled():
        task.exception()


class SharedTimer(Generic[T]):
    """Calls `when_due(item)` `seconds` after `add(item)`, unless `discard(item)` comes first.

    Most items are discarded, and a timer of the event loop for each would cost more than the rest of their work. The
    item that was added first is due first, so one timer serves all. It belongs to the event loop that runs.
    """

    __slots__ = ("_due_at", "_loop", "_seconds", "_timer", "_when_due")

    def __init__(self, seconds: float, when_due: Callable[[T], None]) -> None:
        self._seconds = seconds
        self._when_due = when_due
        self._due_at: dict[T, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, item: T) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._timer = loop, None
            self._due_at.clear()
        due_at = self._due_at[item] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(due_at, self._call_due, loop)

    def discard(self, item: T) -> None:
        self._due_at.pop(item, None)

    def _call_due(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for item, due_at in tuple(self._due_at.items()):
            if due_at > loop.time():
                self._timer = loop.call_at(due_at, self._call_due, loop)
                return
            if self._due_at.pop(item, None) is not None:
                self._when_due(item)
