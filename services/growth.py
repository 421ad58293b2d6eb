"""Work that fills a table sees to it that PostgreSQL's planner knows: whoever reads meanwhile is kept waiting else."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from models import statistics

log = structlog.get_logger("services.growth")

FIRST_LOOK = 5_000
"""Rows. By fewer nobody is slowed down."""


class Growth:
    """Of a table's rows that meet a condition: `Growth("contact", "account_id = $1", account_id)`. To be stopped."""

    def __init__(self, table: str, condition: str, *args: Any) -> None:
        self._table = table
        self._condition = condition
        self._args = args
        self._next_look = FIRST_LOOK
        self._looking: asyncio.Task[None] | None = None

    def follow(self, count: int) -> None:
        """There are so many by now. Each time that they have doubled the planner is asked, beside the work."""
        if count >= self._next_look and (self._looking is None or self._looking.done()):
            self._next_look = 2 * count
            self._looking = asyncio.create_task(self._look(count))

    async def _look(self, count: int) -> None:
        try:
            await statistics.refresh(self._table, self._condition, *self._args, count=count)
        except Exception as error:  # noqa: BLE001  # the work goes on without
            log.warning("the planner could not be told of new rows", table=self._table, error=type(error).__name__)

    async def finish(self) -> None:
        """The work is done: returns once the planner knows what it was told last."""
        if self._looking is not None:
            await self._looking

    async def stop(self) -> None:
        """Nothing goes on behind this. Safe to repeat."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
