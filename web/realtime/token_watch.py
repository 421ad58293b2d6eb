"""Checks the token of a long-lived connection again every two seconds."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from services.accounts.authentication import Caller
from web.http.credentials import caller_of
from web.http.errors import HttpRefusal, refuse
from web.logs import described

log = structlog.get_logger()

SECONDS = 2.0


class TokenWatch:
    """Watches the token that the connection began with."""

    def __init__(self, authorization: bytes | None, caller: Caller, *, clock: Callable[[], datetime]) -> None:
        self._authorization = authorization
        self._caller = caller
        self._clock = clock

    async def ended(self) -> HttpRefusal:
        """Waits until the token is revoked, expires or changes its scopes or user, and returns the refusal."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                caller = await caller_of(self._authorization, now=self._clock())
            except HttpRefusal as refusal:
                return refusal
            except Exception as error:  # noqa: BLE001  # the database may be available again in a moment
                log.warning("a token could not be looked up", exception=described(error))
                continue
            if (caller.scopes, caller.user_id) != (self._caller.scopes, self._caller.user_id):
                return refuse(401, "The token's scopes or user have changed. Connect again.", code="UNAUTHENTICATED")
