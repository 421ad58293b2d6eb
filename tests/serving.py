"""A server as it is started in earnest, in a process of its own."""

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.cluster import free_port

ROOT = Path(__file__).parent.parent


@asynccontextmanager
async def serving(database_url: str, **settings: object) -> AsyncIterator[str]:
    """The URL of its API, once it answers. `settings` are named without MUSTER_, in small letters."""
    async with started(database_url, "-m", "muster", "serve", **settings) as (url, _):
        yield url


@asynccontextmanager
async def started(
    database_url: str, *command: str, **settings: object
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """What serves by this command of Python, once it answers: its API, and its process, whose output is kept."""
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
