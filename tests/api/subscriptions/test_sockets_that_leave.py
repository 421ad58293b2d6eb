"""Operations over sockets and server-sent events: they end with their client, and failures that pass say so."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.db import database
from tests.support.job_progress import ANSWER, PROGRESS, VIEWER, progress_message, waiting_job, write_progress
from tests.support.servers.running_server import RunningServer, running_server
from tests.support.servers.slow_statements import SlowStatements, within
from tests.support.servers.timeouts import wait_until

LISTS = "{ contactLists(first: 5) { nodes { name } } }"
CREATE = 'mutation { createContactList(input: {name: "Clients"}) { contactList { name } } }'
READ_LIST = 'FROM "contact_list" WHERE'
WRITE_LIST = 'INSERT INTO "contact_list"'
SOON = 5.0
"""Seconds, generously. The operation itself may take 60."""


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[RunningServer]:
    async with running_server(database_url, operation_timeout=60, jobs=0, concurrent_operations_per_token=2) as served:
        yield served


@pytest.fixture
async def hurried(database_url: str) -> AsyncIterator[RunningServer]:
    """A server whose operations may take half a second."""
    async with running_server(database_url, operation_timeout=0.5, jobs=0) as served:
        yield served


async def lists(served: RunningServer) -> list[Any]:
    return list(await database.fetch("SELECT id FROM contact_list WHERE account_id = $1", served.api.account_id))


async def test_complete_ends_an_operation_and_the_socket_goes_on(
    served: RunningServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, WRITE_LIST)
    async with served.socket() as socket:
        await socket.subscribe(CREATE, key="slow")
        await wait_until(lambda: slow.started)

        await socket.send({"id": "slow", "type": "complete"})
        await within(SOON, slow)
        await socket.subscribe(VIEWER, key="next")
        answer = await socket.receive()

    assert slow.how == ["ClientDisconnected"]
    assert answer == {"id": "next", "type": "next", "payload": ANSWER}
    monkeypatch.undo()
    assert await lists(served) == []
    assert log.getvalue() == ""


async def test_a_socket_that_closes_ends_its_operations(
    served: RunningServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)
    async with served.socket() as socket:
        await socket.subscribe(LISTS, key="1")
        await socket.subscribe(LISTS, key="2")
        await socket.subscribe(VIEWER, key="waits")
        await wait_until(lambda: slow.started == 2)
    await within(SOON, slow, 2)

    assert slow.how == ["ClientDisconnected"] * 2
    assert log.getvalue() == ""


async def test_a_connection_that_is_lost_ends_its_operations(
    served: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)
    async with served.socket() as socket:
        await socket.subscribe(LISTS)
        await wait_until(lambda: slow.started)

        socket.connection.transport.abort()
        await within(SOON, slow)

    assert slow.how == ["ClientDisconnected"]


async def test_a_client_of_events_that_leaves_ends_its_operation(
    served: RunningServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, READ_LIST)

    async def ask() -> None:
        async with served.events(LISTS):
            pass

    asking = asyncio.create_task(ask())
    await wait_until(lambda: slow.started)
    asking.cancel()
    await within(SOON, slow)
    await asyncio.gather(asking, return_exceptions=True)

    assert slow.how == ["ClientDisconnected"]
    assert log.getvalue() == ""


async def test_an_event_that_is_being_read_ends_with_its_subscription(
    served: RunningServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await waiting_job(served.api)
    query = "subscription ($id: ID!) { jobProgress(id: $id) { id rowErrors(first: 1) { totalCount } } }"
    slow = SlowStatements(monkeypatch, "job_row_error")
    async with served.socket() as socket:
        await socket.subscribe(query, {"id": job}, key="events")
        await wait_until(lambda: slow.started)

        await socket.send({"id": "events", "type": "complete"})
        await within(SOON, slow)
        await socket.subscribe(VIEWER, key="next")
        answer = await socket.receive()

    assert answer == {"id": "next", "type": "next", "payload": ANSWER}
    assert log.getvalue() == ""


# ------------------------------------------------------------------ deadlines


async def test_an_operation_over_a_socket_that_takes_too_long_ends_with_an_error(
    hurried: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowStatements(monkeypatch, READ_LIST)
    async with hurried.socket() as socket:
        await socket.subscribe(LISTS)
        answer = await socket.receive()

    assert (answer["type"], [error["extensions"] for error in answer["payload"]]) == (
        "error",
        [{"code": "OPERATION_TIMEOUT"}],
    )


async def test_an_operation_by_events_that_takes_too_long_is_answered_with_its_status(
    hurried: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    SlowStatements(monkeypatch, READ_LIST)
    async with hurried.events(LISTS) as events:
        body = await events.response.aread()

    assert events.response.status_code == 504
    assert b'"OPERATION_TIMEOUT"' in body


async def test_an_event_has_the_deadline_and_the_subscription_goes_on(
    hurried: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await waiting_job(hurried.api)
    query = "subscription ($id: ID!) { jobProgress(id: $id) { id rowErrors(first: 1) { totalCount } } }"
    with monkeypatch.context() as patched:
        SlowStatements(patched, "job_row_error")
        async with hurried.socket() as socket:
            await socket.subscribe(query, {"id": job})
            late = await socket.receive()
            patched.undo()
            await write_progress(hurried.api, job, done_row_count=1)
            event = await socket.receive()

    assert late["payload"]["data"] is None
    assert [error["extensions"]["code"] for error in late["payload"]["errors"]] == ["OPERATION_TIMEOUT"]
    assert event["payload"] == {"data": {"jobProgress": {"id": job, "rowErrors": {"totalCount": 0}}}}


async def test_a_subscription_has_no_deadline(hurried: RunningServer) -> None:
    job = await waiting_job(hurried.api)
    async with hurried.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": job})
        first = await socket.receive()
        await asyncio.sleep(1.2)
        await write_progress(hurried.api, job, done_row_count=7)
        second = await socket.receive()

    assert [first["payload"], second["payload"]] == [
        progress_message(job, "QUEUED", 0),
        progress_message(job, "QUEUED", 7),
    ]


async def test_a_socket_whose_token_can_not_be_looked_up_is_told_to_come_again(
    hurried: RunningServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowStatements(monkeypatch, "is never said")

    async def endless(*_: Any) -> Any:
        return await database.fetch("SELECT 'is never said'")

    monkeypatch.setattr(database, "fetch_reserved", endless)
    async with hurried.socket(is_known=False) as socket:
        await socket.send({"type": "connection_init", "payload": {"Authorization": "Bearer nobody"}})
        code, reason = await socket.closed()

    assert (code, slow.how) == (1013, ["DeadlineExceeded"])
    assert "Send the request again later" in reason
    assert '"error"' not in log.getvalue()


# ------------------------------------------------------------------ turns


async def test_subscriptions_take_no_turn_and_their_events_wait_for_one(
    served: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await waiting_job(served.api)
    async with served.socket() as socket:
        for number in range(5):  # two operations of a token run at once
            await socket.subscribe(PROGRESS, {"id": job}, key=str(number))
            assert (await socket.receive())["payload"] == progress_message(job, "QUEUED", 0)
        with monkeypatch.context() as patched:
            slow = SlowStatements(patched, READ_LIST)
            for key in ("a", "b"):
                await socket.subscribe(LISTS, key=key)
            await wait_until(lambda: slow.started == 2)
            await write_progress(served.api, job, done_row_count=1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await socket.connection.recv()
            for key in ("a", "b"):
                await socket.send({"id": key, "type": "complete"})
            received = [await socket.receive() for _ in range(5)]

    assert sorted(message["id"] for message in received) == list("01234")
    assert all(message["payload"] == progress_message(job, "QUEUED", 1) for message in received)
