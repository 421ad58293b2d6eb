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
from models.db.deadline import TemporaryFailure, Unavailable
from models.db.sharing import SharedCall
from models.db.task_cancelling import cancel

if TYPE_CHECKING:
    from models.db.postgres.connection import PostgresConnection
    from models.db.postgres.engine import PostgresClient

log = structlog.get_logger("notifications")

_RECONNECT_SECONDS = 1.0
_TEST_CHANNEL = "muster_listen_test"
_TEST_SECONDS = 5.0
_ROUND_SECONDS = 5.0


async def notify(channel: str, payload: str = "") -> None:
    """Notifies every listening process, including this one."""
    if database.is_postgres():
        await database.fetch("SELECT pg_notify($1, $2)", channel, payload)


async def connect(url: str | None) -> "PostgresConnection":
    """Opens a connection that can listen, to a URL or else to the connected database."""
    client = cast("PostgresClient", database.connection())
    return await (client if url is None else client.of_other_server(url)).connect()


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
        self._heard: PostgresConnection | None = None
        """The connection, once it has received a notification as a test."""
        self._round = SharedCall(self._make_round)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if database.is_postgres():
            self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            await cancel(self._task)

    @property
    def is_heard(self) -> bool:
        """Returns whether notifications arrive."""
        return self._heard is not None

    async def catch_up(self) -> None:
        """Waits until all notifications have arrived that were sent before the call.

        PostgreSQL sends the waiting notifications of a connection before it says that a statement has ended. Raises
        Unavailable if notifications do not arrive.
        """
        await self._round()

    async def _make_round(self) -> None:
        connection = self._heard
        if connection is None:
            raise Unavailable("Notifications are not heard.")
        try:
            async with asyncio.timeout(_ROUND_SECONDS):
                await connection.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            connection.terminate()  # the listener then connects again
            raise Unavailable("Notifications do not arrive.") from error

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
            if await hears(connection):
                self._heard = connection
            elif not lost.is_set():
                log.warning("notifications are not heard", hint="set MUSTER_LISTEN_URL to a direct connection")
            if database.is_distributed() and not await distribution.is_coordinator():
                log.warning("connected to a worker", hint=distribution.NOT_COORDINATOR)
            await lost.wait()
        finally:
            self._heard = None
            await connection.close()


def _forwarded(callback: Callable[[str], None]) -> Callable[..., None]:
    return lambda _connection, _process, _channel, payload: callback(payload)
