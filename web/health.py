"""Health checks: liveness and readiness of this process."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.db import database, migration_state
from models.db.deadline import Deadline, DeadlineExceeded
from services import write_probe
from web.http.graphql_errors import ErrorWriter

log = structlog.get_logger()

_SECONDS = 2.0
"""The time limit for the database's answer."""
_PROBE_EVERY_SECONDS = 3.0
_FULL_FOR_SECONDS = 10.0
_NO_WRITES = "The database accepts no writes."


class Readiness:
    """Checks the database. Once it is migrated, it is not checked for migrations again, because none are undone."""

    def __init__(self, errors: ErrorWriter, *, clock: Callable[[], datetime]) -> None:
        self._errors = errors
        self._clock = clock
        self._is_migrated = False
        self._is_writable = True
        self._probed_at: float | None = None

    async def problem(self) -> str | None:
        """Returns in one line why the server can't serve requests; None if it can."""
        try:
            with Deadline(_SECONDS):
                if self._is_migrated:
                    await database.fetch_reserved("SELECT 1")
                else:
                    self._is_migrated = await migration_state.is_current()
        except Exception as error:  # noqa: BLE001  # every exception of a driver means the same here
            log.warning("the database can't be reached", reason=type(error).__name__)
            return "The database can't be reached."
        return None if self._is_migrated else "The database is not migrated: run python -m muster migrate."

    async def can_write(self) -> bool:
        """Returns whether the database accepts writes. Tries a write at most once in three seconds.

        Returns False for ten seconds after an error of a full disk in this process, because a small write can still
        succeed then.
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
            return  # the database is busy, which does not change whether it accepts writes
        except Exception as error:  # noqa: BLE001  # every exception of a driver means the same here
            log.warning("the database accepts no writes", reason=type(error).__name__)
            self._is_writable = False
        else:
            self._is_writable = True

    async def answer(self, request: Request) -> Response:
        """Answers 200 if reads can be served, or else 503. With `?for=writes`, writes must be possible, too."""
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
