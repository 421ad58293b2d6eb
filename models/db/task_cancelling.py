"""Ends tasks for good."""

import asyncio
from typing import Any

_REPEAT_SECONDS = 1.0


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancels the tasks, and returns once all have ended. Raises none of their exceptions.

    It cancels them again each second. In Python 3.11, `asyncio.wait_for` swallows a cancellation that arrives together
    with the result that it waits for, and asyncpg uses it to connect. A task that loops would then go on for ever.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        ended, pending = await asyncio.wait(pending, timeout=_REPEAT_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()  # so that asyncio does not log it as never retrieved
