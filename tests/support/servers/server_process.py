"""Runs a production server in a separate process."""

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.servers.cluster import free_port

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def serving(database_url: str, **settings: object) -> AsyncIterator[str]:
    """Yields the URL of the API when the server answers. `settings` have lowercase names without MUSTER_."""
    async with started(database_url, "-m", "muster", "serve", **settings) as (url, _):
        yield url


@asynccontextmanager
async def started(
    database_url: str, *command: str, **settings: object
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Runs a Python command that serves. When it answers, yields the API's URL and the process, with piped stdout."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *command),
        cwd=ROOT,
        env=os.environ
        | {"MUSTER_DATABASE_URL": database_url, "MUSTER_PORT": str(port), "MUSTER_LOG_LEVEL": "error"}
        | {f"MUSTER_{name.upper()}": str(value) for name, value in settings.items()},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(_is_ready, port):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/graphql", process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as response:
            return bool(response.status == 200)
    except OSError:
        return False
