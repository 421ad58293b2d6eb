"""Notifications between processes on the same PostgreSQL database (LISTEN and NOTIFY). On SQLite there are none.

The payload contains only ids, in fewer than 8000 bytes. PostgreSQL sends it when its transaction commits.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import asyncpg
import structlog

from models.db import database, distribution
from models.db.deadline import TemporaryFailure
from models.db.task_cancelling import cancel

if TYPE_CHECKING:
    from models.db.postgres.connection import PostgresConnection
    from models.db.postgres.engine import PostgresClient

log = structlog.get_logger("notifications")

_RECONNECT_SECONDS = 1.0
_TEST_CHANNEL = "muster_listen_test"
_TEST_SECONDS = 5.0


async def notify(channel: str, payload: str = "") -> None:
    """Notifies every listening process, including this one."""
    if database.is_postgres():
        await database.fetch("SELECT pg_notify($1, $2)", channel, payload)


async def connect(url: str | None) -> "PostgresConnection":
    """Opens a connection that can listen, to a URL or else to the connected database."""
    client = cast("PostgresClient", database.connection())
    if url is not None:
        credentials = database.configuration(url)["connections"]["default"]["credentials"]
        client = type(client)(**credentials, connection_name="listen")
    return await client.connect()


async def hears(connection: "PostgresConnection") -> bool:
    """Returns whether the connection receives a notification that the connected database sends, within 5 seconds.

    A connection through a pooler in transaction mode does not, and neither does one to another database.
    """
    ended, received, payload = asyncio.Event(), list[str](), database.uuid7().hex
    # A pooler can give the listening connection its own notifications, so another connection sends this one.
    sender = cast("PostgresClient", database.connection()).reserved

    def note(text: str) -> None:
        if text == payload:
            received.append(text)
            ended.set()

    connection.add_termination_listener(lambda _: ended.set())
    await connection.add_listener(_TEST_CHANNEL, _forwarded(note))
    with suppress(TimeoutError):
        async with asyncio.timeout(_TEST_SECONDS):
            await sender.fetch("SELECT pg_notify($1, $2)", (_TEST_CHANNEL, payload))
            await ended.wait()
    return bool(received)


class Listener:
    """Calls a function for each notification on a channel, and with "" whenever it may have missed some.

    `url` is the address of a direct connection, for a database behind a pooler.
    """

    def __init__(self, callbacks: Mapping[str, Callable[[str], None]], *, url: str | None = None) -> None:
        self._callbacks = callbacks
        self._url = url
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
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TemporaryFailure) as error:
                log.warning("notifications can't be received", error=type(error).__name__)
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection = await connect(self._url)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            for channel, callback in self._callbacks.items():
                await connection.add_listener(channel, _forwarded(callback))
                callback("")
            if not await hears(connection) and not lost.is_set():
                log.warning("notifications are not heard", hint="set MUSTER_LISTEN_URL to a direct connection")
            if database.is_distributed() and not await distribution.is_coordinator():
                log.warning("connected to a worker", hint=distribution.NOT_COORDINATOR)
            await lost.wait()
        finally:
            await connection.close()


def _forwarded(callback: Callable[[str], None]) -> Callable[..., None]:
    return lambda _connection, _process, _channel, payload: callback(payload)
