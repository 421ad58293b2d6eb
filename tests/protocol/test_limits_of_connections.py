"""Limits of a connection: its heads, its trailers, its times, and the number of connections of an address."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

import orjson
import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from tests.protocol.test_connections import Gate, gate  # noqa: F401  # a fixture
from tests.protocol.test_idle_connections import Loop, Transport
from tests.protocol.test_same_bytes import QUERY
from tests.protocol.wire import Sockets, listening, request
from tests.support.servers.http_client import HttpServer
from tests.support.servers.timeouts import TIMEOUT, wait_until
from web.http import connection as connections
from web.http.client_addresses import ClientAddresses
from web.http.connection import STATE, ConnectionCounts, HttpConnection
from web.http.quota import Quota

ANSWER = b'{"data":{"viewer":{"account":{"name":"Acme"}}}}'
CHUNKED: dict[str, Any] = {"headers": ["Transfer-Encoding: chunked"], "without": ["Content-Length", "Authorization"]}


async def test_a_head_that_never_ends_is_refused_before_it_is_whole(sockets: Sockets) -> None:
    endless = request(QUERY, headers=["X-Endless: "]).partition(b"X-Endless: ")[0] + b"X-Endless: "

    answer, _ = await sockets.both(endless, *[b"x" * 40_000] * 3)

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_a_trailer_never_becomes_a_header(sockets: Sockets) -> None:
    body = b"%x\r\n%b\r\n0\r\nAuthorization: Bearer SECRET\r\n\r\n" % (len(QUERY), QUERY)
    whole = request(body, **CHUNKED)
    head = whole.index(b"\r\n\r\n") + 4

    ordinary, direct = await sockets.both(whole)
    in_pieces, _ = await sockets.both(whole[:head], whole[head : head + 50], whole[head + 50 :])
    endless, _ = await sockets.both(whole[: -len("SECRET\r\n\r\n")], *[b"x" * 40_000] * 3)

    assert direct == ordinary == in_pieces
    assert direct.startswith(b"HTTP/1.1 401 ")
    assert b"HTTP/1.1 431 " in endless


async def test_a_client_that_only_sends_no_more_gets_its_answers(
    sockets: Sockets,
    gate: Gate,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "_PROBE_SECONDS", 0.02)
    for listener in (sockets.ordinary, sockets.direct):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(request(QUERY).replace(b"SECRET", sockets.secret.encode()) * 3)
        writer.write_eof()
        await wait_until(lambda: gate.waiting)
        await asyncio.sleep(0.1)
        gate.open()

        received = await asyncio.wait_for(reader.read(), TIMEOUT)
        writer.close()
        gate.close()

        assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert received.count(ANSWER) == received.count(b"HTTP/1.1 200 OK") == 3
        assert received.endswith(ANSWER)


async def test_a_refusal_waits_for_the_answers_before_it(sockets: Sockets, gate: Gate) -> None:  # noqa: F811
    reader, writer = await asyncio.open_connection("127.0.0.1", sockets.direct.port)
    good = request(QUERY).replace(b"SECRET", sockets.secret.encode())
    writer.write(good + good + b"nonsense\r\n\r\n" + good)
    await wait_until(lambda: gate.waiting)
    gate.open()

    received = await asyncio.wait_for(reader.read(), TIMEOUT)
    writer.close()

    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"200", b"400"]
    assert orjson.loads(received.rpartition(b"\r\n\r\n")[2])["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


# ------------------------------------------------------------------ times, on a fake clock


class Clock(Loop):
    """A fake event loop whose tasks never run."""

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Future[Any]":
        coroutine.close()
        return asyncio.get_running_loop().create_future()


class Wire(Transport):
    """A fake transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.unsent = 0
        self.is_aborted = self.is_paused = False

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.is_aborted = self.is_closed = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


def connected(loop: Loop, state: dict[str, Any] | None = None, peer: str = "") -> tuple[HttpConnection, Wire]:
    config = Config("server:create_app", log_config=None, interface="asgi3")
    config.loaded = True
    config.loaded_app = config.ws_protocol_class = None
    connection, wire = HttpConnection(config, ServerState(), state or {}, loop), Wire()  # type: ignore[arg-type]
    if peer:
        wire.get_extra_info = lambda name, default=None: (peer, 1) if name == "peername" else default  # type: ignore[method-assign]
    connection.connection_made(wire)  # type: ignore[arg-type]
    return connection, wire


HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"


async def test_a_head_has_15_seconds_however_it_trickles() -> None:
    loop = Clock()
    _, silent = connected(loop)
    trickling, wire = connected(loop)
    loop.pass_until(105)
    for at in range(105, 120, 3):
        loop.pass_until(at)
        trickling.data_received(HEAD[at - 105 : at - 102])

    loop.pass_until(119.9)
    before = (silent.is_closed, wire.is_closed)
    loop.pass_until(120)

    assert before == (True, False)
    assert (silent.written, wire.is_closed) == (b"", True)
    assert wire.written.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_body_has_30_seconds_for_each_piece() -> None:
    loop = Clock()
    connection, wire = connected(loop)
    connection.data_received(HEAD)
    for at in (125, 150, 175):
        loop.pass_until(at)
        connection.data_received(b"x")
    connection.flow.pause_reading()
    loop.pass_until(210)
    paused = wire.is_closed
    connection.flow.resume_reading()

    loop.pass_until(260)

    assert (paused, wire.is_closed, connection.cycle.disconnected) == (False, True, True)
    assert wire.written.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_a_client_that_reads_nothing_for_60_seconds_is_let_go() -> None:
    loop = Clock()
    reading, slow = connected(loop)
    stuck, unread = connected(loop)
    for connection, wire in ((reading, slow), (stuck, unread)):
        connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        wire.unsent = 100_000
        connection.pause_writing()
    for at in range(110, 300, 10):
        loop.pass_until(at)
        slow.unsent -= 1_000
        assert unread.is_aborted is (at >= 160)

    assert not slow.is_aborted
    reading.connection_lost(ConnectionError())
    assert loop.waiting == 0


# ------------------------------------------------------------------ addresses


async def test_an_address_has_a_limited_number_of_connections() -> None:
    loop, state = Clock(), {STATE: ConnectionCounts(Quota(2), ClientAddresses("10.0.0.1"))}
    forwarded = b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n"
    first, _ = connected(loop, state, "192.0.2.1")
    connected(loop, state, "192.0.2.1")
    _, third = connected(loop, state, "192.0.2.1")
    _, other = connected(loop, state, "192.0.2.2")
    proxied, wire = connected(loop, state, "10.0.0.1")
    proxied.data_received(forwarded % 1)
    first.connection_lost(ConnectionError())
    freed, freed_wire = connected(loop, state, "10.0.0.1")
    freed.data_received(forwarded % 1)
    full, full_wire = connected(loop, state, "10.0.0.1")
    full.data_received(forwarded % 1)
    freed.cycle.response_complete = True
    freed.on_response_complete()
    again, again_wire = connected(loop, state, "192.0.2.1")

    refused = [each.written[:12] for each in (third, other, wire, freed_wire, full_wire, again_wire)]
    assert refused == [b"HTTP/1.1 429", b"", b"HTTP/1.1 429", b"", b"HTTP/1.1 429", b""]
    assert b'"code":"RATE_LIMITED"' in third.written
    assert b"retry-after: 1\r\n" in third.written
    again.connection_lost(None)
    assert full.transport.is_closing()


async def test_connections_are_counted_until_they_end_or_become_sockets(site: HttpServer) -> None:
    addresses = site.app.addresses
    addresses.quota.most, addresses.clients = 2, ClientAddresses("")
    async with listening(site) as sockets:
        port = sockets.direct.port
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        refused = await asyncio.wait_for(opened[2][0].read(), TIMEOUT)
        for _, writer in opened:
            writer.close()
        await wait_until(lambda: not len(addresses.quota))
        answered, _ = await sockets.both(request(QUERY))

    assert refused.startswith(b"HTTP/1.1 429 ")
    assert ANSWER in answered
