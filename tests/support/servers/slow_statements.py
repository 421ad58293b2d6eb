"""Statements that take longer than any test waits, so that a deadline or a disconnect has something to stop."""

import asyncio
from typing import Any

import pytest

from models.db import database
from tests.support.servers.timeouts import TIMEOUT

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"


class SlowStatements:
    """Runs an endless statement before each statement that contains the text. `ended` has the exceptions it raised."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        self.started = 0
        self.ended: list[BaseException] = []
        fetch = database.fetch
        for name in ("fetch", "execute"):
            run = getattr(database, name)

            async def slowly(sql: str, *args: Any, run: Any = run, **options: Any) -> Any:
                if text in sql:
                    self.started += 1
                    try:
                        await fetch(ENDLESS)
                    except BaseException as error:
                        self.ended.append(error)
                        raise
                return await run(sql, *args, **options)

            monkeypatch.setattr(database, name, slowly)

    @property
    def how(self) -> list[str]:
        """Returns the names of these exceptions."""
        return [type(error).__name__ for error in self.ended]


async def within(seconds: float, slow: SlowStatements, count: int = 1) -> None:
    """Returns when `count` statements have ended. Raises TimeoutError."""
    async with asyncio.timeout(min(seconds, TIMEOUT)):
        while len(slow.ended) < count:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.005)
