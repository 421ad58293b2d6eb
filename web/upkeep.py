"""Upkeep of a serving process: deletes expired rows and traces of purged contacts, keeps search indexes fast, and sets
up garbage collection.
"""

import asyncio
import gc
from collections.abc import Callable
from datetime import datetime

import structlog

from models.db.application import current
from models.db.postgres.pending_entries import add_pending_entries
from services import account_queue
from services.purging import registry as purges
from web import logs
from web.health import Readiness

log = structlog.get_logger("server")

_PURGE_EVERY_SECONDS = 24 * 3600
_PURGE_AGAIN_SECONDS = 600
_ERASE_EVERY_SECONDS = 5
_INDEX_EVERY_SECONDS = 1
# A collection of 2,000 new objects takes up to 5 ms, one of older objects up to 15 ms. With the thresholds 20,000, 20
# and 50, collections took up to 75 ms, rarely freed the garbage of validation, and cost more in total.
_GC_THRESHOLDS = (2_000, 5, 10)


async def purge_daily(readiness: Readiness, *, clock: Callable[[], datetime]) -> None:
    """Deletes expired rows daily, and at the start. Any number of processes can do so at the same time."""
    while True:
        is_done = await readiness.problem() is None and await _purge(clock())
        await asyncio.sleep(_PURGE_EVERY_SECONDS if is_done else _PURGE_AGAIN_SECONDS)


async def _purge(now: datetime) -> bool:
    """Runs all purges, and returns whether all succeeded. A purge that fails does not stop the others.

    On a Citus cluster, it first notes the accounts with work again.
    """
    is_done = True
    try:
        await account_queue.refill()
    except Exception as error:  # noqa: BLE001  # it is logged, and retried later
        log.error("accounts with work could not be noted", exception=logs.described(error))
        is_done = False
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


async def index_new_rows() -> None:
    """Adds the pending entries to the search indexes, soon after each write of a request of this process."""
    application, has_failed = current(), False
    while True:
        await asyncio.sleep(_INDEX_EVERY_SECONDS)
        if not application.has_written:
            continue
        application.has_written = False
        try:
            await add_pending_entries()
            has_failed = False
        except Exception as error:  # noqa: BLE001  # searches are correct without it
            if not has_failed:  # log once per outage, not once per second
                log.warning("pending entries could not be added to the search indexes", error=type(error).__name__)
            application.has_written = has_failed = True


def set_up_garbage_collection() -> None:
    """Excludes the objects that exist now from garbage collections, and makes collections frequent and short."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
