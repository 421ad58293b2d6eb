"""If a client disconnects, its work ends, in the database as well, without waiting for the deadline."""

import asyncio
import io
from collections.abc import AsyncIterator

import orjson
import pytest

from models.db import database
from tests.protocol.test_connections import asking
from tests.protocol.wire import Listener, Sockets, listening, request
from tests.support.servers.http_client import HttpServer, running_http_server
from tests.support.servers.slow_statements import SlowStatements, within
from tests.support.servers.timeouts import wait_until

LISTS = orjson.dumps({"query": "{ contactLists(first: 5) { nodes { name } } }"})
VIEWER = orjson.dumps({"query": "{ viewer { account { name } } }"})
CREATE = orjson.dumps({"query": 'mutation { createContactList(input: {name: "Clients"}) { contactList { name } } }'})
READ_LIST = 'FROM "contact_list" WHERE'
SOON = 5.0
"""Seconds, generously. The operation itself may take 60."""
KEY = ["Idempotency-Key: a"]


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[HttpServer]:
    async with running_http_server(
        database_url, operation_timeout=60, jobs=0, concurrent_operations_per_token=2
    ) as site:
        yield site


@pytest.fixture
async def sockets(site: HttpServer) -> AsyncIterator[Sockets]:
    async with listening(site) as sockets:
        yield sockets


@pytest.fixture(params=["ordinary", "direct"])
def listener(sockets: Sockets, request: pytest.FixtureRequest) -> Listener:
    found: Listener = getattr(sockets, request.param)
    return found


async def test_a_query_ends_with_its_client(
    sockets: Sockets, listener: Listener, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)
    _, writer = await asking(sockets, listener, request(LISTS))
    await wait_until(lambda: slow.started)

    writer.transport.abort()
    await within(SOON, slow)
    await wait_until(lambda: not listener.state.tasks)

    assert slow.how == ["ClientDisconnected"]
    assert log.getvalue() == ""


async def test_a_mutation_ends_with_its_client_and_writes_nothing(
    sockets: Sockets, listener: Listener, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, site: HttpServer
) -> None:
    slow = SlowStatements(monkeypatch, 'INSERT INTO "contact_list"')
    _, writer = await asking(sockets, listener, request(CREATE))
    await wait_until(lambda: slow.started)

    writer.transport.abort()
    await within(SOON, slow)
    await wait_until(lambda: not listener.state.tasks)

    monkeypatch.undo()
    assert await database.fetch("SELECT name FROM contact_list WHERE account_id = $1", site.account_id) == []
    assert log.getvalue() == ""


async def test_under_a_key_the_client_can_come_again(
    sockets: Sockets, listener: Listener, monkeypatch: pytest.MonkeyPatch, site: HttpServer
) -> None:
    slow = SlowStatements(monkeypatch, 'INSERT INTO "contact_list"')
    _, writer = await asking(sockets, listener, request(CREATE, headers=KEY))
    await wait_until(lambda: slow.started)
    writer.transport.abort()
    await within(SOON, slow)
    await wait_until(lambda: not listener.state.tasks)
    monkeypatch.undo()

    reader, _ = await asking(sockets, listener, request(CREATE, headers=KEY))
    answer = await asyncio.wait_for(reader.readuntil(b"}}}}"), SOON)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"replayed" not in answer
    rows = await database.fetch("SELECT name FROM contact_list WHERE account_id = $1", site.account_id)
    assert [row["name"] for row in rows] == ["Clients"]


@pytest.mark.parametrize("first", [request(LISTS), request(LISTS, headers=KEY)], ids=["fast path", "ASGI"])
@pytest.mark.parametrize("behind", [request(VIEWER), request(VIEWER, headers=KEY)], ids=["fast path", "ASGI"])
@pytest.mark.parametrize("count", [1, 3])
async def test_with_requests_behind_it_in_the_pipeline_none_of_them_begins(
    sockets: Sockets, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, first: bytes, behind: bytes, count: int
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)
    _, writer = await asking(sockets, sockets.direct, first, *[behind] * count)
    await wait_until(lambda: slow.started)
    writer.write(behind.replace(b"SECRET", sockets.secret.encode()))
    await asyncio.sleep(0.05)

    writer.transport.abort()
    await within(SOON, slow)
    await wait_until(lambda: not sockets.direct.state.tasks and not sockets.direct.state.connections)

    assert slow.how == ["ClientDisconnected"]
    assert sockets.direct.state.total_requests == 0
    assert log.getvalue() == ""


async def test_a_pipeline_that_is_longer_is_answered_in_full(sockets: Sockets) -> None:
    count = 40
    reader, writer = await asking(sockets, sockets.direct, request(VIEWER))
    for _ in range(count - 1):
        writer.write(request(VIEWER).replace(b"SECRET", sockets.secret.encode()))
        await writer.drain()

    for _ in range(count):
        answer = await asyncio.wait_for(reader.readuntil(b"}}}}"), SOON)
        assert answer.endswith(b'{"data":{"viewer":{"account":{"name":"Acme"}}}}')


async def test_one_that_waits_for_its_turn_leaves_the_queue(
    sockets: Sockets, listener: Listener, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)
    running = [await asking(sockets, listener, request(LISTS)) for _ in range(2)]
    await wait_until(lambda: slow.started == 2)
    _, leaving = await asking(sockets, listener, request(VIEWER))
    reader, staying = await asking(sockets, listener, request(VIEWER))
    await wait_until(lambda: len(listener.state.tasks) == 4)

    leaving.transport.abort()
    await wait_until(lambda: len(listener.state.tasks) == 3)
    for _, writer in running:
        writer.transport.abort()
    answer = await asyncio.wait_for(reader.readuntil(b"}}}}"), SOON)
    staying.close()

    assert answer.endswith(b'{"data":{"viewer":{"account":{"name":"Acme"}}}}')
    assert log.getvalue() == ""


async def test_the_access_log_tells_of_a_client_that_left(
    sockets: Sockets, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, site: HttpServer
) -> None:
    site.app.direct_answers._has_access_log = True
    slow = SlowStatements(monkeypatch, READ_LIST)
    _, writer = await asking(sockets, sockets.direct, request(LISTS))
    await wait_until(lambda: slow.started)

    writer.transport.abort()
    await wait_until(log.getvalue)

    [line] = [orjson.loads(line) for line in log.getvalue().splitlines()]
    assert (line["event"], line["status"]) == ("answered", 499)


async def test_a_request_that_a_stopping_server_cancels_gets_an_answer_in_json(
    sockets: Sockets, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)
    reader, _ = await asking(sockets, listener, request(LISTS))
    await wait_until(lambda: slow.started)

    for task in listener.state.tasks:
        task.cancel("the server stops")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SOON)
    body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))

    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in head
    assert orjson.loads(body)["errors"][0]["extensions"] == {"code": "RESULT_UNKNOWN", "retryAfter": 2}
