"""Connections: clients that leave, that don't read or send invalid data, and the shutdown of the server."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any, cast

import orjson
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.protocol.test_same_bytes import EVERYTHING, QUERY
from tests.protocol.wire import OWN_ID, Listener, Sockets, listening, request
from tests.support.servers.http_client import HttpServer
from tests.support.servers.timeouts import TIMEOUT, wait_until
from web.credentials.callers import Credentials
from web.http import fast_path

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Gate:
    """Makes requests wait inside the server until it is opened."""

    def __init__(self) -> None:
        self._is_open = asyncio.Event()
        self.waiting = 0

    async def __call__(self, *_: Any, **__: Any) -> None:
        self.waiting += 1
        await self._is_open.wait()

    def open(self) -> None:
        self._is_open.set()

    def close(self) -> None:
        self._is_open.clear()
        self.waiting = 0


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gate]:
    gate = Gate()

    async def held(*arguments: Any, **named: Any) -> Any:
        await gate()
        return await caller_of(*arguments, **named)

    caller_of = Credentials.caller_of
    monkeypatch.setattr(Credentials, "caller_of", held)
    yield gate
    gate.open()


@pytest.fixture(params=["ordinary", "direct"])
def listener(sockets: Sockets, request: pytest.FixtureRequest) -> Listener:
    found: Listener = getattr(sockets, request.param)
    return found


async def asking(sockets: Sockets, listener: Listener, *requests: bytes) -> Client:
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"".join(requests).replace(b"SECRET", sockets.secret.encode()))
    return reader, writer


def connection_of(listener: Listener) -> HttpToolsProtocol:
    [connection] = listener.state.connections
    return cast(HttpToolsProtocol, connection)


async def test_a_request_is_counted_once_it_is_answered(sockets: Sockets, listener: Listener, gate: Gate) -> None:
    reader, _ = await asking(sockets, listener, request(QUERY))
    await wait_until(lambda: gate.waiting)

    before = (listener.state.total_requests, len(listener.state.tasks), len(listener.state.connections))
    gate.open()
    await reader.readuntil(b"}}}}")
    await wait_until(lambda: not listener.state.tasks)

    assert before == (0, 1, 1)
    assert (listener.state.total_requests, len(listener.state.connections)) == (1, 1)


@pytest.mark.parametrize("behind", [0, 1, 3])
async def test_a_client_that_leaves_in_the_middle_is_nobodys_error(
    sockets: Sockets,
    listener: Listener,
    gate: Gate,
    log: io.StringIO,
    behind: int,
) -> None:
    _, writer = await asking(sockets, listener, *[request(QUERY)] * (1 + behind))
    await wait_until(lambda: gate.waiting)

    writer.transport.abort()
    if not behind:  # otherwise reading is paused, and only a write detects the disconnect
        await wait_until(lambda: not listener.state.connections)
    gate.open()
    await wait_until(lambda: not listener.state.tasks and not listener.state.connections)

    assert listener.state.total_requests <= behind
    if not behind or listener is sockets.direct:  # uvicorn drops the first request of a pipeline
        assert log.getvalue() == ""


async def test_one_that_runs_when_the_server_is_to_stop_is_answered_and_then_the_connection_ends(
    sockets: Sockets, gate: Gate
) -> None:
    answers = []
    for listener in (sockets.ordinary, sockets.direct):
        reader, _ = await asking(sockets, listener, request(QUERY, headers=["X-Request-Id: it"]))
        await wait_until(lambda: gate.waiting)
        connection_of(listener).shutdown()
        gate.open()
        answers.append(await asyncio.wait_for(reader.read(), TIMEOUT))
        gate.close()

    ordinary, direct = answers
    assert direct == ordinary
    assert b"\r\nconnection: close\r\n" in direct
    assert direct.endswith(b'{"data":{"viewer":{"account":{"name":"Acme"}}}}')


async def test_a_connection_that_asks_nothing_is_ended_when_the_server_is_to_stop(
    sockets: Sockets, listener: Listener
) -> None:
    reader, _ = await asking(sockets, listener, request(QUERY))
    await reader.readuntil(b"}}}}")

    connection_of(listener).shutdown()

    assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""


async def test_what_outlasts_the_servers_patience_is_answered_that_its_result_is_unknown(
    sockets: Sockets,
    gate: Gate,
    log: io.StringIO,
) -> None:
    answers, lines = [], []
    for listener in (sockets.ordinary, sockets.direct):
        reader, _ = await asking(sockets, listener, request(QUERY))
        await wait_until(lambda: gate.waiting)
        connection_of(listener).shutdown()
        for task in list(listener.state.tasks):
            task.cancel()
        answers.append(await asyncio.wait_for(reader.read(), TIMEOUT))
        gate.close()
        lines.append([orjson.loads(line)["event"] for line in log.getvalue().splitlines()])
        log.seek(0)
        log.truncate()

    ordinary, direct = [OWN_ID.sub(b"", answer) for answer in answers]
    assert direct == ordinary
    assert direct.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"RESULT_UNKNOWN"' in direct
    assert lines[0] == lines[1] == ["an operation failed temporarily"]


async def test_a_failure_beneath_everything_is_masked_and_logged_once(
    sockets: Sockets,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("+254712345678")

    monkeypatch.setattr(Credentials, "caller_of", fail)

    ordinary, direct = await sockets.both(request(QUERY, headers=["X-Request-Id: find-me"]))

    assert direct == ordinary
    assert b'"requestId":"find-me"' in direct
    events = [orjson.loads(line) for line in log.getvalue().splitlines()]
    assert [(event["event"], event["request_id"]) for event in events] == [("a request failed", "find-me")] * 2
    assert "+254712345678" not in log.getvalue()


async def test_a_connection_on_which_nothing_is_said_is_ended(site: HttpServer) -> None:
    async with listening(site, timeout_keep_alive=0.05) as sockets:
        for listener in (sockets.ordinary, sockets.direct):
            reader, _ = await asking(sockets, listener, request(QUERY))

            answer = await asyncio.wait_for(reader.read(), TIMEOUT)

            assert answer.endswith(b'{"data":{"viewer":{"account":{"name":"Acme"}}}}')
            assert b"connection: close" not in answer


async def test_a_request_that_takes_longer_than_a_connection_may_be_idle_is_answered(
    site: HttpServer, gate: Gate
) -> None:
    async with listening(site, timeout_keep_alive=0.5) as sockets:
        gate.open()
        reader, writer = await asking(sockets, sockets.direct, request(QUERY))
        await reader.readuntil(b"}}}}")
        gate.close()
        writer.write(request(QUERY).replace(b"SECRET", sockets.secret.encode()))
        await wait_until(lambda: gate.waiting == 1)
        await asyncio.sleep(0.8)
        gate.open()

        answer = await asyncio.wait_for(reader.read(), TIMEOUT)

    assert answer.endswith(b'{"data":{"viewer":{"account":{"name":"Acme"}}}}')


async def test_answers_wait_for_a_client_that_does_not_read(sockets: Sockets, listener: Listener) -> None:
    count = 60
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, limit=1 << 10)
    whole = request(EVERYTHING, headers=["X-Request-Id: it"]).replace(b"SECRET", sockets.secret.encode())
    one = len(await sockets.send(listener, whole)) - len(await sockets.send(listener, answers=0))
    answered = listener.state.total_requests
    writer.write(whole * count)
    await wait_until(lambda: connection_of(listener).flow.write_paused)

    await asyncio.sleep(0.1)
    waiting = connection_of(listener).transport.get_write_buffer_size()
    done = listener.state.total_requests - answered
    received = 0
    async with asyncio.timeout(TIMEOUT):
        while received < one * count:
            received += len(await reader.read(1 << 20))

    assert done < count
    assert waiting < 64 * 1024 + 2 * one
    assert received == one * count
    await wait_until(lambda: listener.state.total_requests - answered == count)


async def test_the_access_log_has_the_same_line(
    site: HttpServer,
    log: io.StringIO,
) -> None:
    app: Any = site.app
    app.direct_answers._has_access_log = True
    async with listening(site) as sockets:
        await sockets.send(sockets.direct, request(QUERY, headers=["X-Request-Id: it"]))

    [line] = [orjson.loads(line) for line in log.getvalue().splitlines()]
    assert {name: line[name] for name in ("event", "method", "path", "status", "request_id")} == {
        "event": "answered",
        "method": "POST",
        "path": fast_path.PATH,
        "status": 401,
        "request_id": "it",
    }
    assert line["milliseconds"] >= 0
