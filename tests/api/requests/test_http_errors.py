"""The answers and the log of operations that fail during execution."""

import io
from typing import Any

import orjson
import pytest

from services.accounts import tokens
from services.accounts.authentication import Scope
from services.phones import numbers as phone_numbers
from tests.support.api_client import MONDAY
from tests.support.servers.http_client import SOMEBODYS_NUMBER, HttpServer, code_of

# ------------------------------------------------------------------ errors of executed operations


async def test_what_a_token_may_not_do_is_403(site: HttpServer) -> None:
    _, secret = await tokens.create(
        account_id=site.account_id,
        name="reader",
        user_id=None,
        scopes=[Scope.CONTACTS_READ],
        expires_at=None,
        now=MONDAY,
    )

    alone = await site.post(query="{ tokens { totalCount } }", Authorization=f"Bearer {secret}")
    beside = await site.post(query="{ tokens { totalCount } viewer { id } }", Authorization=f"Bearer {secret}")

    assert (alone.status_code, code_of(alone), alone.json()["data"]) == (403, "FORBIDDEN", {"tokens": None})
    assert (beside.status_code, code_of(beside)) == (200, "FORBIDDEN")
    assert beside.json()["data"]["viewer"] is not None


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ contacts(first: 101) { totalCount } }", "BAD_USER_INPUT"),
        ("{ contacts(first: 0) { totalCount } }", "BAD_USER_INPUT"),
        ("{ contacts(last: -1) { totalCount } }", "BAD_USER_INPUT"),
        ("{ contacts(offset: 10001) { totalCount } }", "BAD_USER_INPUT"),
        ('{ contacts(after: "garbage") { nodes { id } } }', "BAD_USER_INPUT"),
        ('{ contactList(id: "cnt_01jd8vq0c5fj2v7wq1x3ynm8za") { id } }', "INVALID_ID"),
        ('{ node(id: "garbage") { id } }', "INVALID_ID"),
    ],
)
async def test_input_that_can_not_be_taken_is_400_with_its_place(site: HttpServer, query: str, code: str) -> None:
    response = await site.post(query=query)

    assert (response.status_code, code_of(response)) == (400, code)
    [error] = response.json()["errors"]
    assert error["path"]
    assert error["locations"]


async def test_a_failure_is_masked_and_logged_once_without_what_was_typed(
    site: HttpServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str, **_: Any) -> None:
        raise KeyError(text)

    monkeypatch.setattr(phone_numbers, "look_up", fail)
    query = f'query Secret {{ Wanjiru: phoneLookup(text: "{SOMEBODYS_NUMBER}") {{ phone }} }}'

    response = await site.post(query=query, X_Request_Id="find-me")

    assert response.status_code == 500
    assert response.headers["x-request-id"] == "find-me"
    [error] = response.json()["errors"]
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "find-me"}
    [line] = log.getvalue().splitlines()
    event = orjson.loads(line)
    assert (event["level"], event["request_id"], event["path"]) == ("error", "find-me", "(alias)")
    assert "builtins.KeyError" in event["exception"]
    assert "resolvers/phones/queries.py" in event["exception"]
    for word in (SOMEBODYS_NUMBER, "Wanjiru", "Secret", "phoneLookup(", site.secret):
        assert word not in line


async def test_a_failure_outside_of_fields_is_masked_and_logged_once(
    site: HttpServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError(SOMEBODYS_NUMBER)

    monkeypatch.setattr("web.http.credentials.authenticate", fail)

    response = await site.post()

    assert response.status_code == 500
    assert code_of(response) == "INTERNAL_SERVER_ERROR"
    [line] = log.getvalue().splitlines()
    assert orjson.loads(line)["request_id"] == response.headers["x-request-id"]
    assert SOMEBODYS_NUMBER not in line


async def test_a_text_that_postgresql_can_not_hold_is_no_failure(site: HttpServer, log: io.StringIO) -> None:
    query = "query ($search: String) { contacts(filter: {search: $search}) { totalCount } }"

    response = await site.post({"query": query, "variables": {"search": "a\0b"}})

    assert response.status_code in (200, 400)
    assert log.getvalue() == ""
