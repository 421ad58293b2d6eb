"""A listening server, and clients that subscribe over both transports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx2
import orjson
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server import create_app
from services.accounts import tokens
from services.accounts.authentication import Scope
from settings import Settings
from tests.support.api_client import DAY, MONDAY, Api
from tests.support.servers.timeouts import TIMEOUT
from web.asgi_app import Muster

PROTOCOL = "graphql-transport-ws"


class Socket:
    """A graphql-transport-ws connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else orjson.dumps(message).decode())

    async def receive(self) -> Any:
        async with asyncio.timeout(TIMEOUT):
            return orjson.loads(await self.connection.recv())

    async def subscribe(self, query: str, variables: Any = None, *, key: str = "1") -> None:
        await self.send({"id": key, "type": "subscribe", "payload": {"query": query, "variables": variables}})

    async def closed(self) -> tuple[int, str]:
        """Returns the code and the reason of the server's close. Ignores earlier messages."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(TIMEOUT):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""


class Events:
    """A response of server-sent events."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def receive(self) -> tuple[str, Any]:
        """Returns the next event's name and data. Ignores comments."""
        name = data = ""
        async with asyncio.timeout(TIMEOUT):
            async for line in self._lines:
                field, _, value = line.partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    data = value.strip()
                elif not line and name:
                    return name, orjson.loads(data) if data else None
        raise AssertionError("the answer has ended")

    async def rest(self) -> list[tuple[str, Any]]:
        """Returns all events up to `complete`. Fails if anything follows it."""
        received = [await self.receive()]
        while received[-1][0] != "complete":
            received.append(await self.receive())
        async with asyncio.timeout(TIMEOUT):
            assert [line async for line in self._lines] == []
        return received


@dataclass
class RunningServer:
    """A listening server with one account and a token of its administrator."""

    app: Muster
    server: uvicorn.Server
    port: int
    database_url: str
    api: Api
    secret: str
    token_id: UUID

    def at(self, now: datetime) -> None:
        self.app.clock = lambda: now

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=self.headers, timeout=TIMEOUT)

    @asynccontextmanager
    async def socket(
        self, *, secret: str | None = None, is_known: bool = True, **options: Any
    ) -> AsyncIterator[Socket]:
        options = {"subprotocols": [PROTOCOL], **options}
        async with connect(f"ws://127.0.0.1:{self.port}/graphql", **options) as connection:
            socket = Socket(connection)
            if is_known:
                parameters = {"Authorization": f"Bearer {secret or self.secret}"}
                await socket.send({"type": "connection_init", "payload": parameters})
                assert await socket.receive() == {"type": "connection_ack"}
            yield socket

    @asynccontextmanager
    async def events(
        self, query: str, variables: Any = None, *, method: str = "POST", secret: str | None = None
    ) -> AsyncIterator[Events]:
        body = {"query": query, "variables": variables}
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {secret or self.secret}"}
        options: dict[str, Any] = {"json": body}
        if method == "GET":
            options = {"params": {"query": query, "variables": orjson.dumps(variables).decode()}}
        async with (
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=TIMEOUT) as client,
            client.stream(method, "/graphql", headers=headers, **options) as response,
        ):
            yield Events(response)


@asynccontextmanager
async def running_server(
    database_url: str, *, demo_token: str | None = None, http: str = "auto", **settings: Any
) -> AsyncIterator[RunningServer]:
    """Runs a server whose clock always shows MONDAY, on an empty database, and creates an account.

    `http` is uvicorn's protocol: its own, or the fast path's.
    """
    app = create_app(Settings(database_url=database_url, **settings), demo_token=demo_token)
    app.clock = lambda: MONDAY
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=http,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    try:
        while not server.started:
            assert not running.done(), running.result()
            await asyncio.sleep(0.01)
        [listening] = server.servers[0].sockets
        app.enter()
        yield await _furnished(app, server, listening.getsockname()[1], database_url)
    finally:
        server.should_exit = True
        await running
        if app.application is not None:
            app.application.leave()


async def _furnished(app: Muster, server: uvicorn.Server, port: int, database_url: str) -> RunningServer:
    api = await Api.of_new_account()
    token_id, secret = await tokens.create(
        account_id=api.account_id,
        name="socket",
        user_id=api.caller.user_id,
        scopes=list(Scope),
        expires_at=MONDAY + DAY,
        now=MONDAY,
    )
    return RunningServer(app, server, port, database_url, api, secret, token_id)
