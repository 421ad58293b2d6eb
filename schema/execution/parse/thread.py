"""Runs functions that would block the event loop too long in a thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# One thread, which takes up to half of the event loop's time. Two threads would take two thirds.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="execution")


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Runs the function in the thread, one call at a time. Returns its result and raises its exceptions."""
    return await asyncio.get_running_loop().run_in_executor(_thread, function, *arguments)
