"""Work that would hold the event loop too long, done by a thread beside it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# One thread: two would take the event loop two thirds of its time instead of half of it.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="execution")


async def aside(function: Callable[..., T], *arguments: object) -> T:
    """Runs the function in the thread; calls wait for each other. Returns and raises what the function does."""
    return await asyncio.get_running_loop().run_in_executor(_thread, function, *arguments)
