"""Whether this process lives, and whether it can serve."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models import database, migration_state
from models.deadline import Deadline, DeadlineExceeded
from services import write_probe
from web.failures import ErrorWriter

log = structlog.get_logger()

_SECONDS = 2.0
"""In which the database has to answer."""
_PROBE_EVERY_SECONDS = 3.0
_FULL_FOR_SECONDS = 10.0
_NO_WRITES = "The database accepts no writes."


class Readiness:
    """Asks the database. Whether it is migrated is asked until it is: migrations are never undone under a server."""

    def __init__(self, errors: ErrorWriter, *, clock: Callable[[], datetime]) -> None:
        self._errors = errors
        self._clock = clock
        self._is_migrated = False
        self._is_writable = True
        self._probed_at: float | None = None

    async def problem(self) -> str | None:
        """Why requests can't be served, in one line; None where they can."""
        try:
            with Deadline(_SECONDS):
                if self._is_migrated:
                    await database.fetch_reserved("SELECT 1")
                else:
                    self._is_migrated = await migration_state.is_current()
        except Exception as error:  # noqa: BLE001  # whatever a driver raises means the same
            log.warning("the database can't be reached", reason=type(error).__name__)
            return "The database can't be reached."
        return None if self._is_migrated else "The database is not migrated: run python -m muster migrate."

    async def can_write(self) -> bool:
        """Whether the database accepts writes. It tries one, at most once in three seconds.

        Not for some seconds after this process has met a full disk, either: a small write can still fit then.
        """
        now = asyncio.get_running_loop().time()
        full_at = self._errors.storage_was_full_at
        if full_at is not None and now - full_at < _FULL_FOR_SECONDS:
            return False
        if self._probed_at is None or now - self._probed_at >= _PROBE_EVERY_SECONDS:
            self._probed_at = now
            await self._probe()
        return self._is_writable

    async def _probe(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            with Deadline(None, statement_seconds=_SECONDS) as bounds:
                loop.call_later(_SECONDS, bounds.end, DeadlineExceeded())
                await write_probe.write(now=self._clock())
        except DeadlineExceeded:
            return  # it is busy, and as writable as before
        except Exception as error:  # noqa: BLE001  # whatever a driver raises means the same
            log.warning("the database accepts no writes", reason=type(error).__name__)
            self._is_writable = False
        else:
            self._is_writable = True

    async def answer(self, request: Request) -> Response:
        """`?for=writes` asks whether writes can be served; without it reads are enough."""
        problem = await self.problem()
        reads = problem is None
        writes = reads and await self.can_write()
        if reads and not writes and request.query_params.get("for") == "writes":
            problem = _NO_WRITES
        known = {"reads": reads, "writes": writes}
        if problem is not None:
            return JSONResponse({"status": "unavailable", **known, "reason": problem}, status_code=503)
        return JSONResponse({"status": "ready", **known})


async def healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok"})
