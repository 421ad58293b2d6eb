"""Operations over WebSockets and event streams: queries and mutations, failures, and the shutdown of the server."""

import io
import logging
import os
import signal
from typing import Any

import httpx2
import orjson
import pytest

from resolvers.subscriptions import root_fields as subscriptions
from services.jobs import progress as job_progress
from tests.support.job_progress import ANSWER, PROGRESS, VIEWER, waiting_job, write_progress
from tests.support.servers.running_server import Events as Received, RunningServer, running_server
from tests.support.servers.timeouts import wait_until
from web import logs
from web.http.media_types import Events, wanted_events

# ------------------------------------------------------------------ queries and mutations


MUTATION = 'mutation { createContactList(input: {name: "VIP"}) { contactList { name } errors { code } } }'
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
MADE = {"data": {"createContactList": {"contactList": {"name": "VIP"}, "errors": []}}}


async def test_queries_and_mutations_are_answered_once(served: RunningServer) -> None:
    async with served.socket() as socket:
        await socket.subscribe(MUTATION)
        over_the_socket = [await socket.receive(), await socket.receive()]
    async with served.events(VIEWER) as events:
        as_events = await events.rest()

    assert over_the_socket == [{"id": "1", "type": "next", "payload": MADE}, {"id": "1", "type": "complete"}]
    assert as_events == [("next", ANSWER), ("complete", None)]


async def test_a_mutation_under_an_idempotency_key_is_refused_and_nothing_else(served: RunningServer) -> None:
    """A key stores complete answers. If the key were ignored, a repeated mutation would run twice."""
    key = {"Idempotency-Key": "a"}
    refusal = {
        "message": "An Idempotency-Key needs a POST with a single answer, not events or a WebSocket.",
        "extensions": {"code": "BAD_USER_INPUT"},
    }

    async with served.socket(additional_headers=key) as socket:
        await socket.subscribe(MUTATION)
        refused = await socket.receive()
        await socket.subscribe(VIEWER)
        answered = [await socket.receive(), await socket.receive()]
    async with served.client() as client:
        headers = {"Accept": "text/event-stream", **key}
        as_events = await client.post("/graphql", json={"query": MUTATION}, headers=headers)

    assert refused == {"id": "1", "type": "error", "payload": [refusal]}
    assert answered == [{"id": "1", "type": "next", "payload": ANSWER}, {"id": "1", "type": "complete"}]
    assert (as_events.status_code, as_events.json()) == (400, {"errors": [refusal]})
    assert await served.api.run("{ contactLists { totalCount } }") == {"contactLists": {"totalCount": 0}}


async def test_no_mutation_is_sent_by_get(served: RunningServer) -> None:
    async with served.events(MUTATION, method="GET") as events:
        await events.response.aread()

    assert (events.response.status_code, events.response.headers["allow"]) == (405, "POST")
    assert await served.api.run("{ contactLists { totalCount } }") == {"contactLists": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (PROGRESS, {}, "BAD_USER_INPUT"),
        (PROGRESS + VIEWER, {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: jobProgress(id: 1) { id } b: jobProgress(id: 1) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_can_not_be_executed_is_refused_as_over_http(
    served: RunningServer, query: str, variables: Any, code: str
) -> None:
    async with served.socket() as socket, served.events(query, variables) as events:
        await socket.subscribe(query, variables)
        refused = await socket.receive()
        await events.response.aread()

    assert (refused["id"], refused["type"]) == ("1", "error")
    assert {error["extensions"]["code"] for error in refused["payload"]} == {code}
    assert (events.response.status_code, events.response.json()) == (400, {"errors": refused["payload"]})


async def test_without_events_a_subscription_is_400_and_says_how(served: RunningServer) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        response = await client.post(
            "/graphql", json={"query": PROGRESS, "variables": {"id": "x"}}, headers=served.headers
        )

    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert "graphql-transport-ws" in error["message"]
    assert "text/event-stream" in error["message"]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", Events.ALL),
        ("text/event-stream, */*;q=0.5", Events.ALL),
        ("text/event-stream, multipart/mixed", Events.ALL),
        ("text/event-stream, application/json", Events.SUBSCRIPTIONS),
        (URQL, Events.SUBSCRIPTIONS),
        ("text/event-stream;q=0.5, application/json", Events.NONE),
        ("text/*", Events.NONE),
        ("*/*", Events.NONE),
    ],
)
def test_events_are_sent_to_whoever_names_them(accept: str, wanted: Events) -> None:
    assert wanted_events(accept.encode()) is wanted


async def test_a_client_that_takes_json_and_events_alike_gets_events_of_subscriptions(
    served: RunningServer,
) -> None:
    id = await waiting_job(served.api)
    async with served.client() as client:
        client.headers["Accept"] = URQL
        query = await client.post("/graphql", json={"query": VIEWER})
        mutation = await client.post("/graphql", json={"query": MUTATION}, headers={"Idempotency-Key": "a"})
        again = await client.post("/graphql", json={"query": MUTATION}, headers={"Idempotency-Key": "a"})
        refused = await client.post("/graphql", json={"query": "{"})
        stranger = await client.post("/graphql", json={"query": PROGRESS}, headers={"Authorization": ""})
        body = {"query": PROGRESS, "variables": {"id": id}}
        async with client.stream("POST", "/graphql", json=body) as response:
            first = await Received(response).receive()

    assert [(each.status_code, each.headers["content-type"]) for each in (query, mutation, again)] == [
        (200, "application/graphql-response+json; charset=utf-8")
    ] * 3
    assert (query.json(), mutation.json()["data"]) == (ANSWER, MADE["data"])
    assert again.json() == {**MADE, "extensions": {"idempotency": {"replayed": True}}}
    assert (refused.status_code, stranger.status_code) == (400, 401)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert first[0] == "next"


async def test_a_handshake_without_its_upgrade_is_told_so(served: RunningServer) -> None:
    headers = {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13", "Accept": "text/html"}
    async with served.client() as client:
        response = await client.get("/graphql", headers=headers)

    assert (response.status_code, response.headers["upgrade"]) == (426, "websocket")
    assert "without the header Upgrade" in response.json()["errors"][0]["message"]


# ------------------------------------------------------------------ failures


async def test_a_failure_is_masked_and_logged_with_an_id_that_the_client_has(
    served: RunningServer,
    monkeypatch: pytest.MonkeyPatch,
    log: io.StringIO,
) -> None:
    id = await waiting_job(served.api)

    async def broken(*args: Any) -> Any:
        raise RuntimeError("+254712345678")

    async with served.socket(additional_headers={"X-Request-Id": "mine"}) as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        monkeypatch.setattr(subscriptions, "row", broken)
        await write_progress(served.api, id, status="RUNNING")
        failed, last = await socket.receive(), await socket.receive()
        monkeypatch.undo()
        await socket.subscribe(VIEWER, key="2")
        next_one = await socket.receive()

    [error] = failed["payload"].pop("errors")
    assert failed == {"id": "1", "type": "next", "payload": {"data": None}}
    assert (error["message"], error["extensions"]) == (
        "Internal server error",
        {"code": "INTERNAL_SERVER_ERROR", "requestId": "mine.1"},
    )
    assert last == {"id": "1", "type": "complete"}
    assert next_one == {"id": "2", "type": "next", "payload": ANSWER}
    [line] = [orjson.loads(line) for line in log.getvalue().splitlines()]
    assert (line["event"], line["request_id"]) == ("a field failed", "mine.1")
    assert "254712345678" not in log.getvalue()


async def test_the_log_quotes_nothing_of_a_socket_at_its_most_talkative(
    served: RunningServer, log: io.StringIO
) -> None:
    stream = logging.root.handlers[0]
    logs.configure(level="debug", is_json=True)
    logging.root.handlers = [stream]
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
    async with served.socket(is_known=False) as socket:  # its close is logged after the first socket's frames
        await socket.send({"type": "connection_init", "payload": {"Authorization": "Bearer muster_nobodys"}})

    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    quoting = [
        line for line in lines if any(word in str(line) for word in ("jobProgress", "Bearer", "TEXT", "muster_"))
    ]
    assert quoting == []


async def test_nothing_goes_on_for_clients_that_are_gone(served: RunningServer) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket, served.events(PROGRESS, {"id": id}) as events:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        await events.receive()
        watching = [len(events) for events in job_progress.changes()._waiting.values()]
    await wait_until(lambda: not job_progress.changes()._waiting)

    assert watching == [2]
    assert job_progress.changes()._waiting == {}


# ------------------------------------------------------------------ the server stops


async def test_sockets_are_told_to_come_back_when_the_server_stops(database_url: str) -> None:
    async with running_server(database_url, jobs=0) as served:
        id = await waiting_job(served.api)
        async with served.socket() as socket:
            await socket.subscribe(PROGRESS, {"id": id})
            await socket.receive()
            served.server.should_exit = True

            assert (await socket.closed())[0] == 1012


async def test_event_streams_end_when_the_server_stops(database_url: str) -> None:
    taken: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: taken.append(number))  # as a server does
    try:
        async with running_server(database_url, jobs=0) as served:
            id = await waiting_job(served.api)
            async with served.events(PROGRESS, {"id": id}) as events:
                await events.receive()
                os.kill(os.getpid(), signal.SIGTERM)
                rest = await events.rest()
    finally:
        signal.signal(signal.SIGTERM, before)

    assert rest == [("complete", None)]
    assert taken == [signal.SIGTERM]
