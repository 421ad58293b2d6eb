"""Temporary directories for jobs, deleted when the work ends."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

_START: Final = "muster-job-"
_ABANDONED_AFTER_SECONDS: Final = 24 * 3600


@asynccontextmanager
async def directory() -> AsyncIterator[Path]:
    """Creates an empty temporary directory, and deletes it on exit.

    Also deletes directories of killed processes in which nothing has changed for 24 hours.
    """
    await asyncio.to_thread(_remove_abandoned)
    path = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=_START))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _remove_abandoned() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_START}*"):
        with suppress(OSError):
            latest = max(one.stat().st_mtime for one in (path, *path.iterdir()))
            if time.time() - latest > _ABANDONED_AFTER_SECONDS:
                shutil.rmtree(path)
