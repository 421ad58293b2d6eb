"""A PgBouncer in transaction mode before the tests' PostgreSQL."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.support.servers.cluster import free_port

_PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
IS_LEFT_OUT = _PROGRAM is None and not os.environ.get("CI")
"""Whether tests that need it are skipped. CI must have it."""
_CONFIGURATION = """
[databases]
* = host={host} port={port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
auth_type = any
pool_mode = transaction
unix_socket_dir =
"""


@asynccontextmanager
async def pooled(database_url: str, directory: Path) -> AsyncIterator[str]:
    """Yields the URL of a database behind the pooler."""
    assert _PROGRAM is not None, "PgBouncer is missing: install Debian's package pgbouncer"
    parts, port = urlsplit(database_url), free_port()
    # With auth_type "any", PgBouncer connects as the user of the configuration.
    text = _CONFIGURATION.format(host=parts.hostname, port=f"{parts.port} user={parts.username}", listen_port=port)
    file = directory / "pgbouncer.ini"
    file.write_text(text)
    user = ("-u", "nobody") if os.geteuid() == 0 else ()  # PgBouncer refuses to run as root
    process = await asyncio.create_subprocess_exec(
        _PROGRAM, "-q", *user, str(file), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    url = f"{parts._replace(netloc=f'{parts.username}@127.0.0.1:{port}').geturl()}?statement_cache_size=0"
    try:
        async with asyncio.timeout(30):
            while not await _answers(url.partition("?")[0]):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.02)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> bool:
    try:
        await (await asyncpg.connect(url, statement_cache_size=0)).close()
    except (OSError, asyncpg.PostgresError):
        return False
    return True
