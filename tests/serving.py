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
async def serving(database_url: str) -> AsyncIterator[str]:
    """The URL of its API, once it answers."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "muster", "serve", "--port", str(port)),
        cwd=ROOT,
        env=os.environ | {"MUSTER_DATABASE_URL": database_url, "MUSTER_LOG_LEVEL": "error"},
    )
    try:
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(_is_ready, port):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        process.terminate()
        await process.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as response:
            return bool(response.status == 200)
    except OSError:
        return False
