"""Starts Citus clusters and runs tests on them: `python -m tests.citus [ARGS]`. Each process of tests has a cluster.

Without a path in the arguments, these are the tests of the cluster, of writers at once and of the API.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

from tests.support.servers import citus
from tests.support.servers.given import VARIABLE

_TESTS = ("tests/citus", "tests/faults/concurrency", "tests/api")
_PROCESSES = 2


async def _run(arguments: list[str]) -> int:
    has_path = any(each.startswith("tests") for each in arguments)
    wanted = arguments if has_path else [*_TESTS, "-n", str(_PROCESSES), *arguments]
    async with AsyncExitStack() as running:
        clusters = [
            await running.enter_async_context(citus.citus_cluster()) for _ in range(1 if has_path else _PROCESSES)
        ]
        urls = [await cluster.create_database("muster") for cluster in clusters]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pytest", *wanted, env=os.environ | {VARIABLE: " ".join(urls)}
        )
        return await process.wait()


if __name__ == "__main__":
    if not citus.is_installed():
        sys.stdout.write(f"{citus.MISSING}\n")
        sys.exit(0)
    sys.exit(asyncio.run(_run(sys.argv[1:])))
