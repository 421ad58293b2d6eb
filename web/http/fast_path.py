"""Fast path that bypasses ASGI for `POST /graphql` whose complete body arrives with its headers.

The protocol finds its `DirectAnswers` in the lifespan's state (`STATE`). All other requests go through ASGI, and so do
all requests if another protocol serves the application. The answers are the same, byte for byte.

The protocol overrides private methods of uvicorn's. So uvicorn is pinned to its minor version, and
tests/contract/test_uvicorn.py names the methods and attributes that this package relies on.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.server import ServerState

from models.db.deadline import ClientDisconnected
from web.http import media_types
from web.http.bounds import Client
from web.http.client_addresses import ClientAddresses
from web.http.compression import MIN_BYTES, compress
from web.http.connection import HttpConnection, Stage, in_bytes
from web.http.cors import Cors
from web.http.endpoint import GraphQLEndpoint, Incoming
from web.http.middleware import CLIENT_LEFT, NO_SNIFFING, log_answered, reply_to_failure, request_id_for
from web.http.responses import RawResponse

STATE = "direct"
PATH = "/graphql"
_URL = PATH.encode()
_NEEDED = b"content-length"
# Requests with one of these headers need more than a JSON answer to a JSON body.
_MOST_HEADS, _LONGEST_HEAD, _MOST_DIGITS = 8, 2_000, 10
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_OTHERS = frozenset((b"transfer-encoding", b"upgrade", b"expect", b"content-encoding", b"idempotency-key"))


class DirectAnswers:
    """Answers requests like the middleware and the endpoint together: with a status, headers and bytes."""

    def __init__(
        self,
        endpoint: GraphQLEndpoint,
        *,
        enter: Callable[[], None],
        has_access_log: bool,
        has_compression: bool,
        has_public_url: bool,
        cors: Cors | None,
        addresses: ClientAddresses,
    ) -> None:
        self._endpoint = endpoint
        self._addresses = addresses
        self._enter = enter
        self._has_access_log = has_access_log
        self._has_compression = has_compression
        self._cors = cors
        # Without a public URL, links use the request's address. Only uvicorn decides whether to trust a proxy's header.
        self._others = _OTHERS if has_public_url else _OTHERS | {b"x-forwarded-proto"}

    def takes(self, headers: Mapping[bytes, bytes]) -> bool:
        """Returns whether the fast path can answer a `POST /graphql` with these headers."""
        return (
            _NEEDED in headers
            and self._others.isdisjoint(headers)
            and media_types.is_json_for_json(headers.get(b"content-type"), headers.get(b"accept"))
        )

    async def reply(self, headers: Mapping[bytes, bytes], body: bytes, scheme: str, client: Client) -> RawResponse:
        """Returns the answer, in the request's own task. Never raises an `Exception`."""
        self._enter()
        client.address = self._addresses.of(client.address, headers)
        request_id = request_id_for(headers)
        named = request_id.decode()
        started = perf_counter() if self._has_access_log else 0.0
        try:
            reply = await self._endpoint.reply(Incoming("POST", b"", headers, body, named, client, scheme))
        except ClientDisconnected:
            reply = RawResponse(CLIENT_LEFT, [], b"")
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # this is where they end
            reply = reply_to_failure(error, named)
        if self._has_compression and len(reply.body) > MIN_BYTES:
            reply = await compress(reply, headers.get(b"accept-encoding"))
        if self._cors is not None:
            await self._cors.complete(reply, headers)
        reply.headers.extend((NO_SNIFFING, (b"x-request-id", request_id)))
        if self._has_access_log:
            log_answered(
                method="POST",
                path=PATH,
                status=reply.status,
                started=started,
                request_id=request_id,
                address=client.address,
                client=client,
            )
        return reply


class _Head(NamedTuple):
    """A head that the parser and the checks have accepted. Its connection stays open."""

    before: bytes
    """The head up to the digits of its Content-Length."""
    after: bytes
    headers: Mapping[bytes, bytes]

    def request_in(self, data: bytes) -> tuple[Mapping[bytes, bytes], bytes] | None:
        """Returns the headers and the body if the data is one whole request with this head and any Content-Length."""
        start = len(self.before)
        end = data.find(b"\r", start, start + _MOST_DIGITS + 1)
        if end < 0 or not data.startswith(self.before) or not data.startswith(self.after, end):
            return None
        digits, body_at = data[start:end], end + len(self.after)
        if not digits.isdigit() or len(data) != body_at + int(digits):
            return None
        return {**self.headers, _NEEDED: digits}, data[body_at:]


class DirectProtocol(HttpConnection):
    """A connection with the fast path.

    Most clients repeat the heads of their requests. The connection keeps the heads that it has parsed and checked, and
    passes a request with one of them and its whole body to the fast path without parsing it again.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        answers: DirectAnswers | None = app_state.get(STATE)
        # With these options, uvicorn changes, logs or limits requests itself, so the fast path is off.
        is_plain = not (self.root_path or config.access_log or self.limit_concurrency is not None)
        self._answers = answers if is_plain else None
        self._arriving: _DirectCycle | None = None
        self._arrived: _DirectCycle | None = None
        self._heads: list[_Head] = []

    def data_received(self, data: bytes) -> None:
        is_start = self._stage is Stage.NOTHING and self._refusal is None
        if is_start:
            for head in self._heads:
                if (request := head.request_in(data)) is not None:
                    self._due = None
                    self._arriving = _DirectCycle(self, request[0], True, request[1])
                    self._complete_request()
                    return
        self._arrived = None
        super().data_received(data)
        if self._arriving is not None:  # more of its body is to come
            self._fall_back_to_asgi()
        elif is_start and self._arrived is not None:
            self._keep_head(data, self._arrived)

    def _keep_head(self, data: bytes, cycle: "_DirectCycle") -> None:
        """Keeps the head of a request if the data was this request and nothing else.

        The head of a proxy that names its client is checked each time, because it counts as a connection of the client.
        """
        end = len(data) - len(cycle.body)
        is_counted = self._is_proxied and b"x-forwarded-for" in cycle.headers
        if is_counted or not cycle.keep_alive or self._stage is not Stage.NOTHING or end > _LONGEST_HEAD:
            return
        length = _LENGTH.search(data, 0, end)
        if length is None or data.find(_HEAD_END) + len(_HEAD_END) != end or int(length[1]) != len(cycle.body):
            return
        self._heads.append(_Head(data[: length.start(1)], data[length.end(1) : end], cycle.headers))
        if len(self._heads) > _MOST_HEADS:
            del self._heads[0]

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(self._running, _DirectCycle):
            self._running.client.leave()
        super().connection_lost(exc)

    def on_body(self, body: bytes) -> None:
        if self._arriving is not None:
            self._arriving.body += body
        else:
            super().on_body(body)

    def _complete_request(self) -> None:
        arrived = self._arriving
        if arrived is None:
            super()._complete_request()
            return
        self._arriving, self._arrived = None, arrived
        under_way = self.cycle
        cycle: Any = arrived
        self.cycle = cycle
        if under_way is None or under_way.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.pipeline.appendleft((cycle, self.app))
            self._read_on()

    def _begin_request(self) -> None:
        answers, parser = self._answers, self.parser
        if self.url == _URL and answers is not None and parser.get_method() == b"POST":
            headers = dict(self.headers)
            if answers.takes(headers) and parser.get_http_version() == "1.1":
                self._arriving = _DirectCycle(self, headers, parser.should_keep_alive())
                return
        super()._begin_request()

    def _fall_back_to_asgi(self) -> None:
        assert self._arriving is not None
        body, self._arriving = self._arriving.body, None
        super()._begin_request()
        if body:
            super().on_body(body)


class _DirectCycle:
    """A request and its answer, with the interface of uvicorn's cycle."""

    __slots__ = (
        "_protocol",
        "body",
        "client",
        "disconnected",
        "headers",
        "keep_alive",
        "response_complete",
    )

    message_event = asyncio.Event()  # uvicorn sets it when more data has arrived; no code here waits for it

    def __init__(
        self, protocol: DirectProtocol, headers: Mapping[bytes, bytes], keep_alive: bool, body: bytes = b""
    ) -> None:
        self._protocol = protocol
        self.headers = headers
        self.keep_alive = keep_alive
        self.body = body
        self.client = Client(protocol.client[0] if protocol.client else "")
        self.disconnected = False
        self.response_complete = False

    async def run_asgi(self, app: ASGI3Application) -> None:
        """Answers the request, in uvicorn's task."""
        protocol = self._protocol
        try:
            assert protocol._answers is not None
            reply = await protocol._answers.reply(self.headers, self.body, protocol.scheme or "http", self.client)
        except BaseException as error:  # like uvicorn's cycle, because the server cancels its tasks when it stops
            protocol.logger.error("Exception in ASGI application\n", exc_info=error)
            reply = reply_to_failure(error, request_id_for(self.headers).decode())
            self.keep_alive = False
        if protocol.flow.write_paused and not self.disconnected:
            await protocol.flow.drain()
        if not self.disconnected:
            default_headers = protocol.server_state.default_headers
            protocol.transport.write(in_bytes(reply, default_headers, keep_alive=self.keep_alive))
            self.response_complete = True
            if not self.keep_alive:
                protocol.transport.close()
            protocol.on_response_complete()
        del self._protocol  # it refers to this cycle; without the reference cycle, no garbage collection is needed
