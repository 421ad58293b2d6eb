"""A connection: uvicorn's protocol with limits, timeouts, and errors in JSON.

It overrides private methods of uvicorn's, which tests/contract/test_uvicorn.py names.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from web.http import responses
from web.http.client_addresses import ClientAddresses
from web.http.errors import HttpRefusal, refuse
from web.http.middleware import NO_SNIFFING, request_id_for
from web.http.quota import Quota
from web.http.responses import RawResponse
from web.http.unread_answers import UnreadWatch

STATE = "addresses"
MAX_URL_BYTES = 70_000
"""More than the endpoint accepts, so that it refuses most long URLs itself."""
MAX_HEADER_BYTES = 65_536
MAX_HEADERS = 100
HEADER_SECONDS = 15.0
BODY_SECONDS = 30.0
"""The longest time between two pieces of a body."""
_LAST_REQUEST_SECONDS = 0.3
"""How long a server that stops waits for a request that is on its way."""
_PROBE_SECONDS = 0.4
_MOST_PIPELINED = 8
_HEADERS_TOO_LARGE = f"The headers are larger than {MAX_HEADER_BYTES} bytes."
_UPGRADE_HEADERS = (b"upgrade", b"http2-settings")


@dataclass
class ConnectionCounts:
    """Counts the connections of each client's address, also of clients behind trusted proxies."""

    quota: Quota[str]
    clients: ClientAddresses


class Stage(Enum):
    """The part of a request that the client is sending."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"


class HttpConnection(HttpToolsProtocol):
    """uvicorn handles keep-alive, pipelining, WebSockets and request counts. This class handles the limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._addresses: ConnectionCounts = app_state.get(STATE) or ConnectionCounts(Quota(0), ClientAddresses(""))
        self._is_proxied = False
        self._counted: list[str] = []
        self._running: Any = None  # the active cycle: uvicorn's or the fast path's
        self._stage = Stage.NOTHING
        self._head_bytes = 0
        self._is_upgrade_ignored = False
        self._is_websocket = False
        self._is_ending = False
        self._has_parsed = False
        self._unparsed_bytes = 0
        self._problem: HttpRefusal | None = None
        self._refusal: bytes | None = None
        self._due: float | None = None
        self._due_timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._probe_timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------ callbacks of the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._unread = UnreadWatch(transport, self.loop)
        address = self.client[0] if self.client else ""
        self._is_proxied = self._addresses.clients.trusts(address)
        if address and not self._is_proxied and not self._count(address):
            self._refuse(self._too_many_connections())
        else:
            self._expect_within(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._has_parsed = False
        rest = data
        try:
            while rest:
                rest = self._parse(rest)
        except httptools.HttpParserError:
            self._refuse(self._problem or refuse(400, "The bytes are not a valid HTTP/1.1 request."))
            return
        if self._is_websocket:
            return
        self._unparsed_bytes = 0 if self._has_parsed else self._unparsed_bytes + len(data)
        if self._unparsed_bytes > MAX_HEADER_BYTES:  # the parser keeps a header until it is complete
            self._refuse(refuse(431, _HEADERS_TOO_LARGE))
        elif self._stage is Stage.BODY:
            self._expect_within(BODY_SECONDS)
        elif self._stage is Stage.HEAD and self._due is None:
            self._expect_within(HEADER_SECONDS)

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn always closes the connection
        """Keeps the connection if the client has only closed its own side, and waits for answers."""
        running = self._running
        if self._stage is not Stage.NOTHING or running is None or self.cycle.response_complete:
            return False
        if getattr(running, "chunked_encoding", False) or getattr(running, "scope", _HTTP_1_1)["http_version"] != "1.1":
            return False
        self.cycle.keep_alive = False
        self._probe(_PROBE_SECONDS)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        if self._running is not None:  # uvicorn notifies only the newest cycle
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Ends the connection after its running requests. Without any, it waits shortly for a last one.

        The client may have sent a request already, and would lose it.
        """
        self._is_ending = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(_LAST_REQUEST_SECONDS, self._close_if_idle)
        else:
            super().shutdown()

    def _close_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread.start()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.note_progress()

    # ------------------------------------------------------------------ callbacks of the parser

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._stage = Stage.HEAD
        self._due = None
        self._head_bytes = 0
        self._is_upgrade_ignored = False

    def on_url(self, url: bytes) -> None:
        self._has_parsed = True
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            self._fail(refuse(414, f"The URL has more than {MAX_URL_BYTES} bytes."))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._has_parsed = True
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEADER_BYTES or len(self.headers) >= MAX_HEADERS:
            self._fail(self._too_many_headers())
        if self._stage is Stage.HEAD:  # a trailer of a chunked body must not become a header
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._check_head()
        self._stage = Stage.BODY
        self._due = None
        if self.parser.should_upgrade() and not self._should_upgrade():
            self._is_upgrade_ignored = True
        else:
            self._begin_request()

    def on_body(self, body: bytes) -> None:
        self._has_parsed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stage = Stage.NOTHING
        self._due = None
        if not self._is_upgrade_ignored:
            self._complete_request()

    # ------------------------------------------------------------------ requests

    def on_response_complete(self) -> None:
        """Does what uvicorn does, but limits the time until the next request by the timer of `_expect_within`."""
        self.server_state.total_requests += 1
        self._unread.start()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._expect_within(self.timeout_keep_alive)
        if self._is_proxied:
            self._give_back()
        if self._refusal is not None:
            self._write_refusal()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        if self._is_ending:
            cycle.keep_alive = False
        super()._start_asgi_task(cycle, app)

    def _begin_request(self) -> None:
        """Makes up for uvicorn's callbacks of the request's start and its headers."""
        url, headers = self.url, self.headers
        HttpToolsProtocol.on_message_begin(self)
        self.url = url
        for name, value in headers:
            HttpToolsProtocol.on_header(self, name, value)
        HttpToolsProtocol.on_headers_complete(self)
        self._read_on()

    def _complete_request(self) -> None:
        super().on_message_complete()

    def _read_on(self) -> None:
        """Continues reading while few requests wait. Only reading shows that the client has disconnected."""
        if len(self.pipeline) < _MOST_PIPELINED:
            self.flow.resume_reading()
        else:
            self.flow.pause_reading()

    # ------------------------------------------------------------------ upgrades

    def _parse(self, data: bytes) -> bytes:
        """Parses the data. Returns the bytes to parse next: those behind a request that wants an unknown upgrade."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            if not self._is_upgrade_ignored:
                self.handle_websocket_upgrade()
                return b""
            return self._without_upgrade() + data[stopped.args[0] :]
        return b""

    def _without_upgrade(self) -> bytes:
        """Returns the head without the upgrade, for a new parser. RFC 9110, 7.8: a server may ignore an upgrade."""
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % (name, value) for name, value in self.headers if name not in _UPGRADE_HEADERS]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as in uvicorn
        return b"\r\n".join([*lines, b"", b""])

    def _should_upgrade(self) -> bool:
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    def handle_websocket_upgrade(self) -> None:
        self._is_websocket = True
        self._let_go()
        super().handle_websocket_upgrade()

    # ------------------------------------------------------------------ refusals

    def _check_head(self) -> None:
        names = [name for name, _ in self.headers]
        hosts = names.count(b"host")
        if hosts > 1 or (not hosts and self.parser.get_http_version() != "1.0"):
            self._fail(refuse(400, "The request must have exactly one Host header."))
        if names.count(b"authorization") > 1:
            self._fail(refuse(400, "The request must have at most one Authorization header."))
        if self.parser.get_method() == b"CONNECT":
            self._fail(refuse(405, "The server is no proxy.", Allow="GET, POST"))
        if self._is_proxied and b"x-forwarded-for" in names:
            peer = self.client[0] if self.client else ""
            if not self._count(self._addresses.clients.of(peer, dict(self.headers))):
                self._fail(self._too_many_connections())

    def _too_many_headers(self) -> HttpRefusal:
        if self._head_bytes > MAX_HEADER_BYTES:
            return refuse(431, _HEADERS_TOO_LARGE)
        return refuse(431, f"The request has more than {MAX_HEADERS} headers.")

    def _fail(self, problem: HttpRefusal) -> NoReturn:
        """Stops the parser from within a callback. The parser then raises its own exception."""
        self._problem = problem
        raise problem

    def _refuse(self, refusal: HttpRefusal) -> None:
        """Answers once all earlier requests are answered, and closes the connection."""
        reply = responses.in_json(refusal.status, {"errors": refusal.errors}, headers=refusal.headers)
        reply.headers.extend((NO_SNIFFING, (b"x-request-id", request_id_for({}))))
        self._refusal = in_bytes(reply, self.server_state.default_headers, keep_alive=False)
        self._due = None
        cycle = self.cycle
        if self._stage is Stage.BODY and cycle is not None and not cycle.response_complete:
            if self.pipeline and self.pipeline[0][0] is cycle:
                self.pipeline.popleft()
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if not cycle.response_started:
                self._write_refusal()
            self.transport.close()
        elif self._running is None or (self._running.response_complete and not self.pipeline):
            self._write_refusal()

    def _write_refusal(self) -> None:
        if not self.transport.is_closing() and self._refusal is not None:
            self.transport.write(self._refusal)
            self._unread.start()
            self.transport.close()

    # ------------------------------------------------------------------ addresses

    def _count(self, address: str) -> bool:
        if not self._addresses.quota.take(address):
            return False
        self._counted.append(address)
        return True

    def _give_back(self) -> None:
        for address in self._counted:
            self._addresses.quota.give_back(address)
        self._counted.clear()

    def _too_many_connections(self) -> HttpRefusal:
        message = f"The address has more than {self._addresses.quota.most} connections."
        return refuse(429, message, code="RATE_LIMITED", Retry_After="1")

    # ------------------------------------------------------------------ times

    def _expect_within(self, seconds: float) -> None:
        """Limits the time until the next part of the request. One timer serves many limits, as most are met."""
        self._due = self.loop.time() + seconds
        if self._due_timer is not None and self._timer_at > self._due:
            self._due_timer.cancel()
            self._due_timer = None
        if self._due_timer is None:
            self._timer_at = self._due
            self._due_timer = self.loop.call_later(seconds, self._check_due)

    def _check_due(self) -> None:
        self._due_timer = None
        if self._due is None or self.transport.is_closing():
            return
        left = self._due - self.loop.time()
        if left > 0:
            self._expect_within(left)
        elif self.flow.read_paused:  # the server does not read, so the client can't send
            self._expect_within(BODY_SECONDS)
        elif self._stage is Stage.NOTHING or (self._stage is Stage.BODY and self.cycle.response_complete):
            self.transport.close()
        else:
            self._refuse(refuse(408, "The client took too long to send the request."))

    def _probe(self, seconds: float) -> None:
        """Sends interim responses, which clients skip, to detect a client that has left.

        A half-close and a full close look the same to the server. After a full close, the client's system answers the
        first write with a reset, so the second write fails.
        """
        if self.transport.is_closing():
            return
        if not getattr(self._running, "response_started", False):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._probe_timer = self.loop.call_later(seconds, self._probe, 2 * seconds)

    def _let_go(self) -> None:
        self._give_back()
        self._unread.stop()
        for timer in (self._due_timer, self._probe_timer):
            if timer is not None:
                timer.cancel()


_HTTP_1_1 = {"http_version": "1.1"}


def in_bytes(reply: RawResponse, default_headers: Iterable[tuple[bytes, bytes]], *, keep_alive: bool) -> bytes:
    """Returns the answer as bytes of HTTP/1.1."""
    lines = [STATUS_LINE[reply.status]]
    for name, value in (*default_headers, *reply.headers):
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n" if keep_alive else b"connection: close\r\n\r\n")
    lines.append(reply.body)
    return b"".join(lines)
