"""How long a test waits for what must come, on however slow a machine."""

import asyncio
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0
"""Seconds. Nothing but a failure lasts so long."""


async def until(is_so: Callable[[], Any]) -> None:
    """Returns once it is so; raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110  # for what has no event
            await asyncio.sleep(0.005)
