"""Both sides follow the graphql-transport-ws protocol."""

from dataclasses import replace
from typing import Any

import pytest

from models.db import database
from schema.ids import IdPrefix, encode
from tests.support.job_progress import ANSWER, PROGRESS, VIEWER, waiting_job
from tests.support.servers.running_server import RunningServer, running_server

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
    served: RunningServer, messages: list[Any], code: int
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
        ({"id": "1", "type": "subscribe"}, 4400),
        ({"type": "complete"}, 4400),
    ],
)
async def test_a_known_client_keeps_to_the_protocol_as_well(served: RunningServer, message: Any, code: int) -> None:
    async with served.socket() as socket:
        await socket.send(message)

        assert (await socket.closed())[0] == code


async def test_two_operations_with_one_id_close_the_socket(served: RunningServer) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id}, key="a")
        await socket.subscribe(PROGRESS, {"id": id}, key="a")

        assert await socket.closed() == (4409, "Subscriber for a already exists")


async def test_an_id_can_be_used_again_after_its_end(served: RunningServer) -> None:
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


async def test_a_client_that_says_nothing_is_let_go(served: RunningServer) -> None:
    served.app.sockets.limits = replace(served.app.sockets.limits, init_seconds=0.1)

    async with served.socket(is_known=False) as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], None])
async def test_another_protocol_is_not_acceptable(served: RunningServer, subprotocols: Any) -> None:
    async with served.socket(is_known=False, subprotocols=subprotocols) as socket:
        assert (await socket.closed())[0] == 4406


async def test_a_ping_is_answered(served: RunningServer) -> None:
    async with served.socket() as socket:
        await socket.send({"type": "ping"})
        await socket.send({"type": "ping", "payload": {"at": 5}})
        await socket.send({"type": "pong"})

        assert [await socket.receive(), await socket.receive()] == [
            {"type": "pong"},
            {"type": "pong", "payload": {"at": 5}},
        ]


async def test_calls_count_for_their_limit_over_either_transport_and_events_tell_how_many_are_left(
    served: RunningServer,
) -> None:
    id = encode(IdPrefix.CAMPAIGN, database.uuid7())
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
    message = "A token can call addCampaignContacts at most 12 times in 1 s. Each call in a request counts."
    error = {"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfter": 1}}
    assert refused == {"id": "b", "type": "error", "payload": [error]}
    assert (status, wait) == (429, "1")


async def test_a_connection_has_so_many_operations_at_once(served: RunningServer) -> None:
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
    async with running_server(database_url, jobs=0, max_body_bytes=1000) as served, served.socket() as socket:
        await socket.subscribe(VIEWER.ljust(1000))

        assert (await socket.closed())[0] == 1009
