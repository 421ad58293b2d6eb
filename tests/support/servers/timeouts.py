"""The time that a test waits for an expected event, even on a slow machine."""

import asyncio
from collections.abc import Callable
from typing import Any

TIMEOUT = 60.0
"""Seconds. Only a failing test waits this long."""


async def wait_until(is_so: Callable[[], Any]) -> None:
    """Returns when the condition is true. Raises TimeoutError after TIMEOUT."""
    async with asyncio.timeout(TIMEOUT):
        while not is_so():  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.005)
