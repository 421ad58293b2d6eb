"""Starts a Citus cluster and runs tests on it: `python -m tests.citus [ARGS]`.

Without arguments, these are the tests of the cluster, of writers at once and of the API.
"""

import asyncio
import os
import sys

from tests.support.servers import citus
from tests.support.servers.given import VARIABLE

_TESTS = ("tests/citus", "tests/faults/concurrency", "tests/api")


async def _run(arguments: list[str]) -> int:
    async with citus.citus_cluster() as cluster:
        url = await cluster.create_database("muster")
        wanted = arguments if any(not each.startswith("-") for each in arguments) else [*_TESTS, *arguments]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pytest", *wanted, env=os.environ | {VARIABLE: url}
        )
        return await process.wait()


if __name__ == "__main__":
    if not citus.is_installed():
        sys.stdout.write(f"{citus.MISSING}\n")
        sys.exit(0)
    sys.exit(asyncio.run(_run(sys.argv[1:])))
