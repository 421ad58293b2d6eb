"""Runs commands of the command line in the process of the tests, and looks at their database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from typer.testing import Result

from models.db import database

Command = Callable[..., Result]


def asked(database_url: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """Returns the result of work on the database, run as another process would."""

    async def run() -> Any:
        await database.connect(database_url)
        try:
            return await work()
        finally:
            await database.disconnect()

    return asyncio.run(run())


def value(result: Result) -> str:
    """Returns the only line that a command printed."""
    assert result.exit_code == 0, result.output
    [line] = result.stdout.splitlines()
    return line
