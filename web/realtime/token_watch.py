"""Looks up the caller of a long-lived connection for each operation, and checks its token every two seconds."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog

from services.accounts.authentication import Caller
from web.credentials.callers import Credentials
from web.http.errors import HttpRefusal, refuse
from web.logs import described

log = structlog.get_logger()

SECONDS = 2.0


class TokenWatch:
    """The token that a connection began with."""

    def __init__(
        self,
        credentials: Credentials,
        authorization: bytes | None,
        caller: Caller,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._credentials = credentials
        self._authorization = authorization
        self._caller = caller
        self._clock = clock
        self._refusal: asyncio.Future[HttpRefusal] = asyncio.get_running_loop().create_future()

    async def caller(self) -> Caller:
        """Returns the caller as it is now, with the present role, scopes and settings of the account.

        Raises HttpRefusal with 401, and `ended` then returns at once.
        """
        now = self._clock()
        try:
            caller = await self._credentials.caller_of(self._authorization, now=now)
            if caller.expires_at is not None and caller.expires_at <= now:  # without the leeway for clocks that differ
                raise refuse(401, "The token has expired.", code="UNAUTHENTICATED")
            return caller
        except HttpRefusal as refusal:
            if not self._refusal.done():
                self._refusal.set_result(refusal)
            raise

    def _pause(self) -> float:
        """Returns the seconds until the next check, which is at the token's expiry at the latest."""
        if self._caller.expires_at is None:
            return SECONDS
        return min(SECONDS, max((self._caller.expires_at - self._clock()).total_seconds(), 0.0))

    async def ended(self) -> HttpRefusal:
        """Waits until the token is revoked, expires or changes its scopes or user, and returns the refusal."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    return await asyncio.shield(self._refusal)
            try:
                caller = await self.caller()
            except HttpRefusal as refusal:
                return refusal
            except Exception as error:  # noqa: BLE001  # the database may be available again in a moment
                log.warning("a token could not be looked up", exception=described(error))
                continue
            if (caller.scopes, caller.user_id) != (self._caller.scopes, self._caller.user_id):
                return refuse(401, "The token's scopes or user have changed. Connect again.", code="UNAUTHENTICATED")
