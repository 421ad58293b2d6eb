"""The address, the request id and the token of each kind of request."""

import pytest

from schema.ids import IdPrefix, encode
from tests.support.audit_events import events_of
from tests.support.servers.running_server import running_server

MADE = "mutation ($name: String!) { createContactList(input: {name: $name}) { errors { code } } }"
FORWARDED = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}


@pytest.mark.parametrize("http", ["auto", "web.http.fast_path:DirectProtocol"])
async def test_an_event_names_the_token_the_address_and_the_request(database_url: str, http: str) -> None:
    ways = {
        "direct": {},
        "behind-a-proxy": FORWARDED,
        "keyed": FORWARDED | {"Idempotency-Key": "1"},
        "events": {"Accept": "text/event-stream"},
    }
    async with running_server(database_url, http=http, public_url="https://muster.test") as served:
        async with served.client() as client:
            for name, headers in ways.items():
                body = {"query": MADE, "variables": {"name": name}}
                answer = await client.post("/graphql", json=body, headers={"X-Request-Id": name, **headers})
                assert answer.status_code == 200
        async with served.socket(additional_headers={"X-Request-Id": "socket"}) as socket:
            await socket.subscribe(MADE, {"name": "socket"})
            await socket.receive()
        token = encode(IdPrefix.API_TOKEN, served.token_id)
        found = (await events_of(served.api, filter={"tokenIds": [token]}))["nodes"]

    assert {(event["token"]["id"], event["user"]["id"]) for event in found} == {(token, served.api.user_id)}
    assert {event["requestId"]: event["ipAddress"] for event in found} == {
        "direct": "127.0.0.1",
        "behind-a-proxy": "203.0.113.9",
        "keyed": "203.0.113.9",
        "events": "127.0.0.1",
        "socket.1": "127.0.0.1",
    }
