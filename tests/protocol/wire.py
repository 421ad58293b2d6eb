"""One application with and without the fast path, and a client that sends and reads raw bytes."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.support.servers.http_client import HttpServer
from tests.support.servers.timeouts import TIMEOUT
from web.http.bounds import Client
from web.http.connection import STATE as ADDRESSES, HttpConnection
from web.http.fast_path import STATE, DirectAnswers, DirectProtocol
from web.http.responses import RawResponse

_DATE = (b"date", b"Mon, 05 Jan 2026 09:30:00 GMT")
_LAST = b"GET /healthz HTTP/1.1\r\nHost: muster.test\r\nX-Request-Id: last\r\nConnection: close\r\n\r\n"
OWN_ID = re.compile(rb"(?<=x-request-id: )[0-9a-f]{32}(?=\r\n)")
OWN_ID_IN_BODY = re.compile(rb'(?<="requestId":")[0-9a-f]{32}(?=")')


class Watched:
    """Counts the direct answers."""

    def __init__(self, answers: DirectAnswers) -> None:
        self._answers = answers
        self.count = 0

    def takes(self, headers: Mapping[bytes, bytes]) -> bool:
        return self._answers.takes(headers)

    async def reply(self, headers: Mapping[bytes, bytes], body: bytes, scheme: str, client: Client) -> RawResponse:
        self.count += 1
        return await self._answers.reply(headers, body, scheme, client)


@dataclass
class Listener:
    port: int
    state: ServerState


@dataclass
class Sockets:
    """Two listeners for the same application. The text SECRET in requests is replaced by `secret`."""

    ordinary: Listener
    direct: Listener
    watched: Watched
    secret: str

    async def send(
        self, listener: Listener, *chunks: bytes, answers: int = 1, pause: float = 0.004, is_ended: bool = False
    ) -> bytes:
        """Returns everything that the server sends until the connection closes, without random parts."""
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        async with asyncio.timeout(TIMEOUT):
            for place, chunk in enumerate(chunks):
                if place:
                    await asyncio.sleep(pause)
                writer.write(chunk)
            if is_ended:
                writer.write_eof()
            received = b""
            while len(received) < _end_of(received, answers) and (more := await _some(reader)):
                received += more
            if not is_ended and not reader.at_eof():
                writer.write(_LAST)
            while more := await _some(reader):
                received += more
        writer.close()
        return OWN_ID_IN_BODY.sub(b"", OWN_ID.sub(b"", received))

    async def both(self, *chunks: bytes, **options: Any) -> tuple[bytes, bytes]:
        """Returns the answers of the general path and of the fast path."""
        given = [chunk.replace(b"SECRET", self.secret.encode()) for chunk in chunks]
        return await self.send(self.ordinary, *given, **options), await self.send(self.direct, *given, **options)


async def _some(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(1 << 16)
    except ConnectionError:
        return b""


def _end_of(received: bytes, answers: int) -> int:
    """Returns the known length of the first answers. Interim answers (1xx) don't count, except 101."""
    at = 0
    while answers:
        end = received.find(b"\r\n\r\n", at) + 4
        if end < 4:
            return len(received) + 1
        head, at = received[at:end].lower(), end
        if not head.startswith(b"http/1.1 1") or head.startswith(b"http/1.1 101"):
            answers -= 1
        if (length := re.search(rb"content-length: (\d+)", head)) and b"\r\nx-request-id: head\r\n" not in head:
            at += int(length[1])
    return at


@asynccontextmanager
async def listening(site: HttpServer, **options: Any) -> AsyncIterator[Sockets]:
    """Yields both listeners. `options` are those of uvicorn's Config."""
    app: Any = site.app
    config = Config(app, lifespan="off", log_config=None, access_log=False, server_header=False, **options)
    config.load()
    watched = Watched(app.direct_answers)
    loop = asyncio.get_running_loop()
    listeners, servers = [], []
    ways: list[tuple[type[HttpToolsProtocol], dict[str, Any]]] = [
        (HttpConnection, {ADDRESSES: app.addresses}),
        (DirectProtocol, {ADDRESSES: app.addresses, STATE: watched}),
    ]
    for protocol, app_state in ways:
        state = ServerState()
        state.default_headers = [_DATE]
        server = await loop.create_server(_maker(protocol, config, state, app_state), "127.0.0.1", 0)
        servers.append(server)
        listeners.append(Listener(server.sockets[0].getsockname()[1], state))
    try:
        yield Sockets(listeners[0], listeners[1], watched, site.secret)
    finally:
        for listener, server in zip(listeners, servers, strict=True):
            server.close()
            for connection in list(listener.state.connections):
                connection.transport.abort()
            if listener.state.tasks:
                await asyncio.wait(listener.state.tasks, timeout=TIMEOUT)


def _maker(
    protocol: type[HttpToolsProtocol], config: Config, state: ServerState, app_state: dict[str, Any]
) -> Callable[[], HttpToolsProtocol]:
    return lambda: protocol(config=config, server_state=state, app_state=app_state)


def request(
    body: bytes | str = b"",
    *,
    line: str = "POST /graphql HTTP/1.1",
    headers: Sequence[str] = (),
    without: Sequence[str] = (),
) -> bytes:
    """Returns a request: by default a POST as most clients send it. `headers` come before the usual ones."""
    content = body.encode() if isinstance(body, str) else body
    usual = {
        "Host": "muster.test",
        "Authorization": "Bearer SECRET",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Content-Length": str(len(content)),
    }
    lines = [line, *headers, *(f"{name}: {value}" for name, value in usual.items() if name not in without)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content
