"""Whether this process lives, and whether it can serve."""

import asyncio

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models import database, migration_state

log = structlog.get_logger()

_SECONDS = 5


class Readiness:
    """Asks the database. Whether it is migrated is asked until it is: migrations are never undone under a server."""

    def __init__(self) -> None:
        self._is_migrated = False

    async def problem(self) -> str | None:
        """Why requests can't be served, in one line; None where they can."""
        try:
            async with asyncio.timeout(_SECONDS):
                if self._is_migrated:
                    await database.fetch_one("SELECT 1")
                else:
                    self._is_migrated = await migration_state.is_current()
        except Exception as error:  # noqa: BLE001  # whatever a driver raises means the same
            log.warning("the database can't be reached", reason=type(error).__name__)
            return "The database can't be reached."
        return None if self._is_migrated else "The database is not migrated: run python -m muster migrate."

    async def answer(self, request: Request) -> Response:
        problem = await self.problem()
        if problem:
            return JSONResponse({"status": "unavailable", "reason": problem}, status_code=503)
        return JSONResponse({"status": "ready"})


async def healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok"})
