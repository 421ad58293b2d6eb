"""The log's lines about requests: the access log, and slow operations. Both name operations, and show no values."""

import hashlib
import io
from typing import Any

import orjson
import pytest

from schema.ids import IdPrefix, encode
from tests.support.servers.http_client import SOMEBODYS_NUMBER
from tests.support.servers.running_server import running_server
from web.http.client_addresses import ClientAddresses

QUERY = f"""query FindSomebody($first: Int) {{
    contacts(first: $first, filter: {{phones: ["{SOMEBODYS_NUMBER}"]}}) {{ totalCount nodes {{ lists {{ name }} }} }}
}}"""
BODY = {"query": QUERY, "variables": {"first": 7}}
FORWARDED = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}


def lines(log: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(orjson.loads, log.getvalue().splitlines()) if line["event"] == event]


@pytest.mark.parametrize("http", ["auto", "web.http.fast_path:DirectProtocol"])
async def test_the_access_log_names_the_operation_the_account_and_the_client(
    database_url: str, log: io.StringIO, http: str
) -> None:
    async with running_server(database_url, http=http, access_log=True, public_url="https://muster.test") as served:
        async with served.client() as client:
            for headers in ({}, FORWARDED, FORWARDED | {"Idempotency-Key": "1"}, {"Accept": "text/event-stream"}):
                await client.post("/graphql", json=BODY, headers=headers)
            await client.post("/graphql", json={"query": "{ viewer { account { name } } }"})
            await client.post("/graphql", json=BODY, headers={"Authorization": "Bearer nobody"})
            await client.get("/healthz")
        async with served.socket() as socket:
            await socket.subscribe(QUERY)
            await socket.receive()
        account = encode(IdPrefix.ACCOUNT, served.api.account_id)

    found = [(line["client"], line["account"], line["operation"]) for line in lines(log, "answered")]
    assert found == [
        ("127.0.0.1", account, "FindSomebody"),
        ("203.0.113.9", account, "FindSomebody"),
        ("203.0.113.9", account, "FindSomebody"),
        ("127.0.0.1", account, "FindSomebody"),
        ("127.0.0.1", account, None),
        ("127.0.0.1", None, None),
        ("127.0.0.1", None, None),
    ]
    [ended] = lines(log, "a socket ended")
    assert (ended["client"], ended["account"]) == ("127.0.0.1", account)
    assert SOMEBODYS_NUMBER not in log.getvalue()


async def test_a_slow_operation_is_logged_with_its_costs_and_without_values(
    database_url: str, log: io.StringIO
) -> None:
    async with running_server(database_url, slow_operation_seconds=0) as served:
        async with served.client() as client:
            prices = await client.post("/graphql", json=BODY, headers={"GraphQL-Cost": "report", "X-Request-Id": "it"})
        async with served.socket() as socket:
            await socket.subscribe(QUERY, {"first": 7})
            await socket.receive()
        account = encode(IdPrefix.ACCOUNT, served.api.account_id)

    by_http, by_socket = lines(log, "an operation was slow")
    assert by_http["milliseconds"] > 0
    assert by_http["request_id"] == "it"
    assert {name: by_http[name] for name in ("operation", "type", "document", "cost", "statements", "account")} == {
        "operation": "FindSomebody",
        "type": "query",
        "document": hashlib.sha256(QUERY.encode()).hexdigest(),
        "cost": prices.json()["extensions"]["cost"]["requested"],
        "statements": 2,
        "account": account,
    }
    same = ("operation", "document", "cost", "statements", "account")
    assert [by_socket[name] for name in same] == [by_http[name] for name in same]
    assert SOMEBODYS_NUMBER not in log.getvalue()


async def test_an_operation_within_its_time_is_not_logged(database_url: str, log: io.StringIO) -> None:
    async with running_server(database_url, slow_operation_seconds=3600) as served, served.client() as client:
        answer = await client.post("/graphql", json=BODY)

    assert answer.status_code == 200
    assert lines(log, "an operation was slow") == []


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ("127.0.0.1", "127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.9", "192.0.2.1", "192.0.2.9"),
        ("127.0.0.1", "127.0.0.1", "192.0.2.1, 198.51.100.2", "198.51.100.2"),
        ("127.0.0.1,198.51.100.0/24", "127.0.0.1", "192.0.2.1, 198.51.100.2", "192.0.2.1"),
        ("*", "192.0.2.9", "192.0.2.1:5000, 198.51.100.2", "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_name_the_client(trusted: str, peer: str, forwarded: str, address: str) -> None:
    assert ClientAddresses(trusted).of(peer, {b"x-forwarded-for": forwarded.encode()}) == address
