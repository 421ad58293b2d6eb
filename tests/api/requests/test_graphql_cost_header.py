"""The header GraphQL-Cost reports the price of an operation, and the limit is a setting."""

import io
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from tests.protocol.wire import Sockets, listening, request
from tests.support.api_client import counted_statements
from tests.support.idempotent_requests import CREATE, PHONE, keys, phones
from tests.support.job_progress import ANSWER as VIEWED, VIEWER
from tests.support.servers.http_client import ANSWER, QUERY, HttpServer, code_of, running_http_server
from tests.support.servers.running_server import RunningServer

LIMIT = 1_000_000
COST = {"cost": {"requested": 203, "limit": LIMIT}}
SEARCHED = 'contacts(filter: {search: "mail"}) { totalCount }'
TOO_MUCH = "{" + " ".join(f"secretAlias{number}: {SEARCHED}" for number in range(40)) + "}"
TOO_MUCH_COST = {"cost": {"requested": 1_044_040, "limit": LIMIT}}
CHANGES = "subscription { contactChanged(filter: {or: [ANY]}) { kind } }".replace("ANY", '{search: "a"}' * 300)


@pytest.fixture
async def sockets(site: HttpServer) -> AsyncIterator[Sockets]:
    async with listening(site) as sockets:
        yield sockets


# ------------------------------------------------------------------ the limit


async def test_an_operation_above_the_limit_runs_no_statement_but_the_tokens(
    site: HttpServer, log: io.StringIO
) -> None:
    with counted_statements() as statements:
        refused = await site.post(query=TOO_MUCH)

    [error] = refused.json()["errors"]
    assert (refused.status_code, code_of(refused)) == (400, "QUERY_TOO_COMPLEX")
    assert error["extensions"]["cost"] == TOO_MUCH_COST["cost"] | {"path": ["secretAlias0", "totalCount"]}
    assert error["message"].startswith(
        "The operation costs 1044040; at most 1000000 is allowed. "
        "Its most expensive part is secretAlias0.totalCount, which costs 21000."
    )
    assert all("api_token" in statement for statement in statements)
    assert "secretAlias" not in log.getvalue()


async def test_the_limit_is_a_setting(database_url: str) -> None:
    text = f"{{ {SEARCHED} }}"

    async with running_http_server(database_url, max_cost=26_101) as site:
        allowed = await site.post(query=text)
    async with running_http_server(database_url, max_cost=26_100) as site:
        refused = await site.post(query=text)

    assert (allowed.status_code, refused.status_code) == (200, 400)
    assert "The operation costs 26101; at most 26100 is allowed." in refused.json()["errors"][0]["message"]


async def test_a_refusal_counts_for_no_rate_limit_and_uses_no_key(site: HttpServer) -> None:
    mails = 'emailExport(input: {email: "a@b.c", filename: "a.csv", fileBase64: "", mimeType: "text/csv", count: 0})'
    text = (
        "mutation {"
        + f"{mails} {{ isSent }}"
        + " ".join(f"d{n}: updateCampaign(input: {{id: 1}}) {{ job {{ id }} }}" for n in range(60))
        + "}"
    )

    refused = await site.post(query=text, Idempotency_Key="a")

    assert code_of(refused) == "QUERY_TOO_COMPLEX"
    assert "ratelimit" not in refused.headers
    assert await keys(site) == 0


async def test_sockets_and_events_have_the_same_limit(served: RunningServer) -> None:
    for text in (TOO_MUCH, CHANGES):
        async with served.socket() as socket:
            await socket.subscribe(text)
            refused = await socket.receive()
        async with served.events(text) as events:
            await events.response.aread()

        assert (refused["type"], events.response.status_code) == ("error", 400)
        assert refused["payload"] == events.response.json()["errors"]
        assert refused["payload"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


# ------------------------------------------------------------------ report


async def test_a_report_stands_beside_the_answer(site: HttpServer) -> None:
    reported = await site.post(GraphQL_Cost="report")
    failed = await site.post(query='{ phoneLookup(text: "1", region: "XX") { phone } }', GraphQL_Cost="report")

    assert reported.json() == ANSWER | {"extensions": COST}
    assert failed.json()["extensions"] == {"cost": {"requested": 102, "limit": LIMIT}}
    assert "extensions" not in (await site.post()).json()


@pytest.mark.parametrize("mode", ["report", "validate", "Report", "no such mode"])
async def test_the_direct_way_answers_the_same(site: HttpServer, sockets: Sockets, mode: str) -> None:
    body = orjson.dumps({"query": QUERY})

    ordinary, direct = await sockets.both(request(body, headers=[f"GraphQL-Cost: {mode}"]))

    assert direct == ordinary
    assert sockets.watched.count == 1


async def test_a_report_by_get(site: HttpServer) -> None:
    answer = await site.client.get(
        "/graphql", params={"query": QUERY}, headers=site.headers | {"GraphQL-Cost": "report"}
    )

    assert answer.json() == ANSWER | {"extensions": COST}


# ------------------------------------------------------------------ validate


@pytest.mark.parametrize(("query", "cost"), [(QUERY, COST), (TOO_MUCH, TOO_MUCH_COST)])
async def test_validating_gives_the_price_and_runs_nothing(site: HttpServer, query: str, cost: dict[str, Any]) -> None:
    await site.post()  # the token is cached
    with counted_statements() as statements:
        validated = await site.post(query=query, GraphQL_Cost="validate")

    assert (validated.status_code, validated.json()) == (200, {"data": None, "extensions": cost})
    assert statements == []


async def test_validating_takes_the_variables_as_they_are(site: HttpServer) -> None:
    query = "query ($size: Int, $tags: [String!]) { contacts(first: $size, filter: {anyTags: $tags}) { nodes { id } } }"

    async def requested(**variables: Any) -> int:
        answer = await site.post({"query": query, "variables": variables}, GraphQL_Cost="validate")
        return int(answer.json()["extensions"]["cost"]["requested"])

    assert await requested() == 101 + 25 * 2
    assert await requested(size=100, tags=["a"] * 10) == 101 + 100 * 2 + 100 + 10 * 3
    assert await requested(size="many", tags={"a": 1}) == 101 + 25 * 2 + 100 + 3


async def test_an_invalid_operation_and_a_wrong_token_are_refused_as_ever(site: HttpServer) -> None:
    invalid = await site.post(query="{ nothing }", GraphQL_Cost="validate")
    unknown = await site.post(Authorization="Bearer muster_x", GraphQL_Cost="validate")

    assert (invalid.status_code, code_of(invalid)) == (400, "GRAPHQL_VALIDATION_FAILED")
    assert (unknown.status_code, code_of(unknown)) == (401, "UNAUTHENTICATED")


async def test_another_value_of_the_header_is_refused(site: HttpServer) -> None:
    for value in ("", "yes", "report, validate"):
        refused = await site.post(GraphQL_Cost=value)

        assert (refused.status_code, code_of(refused)) == (400, "BAD_USER_INPUT")
        assert refused.json()["errors"][0]["message"] == "GraphQL-Cost must be report or validate."


# ------------------------------------------------------------------ under a key, and over streams


async def test_a_key_keeps_the_answer_and_not_the_report(site: HttpServer) -> None:
    content = {"query": CREATE, "variables": {"contact": {"phone": PHONE}}}

    validated = await site.post(content, Idempotency_Key="a", GraphQL_Cost="validate")
    assert (await keys(site), await phones(site)) == (0, [])
    reported = await site.post(content, Idempotency_Key="a", GraphQL_Cost="report")
    again = await site.post(content, Idempotency_Key="a")
    once_more = await site.post(content, Idempotency_Key="a", GraphQL_Cost="report")

    cost = validated.json()["extensions"]
    replayed = {"idempotency": {"replayed": True}}
    data = {"data": reported.json()["data"]}
    assert reported.json() == data | {"extensions": cost}
    assert again.json() == data | {"extensions": replayed}
    assert once_more.json() == data | {"extensions": cost | replayed}
    assert await phones(site) == [PHONE]


async def test_events_and_sockets_report_with_each_answer(served: RunningServer) -> None:
    async def as_events(mode: str, query: str = VIEWER) -> Any:
        headers = {"Accept": "text/event-stream", "GraphQL-Cost": mode}
        async with served.client() as client:
            return (await client.post("/graphql", json={"query": query}, headers=headers)).text

    async def over_a_socket(mode: str) -> Any:
        async with served.socket(additional_headers={"GraphQL-Cost": mode}) as socket:
            await socket.subscribe(VIEWER)
            return (await socket.receive())["payload"]

    reported = await over_a_socket("report")
    validated = await over_a_socket("validate")

    assert reported == VIEWED | {"extensions": reported["extensions"]}
    assert validated == {"data": None, "extensions": reported["extensions"]}
    assert reported["extensions"]["cost"]["limit"] == LIMIT
    assert (await over_a_socket("nothing"))[0]["message"] == "GraphQL-Cost must be report or validate."
    for mode, payload in (("report", reported), ("validate", validated)):
        assert (
            await as_events(mode)
            == f"event: next\ndata: {orjson.dumps(payload).decode()}\n\nevent: complete\ndata:\n\n"
        )
    assert '"requested":' in await as_events("validate", "subscription { contactChanged { kind } }")


async def test_pages_of_other_origins_may_send_the_header(database_url: str) -> None:
    async with running_http_server(database_url, cors_origins="https://app.example.com") as site:
        preflight = await site.client.options(
            "/graphql",
            headers={
                "Origin": "https://app.example.com",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,graphql-cost",
            },
        )

    assert preflight.status_code == 200
