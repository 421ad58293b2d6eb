"""Subscriptions over a WebSocket and as server-sent events: who is let in, what is said, and when it ends."""

import asyncio
import io
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import orjson
import pytest
from websockets.exceptions import InvalidStatus

from models import database
from resolvers import subscriptions
from schema.ids import Prefix, encode
from services import job_watch, jobs, tokens
from services.authentication import Scope, forget_callers
from services.jobs import Kind
from tests.api_client import DAY, MONDAY, Api
from tests.rows import change, make_job, uuid_of
from tests.served import Served, serving
from web import logs, token_watch
from web.media_types import wants_events

VIEWER = "{ viewer { account { name } } }"
ANSWER = {"data": {"viewer": {"account": {"name": "Acme"}}}}
PROGRESS = "subscription ($id: ID!) { jobProgress(id: $id) { id status doneRowCount } }"


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    async with serving(database_url, jobs=0) as served:
        yield served


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_watch, "SECONDS", 0.05)


async def waiting_job(api: Api) -> str:
    job_id = await jobs.create(account_id=api.account_id, kind=Kind.UPDATE, task="none", input={}, now=MONDAY)
    return encode(Prefix.JOB, job_id)


async def step(api: Api, id: str, **values: Any) -> None:
    """What a worker writes with a batch."""
    await change("job", id, **values)
    await jobs.tell(api.account_id, uuid_of(id))


def told(id: str, status: str, done: int) -> Any:
    return {"data": {"jobProgress": {"id": id, "status": status, "doneRowCount": done}}}


# ------------------------------------------------------------------ the progress of a job


async def test_a_socket_is_told_of_a_job_until_it_ends(served: Served) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id}, key="a")
        first = await socket.receive()
        await step(served.api, id, status="RUNNING", done_row_count=5)
        second = await socket.receive()
        await step(served.api, id, status="COMPLETED", done_row_count=9)
        third, last = await socket.receive(), await socket.receive()

    payloads = [told(id, "QUEUED", 0), told(id, "RUNNING", 5), told(id, "COMPLETED", 9)]
    assert [first, second, third] == [{"id": "a", "type": "next", "payload": payload} for payload in payloads]
    assert last == {"id": "a", "type": "complete"}


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_server_sent_events_tell_of_a_job_until_it_ends(served: Served, method: str) -> None:
    id = await waiting_job(served.api)

    async with served.events(PROGRESS, {"id": id}, method=method) as events:
        first = await events.receive()
        await step(served.api, id, status="RUNNING", done_row_count=5)
        second = await events.receive()
        await step(served.api, id, status="CANCELLED")
        rest = await events.rest()

    assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (first, second) == (("next", told(id, "QUEUED", 0)), ("next", told(id, "RUNNING", 5)))
    assert rest == [("next", told(id, "CANCELLED", 5)), ("complete", None)]


async def test_whoever_comes_late_is_told_the_end_at_once(served: Served) -> None:
    id = await make_job(served.api, status="COMPLETED", done_row_count=3)

    async with served.socket() as socket, served.events(PROGRESS, {"id": id}) as events:
        await socket.subscribe(PROGRESS, {"id": id})
        over_the_socket = [await socket.receive(), await socket.receive()]
        as_events = await events.rest()

    assert over_the_socket == [
        {"id": "1", "type": "next", "payload": told(id, "COMPLETED", 3)},
        {"id": "1", "type": "complete"},
    ]
    assert as_events == [("next", told(id, "COMPLETED", 3)), ("complete", None)]


async def test_of_many_steps_only_the_latest_state_is_told_and_seldom(served: Served) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        started = asyncio.get_running_loop().time()
        for done in range(1, 21):
            await step(served.api, id, status="RUNNING", done_row_count=done)
        received = [await socket.receive()]
        while received[-1]["payload"]["data"]["jobProgress"]["doneRowCount"] < 20:
            received.append(await socket.receive())
        seconds = asyncio.get_running_loop().time() - started

    assert len(received) <= seconds / 0.25 + 1


async def test_a_job_that_another_process_runs_is_told_of(served: Served) -> None:
    """On SQLite nothing but the row tells; on PostgreSQL word comes without `step` from this process."""
    id = await waiting_job(served.api)

    async with served.events(PROGRESS, {"id": id}) as events:
        await events.receive()
        script = (
            "import asyncio, sys\nfrom uuid import UUID\nfrom models import database\nfrom services import jobs\n"
            "async def work():\n"
            "    await database.connect(sys.argv[1])\n"
            "    account_id, job_id = map(UUID, sys.argv[2:])\n"
            "    async with database.transaction():\n"
            "        await database.execute(\"UPDATE job SET status = 'FAILED' WHERE account_id = $1 AND id = $2\", "
            "account_id, job_id)\n"
            "        await jobs.tell(account_id, job_id)\n"
            "    await database.disconnect()\n"
            "asyncio.run(work())\n"
        )
        arguments = (served.database_url, str(served.api.account_id), str(uuid_of(id)))
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
        rest = await events.rest()
        assert await process.wait() == 0

    assert rest == [("next", told(id, "FAILED", 0)), ("complete", None)]


@pytest.mark.parametrize("id", ["job_01jd8vq0c5fj2v7wq1x3ynm8za", "stranger's"])
async def test_a_job_that_is_not_the_accounts_is_not_found(served: Served, id: str) -> None:
    stranger = await Api.of_new_account(name="Elsewhere")
    id = await make_job(stranger) if id == "stranger's" else id

    async with served.socket() as socket, served.events(PROGRESS, {"id": id}) as events:
        await socket.subscribe(PROGRESS, {"id": id})
        over_the_socket = [await socket.receive(), await socket.receive()]
        as_events = await events.rest()

    [error] = over_the_socket[0]["payload"].pop("errors")
    assert (error["extensions"], error["path"]) == ({"code": "BAD_USER_INPUT"}, ["jobProgress"])
    assert over_the_socket == [{"id": "1", "type": "next", "payload": {}}, {"id": "1", "type": "complete"}]
    assert as_events == [("next", {"errors": [error]}), ("complete", None)]


async def test_an_id_that_is_none_is_invalid(served: Served) -> None:
    async with served.events(PROGRESS, {"id": "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"}) as events:
        [(_, payload), _] = await events.rest()

    assert [error["extensions"]["code"] for error in payload["errors"]] == ["INVALID_ID"]


async def test_a_token_without_the_scope_is_refused(served: Served) -> None:
    id = await make_job(served.api)
    secret = await new_token(served, [Scope.MESSAGES_READ])

    async with served.events(PROGRESS, {"id": id}, secret=secret) as events:
        [(_, payload), _] = await events.rest()

    assert [error["extensions"]["code"] for error in payload["errors"]] == ["FORBIDDEN"]


# ------------------------------------------------------------------ who is let in


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_a_socket_takes_its_token_from_the_connections_parameters(served: Served, name: str) -> None:
    async with served.socket(is_known=False) as socket:
        await socket.send({"type": "connection_init", "payload": {name: f"Bearer {served.secret}"}})

        assert await socket.receive() == {"type": "connection_ack"}


async def test_or_from_the_header(served: Served) -> None:
    async with served.socket(is_known=False, additional_headers=served.headers) as socket:
        await socket.send({"type": "connection_init"})
        acknowledged = await socket.receive()
        await socket.subscribe(VIEWER)
        answered = await socket.receive()

    assert acknowledged == {"type": "connection_ack"}
    assert answered == {"id": "1", "type": "next", "payload": ANSWER}


@pytest.mark.parametrize(
    "payload", [None, {}, {"Authorization": "Bearer nonsense"}, {"Authorization": 5}, {"token": "x"}]
)
async def test_without_a_token_that_counts_a_socket_is_closed(served: Served, payload: Any) -> None:
    async with served.socket(is_known=False) as socket:
        await socket.send({"type": "connection_init", "payload": payload})
        code, reason = await socket.closed()

    assert code == 4401
    assert reason.startswith("Unauthorized: ")


async def test_without_a_token_that_counts_no_events_are_sent(served: Served) -> None:
    async with served.events(VIEWER, secret="nonsense") as events:
        await events.response.aread()

    assert events.response.status_code == 401
    assert events.response.headers["content-type"] == "application/json; charset=utf-8"
    assert events.response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("https://app.example.com", True),
        ("https://muster.example.com", True),
        ("http://127.0.0.1:{port}", True),
        ("https://evil.example.com", False),
        ("http://127.0.0.1:1", False),
        ("null", False),
    ],
)
async def test_a_page_of_another_site_gets_no_socket(database_url: str, origin: str, is_let_in: bool) -> None:
    settings: dict[str, Any] = {
        "cors_origins": ("https://app.example.com",),
        "public_url": "https://muster.example.com/api",
    }
    async with serving(database_url, jobs=0, **settings) as served:
        given = origin.replace("{port}", str(served.port))
        if is_let_in:
            async with served.socket(origin=given):
                pass
        else:
            with pytest.raises(InvalidStatus) as refused:
                async with served.socket(origin=given):
                    pass
            assert refused.value.response.status_code == 403


# ------------------------------------------------------------------ when a token ends


@pytest.mark.parametrize("how", ["revoked", "expired", "deactivated"])
async def test_with_its_token_a_socket_ends(served: Served, how: str) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        await end_token(served, how)
        code, reason = await socket.closed()

    assert code == 4401
    assert reason.startswith("Unauthorized: The token is unknown, expired or revoked")


@pytest.mark.parametrize("how", ["revoked", "expired", "deactivated"])
async def test_with_its_token_an_event_stream_ends(served: Served, how: str) -> None:
    id = await waiting_job(served.api)

    async with served.events(PROGRESS, {"id": id}) as events:
        await events.receive()
        await end_token(served, how)
        [(name, payload), last] = await events.rest()

    assert (name, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in payload["errors"]] == ["UNAUTHENTICATED"]


async def test_a_token_that_may_do_something_else_connects_again(served: Served) -> None:
    async with served.socket() as socket:
        await change("account_user", served.api.user_id, role="AGENT")
        await forget_callers()

        assert (await socket.closed())[0] == 4401


# ------------------------------------------------------------------ the protocol's rules


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["nonsense"], 4400),
        ([b"{}"], 4400),
        (["[]"], 4400),
        ([{}], 4400),
        ([{"type": "start"}], 4400),
        ([{"type": "connection_ack"}], 4400),
        ([{"type": "connection_init", "payload": "text"}], 4400),
        ([{"id": "1", "type": "subscribe", "payload": {"query": VIEWER}}], 4401),
    ],
)
async def test_what_the_protocol_does_not_know_closes_the_socket(
    served: Served, messages: list[Any], code: int
) -> None:
    async with served.socket(is_known=False) as socket:
        for message in messages:
            await socket.send(message)

        assert (await socket.closed())[0] == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "subscribe", "payload": {"query": VIEWER}}, 4400),
        ({"id": "", "type": "subscribe", "payload": {"query": VIEWER}}, 4400),
        ({"id": 5, "type": "subscribe", "payload": {"query": VIEWER}}, 4400),
        ({"id": "1", "type": "subscribe", "payload": VIEWER}, 4400),
        ({"type": "complete"}, 4400),
    ],
)
async def test_a_known_client_keeps_to_the_protocol_as_well(served: Served, message: Any, code: int) -> None:
    async with served.socket() as socket:
        await socket.send(message)

        assert (await socket.closed())[0] == code


async def test_two_operations_with_one_id_close_the_socket(served: Served) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id}, key="a")
        await socket.subscribe(PROGRESS, {"id": id}, key="a")

        assert await socket.closed() == (4409, "Subscriber for a already exists")


async def test_an_id_can_be_used_again_after_its_end(served: Served) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        await socket.send({"id": "1", "type": "complete"})
        await socket.subscribe(VIEWER)
        ended_by_us = [await socket.receive(), await socket.receive()]
        await socket.subscribe(VIEWER)
        ended_by_itself = [await socket.receive(), await socket.receive()]

    expected = [{"id": "1", "type": "next", "payload": ANSWER}, {"id": "1", "type": "complete"}]
    assert [ended_by_us, ended_by_itself] == [expected, expected]


async def test_a_client_that_says_nothing_is_let_go(served: Served) -> None:
    served.app.sockets.limits = replace(served.app.sockets.limits, init_seconds=0.1)

    async with served.socket(is_known=False) as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], None])
async def test_another_protocol_is_not_acceptable(served: Served, subprotocols: Any) -> None:
    async with served.socket(is_known=False, subprotocols=subprotocols) as socket:
        assert (await socket.closed())[0] == 4406


async def test_a_ping_is_answered(served: Served) -> None:
    async with served.socket() as socket:
        await socket.send({"type": "ping"})
        await socket.send({"type": "ping", "payload": {"at": 5}})
        await socket.send({"type": "pong"})

        assert [await socket.receive(), await socket.receive()] == [
            {"type": "pong"},
            {"type": "pong", "payload": {"at": 5}},
        ]


async def test_calls_count_for_their_limit_over_either_transport_and_events_tell_how_many_are_left(
    served: Served,
) -> None:
    id = encode(Prefix.CAMPAIGN, database.uuid7())
    row = '{contact: "0712345678"}'
    add = f'addCampaignContacts(input: {{campaignId: "{id}", contacts: [{row}]}}) {{ errors {{ code }} }}'
    six = f"mutation {{ {' '.join(f'a{number}: {add}' for number in range(6))} }}"

    async with served.events(six) as events, served.socket() as socket:
        told = {name: value for name, value in events.response.headers.items() if name.startswith("ratelimit")}
        await events.rest()
        await socket.subscribe(six, key="a")
        taken = [await socket.receive() for _ in range(2)]
        await socket.subscribe(f"mutation {{ {add} }}", key="b")
        refused = await socket.receive()
    async with served.events(f"mutation {{ {add} }}") as events:
        status, wait = events.response.status_code, events.response.headers["retry-after"]

    assert told == {"ratelimit-policy": '"addCampaignContacts";q=12;w=1', "ratelimit": '"addCampaignContacts";r=6;t=1'}
    assert [message["type"] for message in taken] == ["next", "complete"]
    message = "At most 12 addCampaignContacts in 1 s for a token, each one in a request counted."
    error = {"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfter": 1}}
    assert refused == {"id": "b", "type": "error", "payload": [error]}
    assert (status, wait) == (429, "1")


async def test_a_connection_has_so_many_operations_at_once(served: Served) -> None:
    served.app.sockets.limits = replace(served.app.sockets.limits, max_operations=2)
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        for key in ("a", "b"):
            await socket.subscribe(PROGRESS, {"id": id}, key=key)
            await socket.receive()
        await socket.subscribe(VIEWER, key="c")
        refused = await socket.receive()
        await socket.send({"id": "a", "type": "complete"})
        await socket.subscribe(VIEWER, key="c")
        answered = await socket.receive()

    assert (refused["id"], refused["type"]) == ("c", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == ["RATE_LIMITED"]
    assert answered == {"id": "c", "type": "next", "payload": ANSWER}


async def test_a_message_beyond_the_limit_closes_the_socket(database_url: str) -> None:
    async with serving(database_url, jobs=0, max_body_bytes=1000) as served, served.socket() as socket:
        await socket.subscribe(VIEWER.ljust(1000))

        assert (await socket.closed())[0] == 1009


# ------------------------------------------------------------------ queries and mutations


MUTATION = 'mutation { createContactList(input: {name: "VIP"}) { contactList { name } errors { code } } }'
MADE = {"data": {"createContactList": {"contactList": {"name": "VIP"}, "errors": []}}}


async def test_queries_and_mutations_are_answered_once(served: Served) -> None:
    async with served.socket() as socket:
        await socket.subscribe(MUTATION)
        over_the_socket = [await socket.receive(), await socket.receive()]
    async with served.events(VIEWER) as events:
        as_events = await events.rest()

    assert over_the_socket == [{"id": "1", "type": "next", "payload": MADE}, {"id": "1", "type": "complete"}]
    assert as_events == [("next", ANSWER), ("complete", None)]


async def test_no_mutation_is_sent_by_get(served: Served) -> None:
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
    served: Served, query: str, variables: Any, code: str
) -> None:
    async with served.socket() as socket, served.events(query, variables) as events:
        await socket.subscribe(query, variables)
        refused = await socket.receive()
        await events.response.aread()

    assert (refused["id"], refused["type"]) == ("1", "error")
    assert {error["extensions"]["code"] for error in refused["payload"]} == {code}
    assert (events.response.status_code, events.response.json()) == (400, {"errors": refused["payload"]})


async def test_without_events_a_subscription_is_400_and_says_how(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        response = await client.post(
            "/graphql", json={"query": PROGRESS, "variables": {"id": "x"}}, headers=served.headers
        )

    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert "graphql-transport-ws" in error["message"]
    assert "text/event-stream" in error["message"]


@pytest.mark.parametrize(
    ("accept", "is_events"),
    [
        ("text/event-stream", True),
        ("text/event-stream, */*;q=0.5", True),
        ("text/event-stream, application/json", True),
        ("text/event-stream;q=0.5, application/json", False),
        ("text/*", False),
        ("*/*", False),
    ],
)
def test_events_are_sent_to_whoever_names_them(accept: str, is_events: bool) -> None:
    assert wants_events(accept.encode()) is is_events


# ------------------------------------------------------------------ failures


async def test_a_failure_is_masked_and_logged_with_an_id_that_the_client_has(
    served: Served,
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
        await step(served.api, id, status="RUNNING")
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


async def test_the_log_quotes_nothing_of_a_socket_at_its_most_talkative(served: Served, log: io.StringIO) -> None:
    stream = logging.root.handlers[0]
    logs.configure(level="debug", is_json=True)
    logging.root.handlers = [stream]
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
    async with served.socket(is_known=False) as socket:  # its closing is logged after the first's frames
        await socket.send({"type": "connection_init", "payload": {"Authorization": "Bearer muster_nobodys"}})

    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    quoting = [
        line for line in lines if any(word in str(line) for word in ("jobProgress", "Bearer", "TEXT", "muster_"))
    ]
    assert quoting == []


async def test_nothing_goes_on_for_clients_that_are_gone(served: Served) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket, served.events(PROGRESS, {"id": id}) as events:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        await events.receive()
        watching = [len(events) for events in job_watch.changes._waiting.values()]
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not job_watch.changes._waiting:
            break

    assert watching == [2]
    assert job_watch.changes._waiting == {}


# ------------------------------------------------------------------ the server stops


async def test_sockets_are_told_to_come_back_when_the_server_stops(database_url: str) -> None:
    async with serving(database_url, jobs=0) as served:
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
        async with serving(database_url, jobs=0) as served:
            id = await waiting_job(served.api)
            async with served.events(PROGRESS, {"id": id}) as events:
                await events.receive()
                os.kill(os.getpid(), signal.SIGTERM)
                rest = await events.rest()
    finally:
        signal.signal(signal.SIGTERM, before)

    assert rest == [("complete", None)]
    assert taken == [signal.SIGTERM]


async def end_token(served: Served, how: str) -> None:
    if how == "revoked":
        await tokens.revoke(account_id=served.api.account_id, token_id=served.token_id, now=MONDAY)
    elif how == "expired":
        served.at(MONDAY + DAY)
    else:
        await change("account_user", served.api.user_id, is_active=False)
        await forget_callers()


async def new_token(served: Served, scopes: list[Scope]) -> str:
    _, secret = await tokens.create(
        account_id=served.api.account_id, name="another", user_id=None, scopes=scopes, expires_at=None, now=MONDAY
    )
    return secret
