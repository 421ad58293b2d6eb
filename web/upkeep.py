"""Tasks of a serving process that delete what has expired, and what is left of purged contacts."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from services.purging import registry as purges
from web import logs
from web.health import Readiness

log = structlog.get_logger("server")

_PURGE_EVERY_SECONDS = 24 * 3600
_PURGE_AGAIN_SECONDS = 600
_ERASE_EVERY_SECONDS = 5


async def purge_daily(readiness: Readiness, *, clock: Callable[[], datetime]) -> None:
    """Deletes expired rows daily. Any number of processes can do so at the same time."""
    while True:
        is_done = await readiness.problem() is None and await _purge(clock())
        await asyncio.sleep(_PURGE_EVERY_SECONDS if is_done else _PURGE_AGAIN_SECONDS)


async def _purge(now: datetime) -> bool:
    """Runs all purges, and returns whether all succeeded. A purge that fails does not stop the others."""
    is_done = True
    for name in purges.PURGES:
        try:
            if count := await purges.purge(name, now=now):
                log.info("deleted expired rows", kind=name, count=count)
        except Exception as error:  # noqa: BLE001  # it is logged, and retried later
            log.error("expired rows could not be deleted", exception=logs.described(error))
            is_done = False
    return is_done


async def erase_traces(*, clock: Callable[[], datetime]) -> None:
    """Deletes what is left of purged contacts, soon after each purge."""
    while True:
        await asyncio.sleep(_ERASE_EVERY_SECONDS)
        try:
            await purges.erase_traces(now=clock())
        except Exception as error:  # noqa: BLE001  # it is logged, and retried soon
            log.error("traces of purged contacts could not be deleted", error=type(error).__name__)
