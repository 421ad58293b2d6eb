"""Requests over HTTP: their media types, and documents that can't be executed."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from models.db.deadline import Unavailable
from tests.support.servers.http_client import ANSWER, QUERY, HttpServer, code_of, running_http_server
from web.http.errors import HttpRefusal
from web.http.media_types import GRAPHQL, JSON
from web.http.requests import of_url

MUTATION = 'mutation { createContactList(input: {name: "VIP"}) { errors { code } } }'

# ------------------------------------------------------------------ media types


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{JSON}, text/plain, */*", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, application/*;q=0.2", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        ("Application/JSON", JSON),
    ],
)
async def test_the_answers_type_is_what_the_client_asks_for(site: HttpServer, accept: str, media_type: str) -> None:
    response = await site.post(Accept=accept)

    assert (response.status_code, response.json()) == (200, ANSWER)
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/plain", f"{JSON};q=0, {GRAPHQL};q=0", "image/*", f"{JSON};q=nonsense"])
async def test_where_neither_type_is_accepted_it_is_406(site: HttpServer, accept: str) -> None:
    response = await site.post(Accept=accept)

    assert (response.status_code, code_of(response)) == (406, "BAD_USER_INPUT")


async def test_without_an_accept_header_it_is_the_type_of_the_specification(site: HttpServer) -> None:
    del site.client.headers["accept"]

    response = await site.post()

    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/graphql", "multipart/mixed; boundary=x", f"{JSON}; charset=latin-1"],
)
async def test_a_body_that_is_not_json_by_its_type_is_415(site: HttpServer, content_type: str) -> None:
    response = await site.post(Content_Type=content_type)

    assert (response.status_code, code_of(response)) == (415, "BAD_USER_INPUT")


@pytest.mark.parametrize("content_type", [f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', "Application/Json"])
async def test_json_in_utf_8_is_taken(site: HttpServer, content_type: str) -> None:
    assert (await site.post(Content_Type=content_type)).status_code == 200


# ------------------------------------------------------------------ requests that can't be executed


@pytest.mark.parametrize("media_type", [GRAPHQL, JSON])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "BAD_USER_INPUT"),
        (b"{", "BAD_USER_INPUT"),
        (b'"text"', "BAD_USER_INPUT"),
        (b"\xff{}", "BAD_USER_INPUT"),
        ([{"query": QUERY}], "BAD_USER_INPUT"),
        ({"variables": {}}, "BAD_USER_INPUT"),
        ({"query": 5}, "BAD_USER_INPUT"),
        ({"query": QUERY, "variables": []}, "BAD_USER_INPUT"),
        ({"query": QUERY, "variables": "{}"}, "BAD_USER_INPUT"),
        ({"query": QUERY, "operationName": 5}, "BAD_USER_INPUT"),
        ({"query": QUERY, "extensions": []}, "BAD_USER_INPUT"),
    ],
)
async def test_what_is_no_request_of_graphql_over_http_is_400(
    site: HttpServer, content: Any, code: str, media_type: str
) -> None:
    response = await site.post(content, Accept=media_type)

    assert (response.status_code, code_of(response)) == (400, code)
    assert "data" not in response.json()


@pytest.mark.parametrize(("media_type", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"query": QUERY, "operationName": "Other"}, "BAD_USER_INPUT"),
        ({"query": "query A { viewer { id } } query B { viewer { id } }"}, "BAD_USER_INPUT"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($n: Int!) { contacts(first: $n) { totalCount } }"}, "BAD_USER_INPUT"),
        (
            {"query": "query ($n: Int!) { contacts(first: $n) { totalCount } }", "variables": {"n": "many"}},
            "BAD_USER_INPUT",
        ),
    ],
)
async def test_what_can_not_be_executed_is_400_and_200_in_plain_json(
    site: HttpServer, content: Any, code: str, media_type: str, status: int
) -> None:
    response = await site.post(content, Accept=media_type)

    assert (response.status_code, code_of(response)) == (status, code)
    assert "data" not in response.json()


async def test_plain_json_keeps_the_statuses_of_all_other_errors(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch, database_kind: str
) -> None:
    async def unavailable(*_: Any, **__: Any) -> None:
        raise Unavailable("The connection was lost.")

    out_of_range = await site.post(query="{ contacts(first: 101) { totalCount } }", Accept=JSON)
    stranger = await site.post(Authorization="Bearer nonsense", Accept=JSON)
    key = await site.post(query=MUTATION, Idempotency_Key="k" * 256, Accept=JSON)
    subscription = await site.post(query='subscription { jobProgress(id: "x") { id } }', Accept=JSON)
    monkeypatch.setattr("web.credentials.callers.Credentials.caller_of", unavailable)
    failed = await site.post(Accept=JSON)

    assert (out_of_range.status_code, code_of(out_of_range)) == (200, "BAD_USER_INPUT")
    assert [each.status_code for each in (stranger, key, subscription, failed)] == [401, 400, 400, 503]


async def test_a_null_where_a_default_is_not_meant_is_the_callers_mistake(site: HttpServer) -> None:
    query = 'query ($text: String = "0712 345 678") { phoneLookup(text: $text) { phone } }'

    response = await site.post({"query": query, "variables": {"text": None}})

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("key", [{}, {"id": None}, {"id": "cnt_01jd8vq0c5fj2v7wq1x3ynm8za", "phone": "0712 345 678"}])
async def test_a_key_that_is_not_exactly_one_is_the_callers_mistake(
    site: HttpServer, key: Any, log: io.StringIO
) -> None:
    query = "query ($key: ContactKey!) { contact(by: $key) { id } }"

    response = await site.post({"query": query, "variables": {"key": key}})

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert log.getvalue() == ""


async def test_a_body_beyond_the_limit_is_413(database_url: str) -> None:
    async with running_http_server(database_url, max_body_bytes=1000) as site:
        small = await site.post({"query": QUERY.ljust(900)})
        large = await site.post({"query": QUERY.ljust(1000)})

        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b" " * 500

        streamed = await site.client.post("/graphql", content=parts(), headers={**site.headers, "Content-Type": JSON})

    assert (small.status_code, large.status_code, streamed.status_code) == (200, 413, 413)
    assert (code_of(large), code_of(streamed)) == ("BAD_USER_INPUT", "BAD_USER_INPUT")


async def test_a_text_of_too_many_tokens_is_refused_before_it_is_parsed(database_url: str) -> None:
    async with running_http_server(database_url, max_query_tokens=100) as site:
        response = await site.post(query="{ viewer {" + " id" * 200 + " } }")

    assert (response.status_code, code_of(response)) == (400, "GRAPHQL_PARSE_FAILED")


async def test_what_fragments_could_blow_up_is_answered_quickly(site: HttpServer) -> None:
    spreads = "".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }} " for n in range(25))

    response = await site.post(query=f"{{ viewer {{ ...F0 }} }} {spreads} fragment F25 on Viewer {{ id }}")

    assert response.status_code == 200
    assert response.elapsed < timedelta(seconds=2)


async def test_a_text_of_too_many_characters_is_refused_with_both_numbers(site: HttpServer) -> None:
    response = await site.post(query="#" + "x" * 200_000 + "\n{ viewer { id } }")

    [error] = response.json()["errors"]
    assert (response.status_code, code_of(response)) == (400, "GRAPHQL_PARSE_FAILED")
    assert error["message"] == "The query has 200019 characters; at most 100000 are allowed."


@pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000])
async def test_a_number_of_thousands_of_digits_is_refused(site: HttpServer, number: str, log: io.StringIO) -> None:
    literal = await site.post(query=f"{{ contacts(first: {number}) {{ nodes {{ id }} }} }}")
    query = "query ($first: Int) { contacts(first: $first) { nodes { id } } }"
    variable = await site.client.post(
        "/graphql",
        content=f'{{"query": "{query}", "variables": {{"first": {number}}}}}',
        headers={**site.headers, "Content-Type": JSON},
    )

    assert (literal.status_code, code_of(literal)) == (400, "GRAPHQL_PARSE_FAILED")
    assert (variable.status_code, code_of(variable)) == (400, "BAD_USER_INPUT")
    assert log.getvalue() == ""


async def test_a_list_of_more_items_than_any_argument_allows_is_refused(site: HttpServer) -> None:
    query = "query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } } }"

    response = await site.post({"query": query, "variables": {"filter": {"anyTags": ["a"] * 20_001}}})

    [error] = response.json()["errors"]
    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert error["message"] == "Variable '$filter' has a list of 20001 items; at most 20000 are allowed."


async def test_json_of_too_many_values_is_refused_before_it_is_decoded(database_url: str) -> None:
    async with running_http_server(database_url, max_json_values=1000) as site:
        small = await site.post({"query": QUERY, "variables": {"x": ["a"] * 900}})
        large = await site.post({"query": QUERY, "variables": {"x": ["a"] * 1000}})

    [error] = large.json()["errors"]
    assert (small.status_code, large.status_code, code_of(large)) == (200, 400, "BAD_USER_INPUT")
    assert error["message"].startswith("The JSON has 1006 commas and opening brackets; at most 1000 are allowed.")


def test_a_url_that_is_too_long_is_414() -> None:
    with pytest.raises(HttpRefusal) as caught:
        of_url(b"query=" + b"x" * 65_536)

    assert caught.value.status == 414
