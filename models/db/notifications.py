"""Notifications between processes on the same PostgreSQL database (LISTEN and NOTIFY). On SQLite there are none.

The payload contains only ids, in fewer than 8000 bytes. PostgreSQL sends it when its transaction commits.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import asyncpg
import structlog

from models.db import database
from models.db.cancelling import cancel

if TYPE_CHECKING:
    from models.db.postgres.engine import PostgresClient

log = structlog.get_logger("notifications")

_RECONNECT_SECONDS = 1.0


async def notify(channel: str, payload: str = "") -> None:
    """Notifies every listening process, including this one."""
    if database.is_postgres():
        await database.fetch("SELECT pg_notify($1, $2)", channel, payload)


class Listener:
    """Calls a function for each notification on a channel, and with "" whenever it may have missed some."""

    def __init__(self, callbacks: Mapping[str, Callable[[str], None]]) -> None:
        self._callbacks = callbacks
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if database.is_postgres():
            self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            await cancel(self._task)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_until_lost()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("notifications can't be received", error=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection = await cast("PostgresClient", database.connection()).connect()
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel, callback in self._callbacks.items():
                await connection.add_listener(channel, _forwarded(callback))
                callback("")
            await lost.wait()
        finally:
            await connection.close()


def _forwarded(callback: Callable[[str], None]) -> Callable[..., None]:
    return lambda _connection, _process, _channel, payload: callback(payload)
