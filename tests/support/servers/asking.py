"""A client of a server process, for tests of latency and of errors during faults."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from services.accounts import tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY, Api
from tests.support.servers.running_server import PROTOCOL
from tests.support.servers.timeouts import TIMEOUT

CREATE = """
mutation ($phone: PhoneNumber!) {
  createContact(input: {contact: {phone: $phone}}) { contact { id } errors { code } }
}
"""
PAGE = "{ contacts(first: 5) { nodes { id phone } } }"


@dataclass(frozen=True)
class TimedReply:
    status: int
    body: Any
    headers: httpx2.Headers
    seconds: float

    @property
    def code(self) -> str | None:
        """The code of the first error of the operation; None without errors."""
        errors = self.body.get("errors") or [{}] if isinstance(self.body, dict) else [{}]
        return errors[0].get("extensions", {}).get("code")  # type: ignore[no-any-return]

    @property
    def is_good(self) -> bool:
        return self.status == 200 and self.code is None


class ApiCaller:
    """Sends requests with one token to the API at a URL."""

    def __init__(self, client: httpx2.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._url = url
        self._headers = {"Authorization": f"Bearer {secret}"}

    async def ask(self, query: str, **variables: Any) -> TimedReply:
        body = {"query": query, "variables": variables}
        return await self._timed("POST", self._url, json=body, headers=self._headers)

    async def get(self, path: str) -> TimedReply:
        return await self._timed("GET", self._url.removesuffix("/graphql") + path)

    async def until(self, is_so: Callable[[TimedReply], bool], query: str = PAGE, **variables: Any) -> TimedReply:
        """Repeats an operation until its answer is as wanted."""
        async with asyncio.timeout(TIMEOUT):
            while not is_so(reply := await self.ask(query, **variables)):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.1)
        return reply

    async def until_got(self, path: str, is_so: Callable[[TimedReply], bool]) -> TimedReply:
        async with asyncio.timeout(TIMEOUT):
            while not is_so(reply := await self.get(path)):  # noqa: ASYNC110  # another process has no event
                await asyncio.sleep(0.1)
        return reply

    async def _timed(self, method: str, url: str, **options: Any) -> TimedReply:
        begun = time.monotonic()
        response = await self._client.request(method, url, **options)
        body = response.json() if response.content else None
        return TimedReply(response.status_code, body, response.headers, time.monotonic() - begun)


@asynccontextmanager
async def api_caller(url: str, secret: str) -> AsyncIterator[ApiCaller]:
    """With as many connections as there are requests at once."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(timeout=TIMEOUT, limits=limits) as client:
        yield ApiCaller(client, url, secret)


@asynccontextmanager
async def sent(way: str, url: str, secret: str, query: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Sends an operation. Calling the result ends it: by closing the connection, or by `complete` over a WebSocket."""
    place = urlsplit(url)
    if way in ("http", "events"):
        body = json.dumps({"query": query})
        accepted = "text/event-stream" if way == "events" else "application/json"
        _, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(
            f"POST /graphql HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {secret}\r\n"
            f"Accept: {accepted}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )

        async def close() -> None:
            writer.close()

        yield close
        return
    async with connect(f"ws://{place.netloc}/graphql", subprotocols=[Subprotocol(PROTOCOL)]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {secret}"}}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))

        async def complete() -> None:
            await socket.send(json.dumps({"id": "1", "type": "complete"}))

        yield socket.close if way == "socket" else complete


async def new_token(api: Api) -> str:
    """The secret of a new token of this caller, which never expires."""
    _, secret = await tokens.create(
        account_id=api.account_id,
        name="asker",
        user_id=api.caller.user_id,
        scopes=list(Scope),
        expires_at=None,
        now=MONDAY,
    )
    return secret
