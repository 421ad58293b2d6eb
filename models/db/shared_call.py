"""Runs a function once for several callers."""

import asyncio
from collections.abc import Awaitable, Callable

from models.db.application import create_detached_task


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
