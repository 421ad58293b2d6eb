"""Idempotency-Key over HTTP: a repeated request gets the first answer, and runs once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.db import database
from services.accounts import management as accounts, users
from services.accounts.authentication import Role, Scope
from services.requests import idempotency
from tests.support.api_client import DAY, MONDAY
from tests.support.idempotent_requests import CREATE, PHONE, keys, phones, replayed, send, with_token
from tests.support.servers.http_client import HttpServer, code_of, running_http_server

SECOND = timedelta(seconds=1)


@pytest.fixture(params=[True, False], ids=["plans", "graphql-core on both databases"])
async def site(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, compiled=request.param) as site:
        yield site


# ------------------------------------------------------------------ sent again


async def test_what_is_sent_again_is_answered_as_before_and_done_once(site: HttpServer) -> None:
    first = await send(site, "a")
    site.at(MONDAY + timedelta(hours=1))
    again = await send(site, "a")
    without_a_key = await site.post({"query": CREATE, "variables": {"contact": {"phone": PHONE}}})

    assert (first.status_code, again.status_code) == (200, 200)
    assert "extensions" not in first.json()
    assert again.content == replayed(first)
    assert without_a_key.json()["data"]["createContact"]["errors"][0]["code"] == "DUPLICATE_PHONE"
    assert await phones(site) == [PHONE]


async def test_refusals_are_answers_as_well(site: HttpServer) -> None:
    await send(site, "a")
    first = await send(site, "b")
    await database.execute("DELETE FROM contact WHERE account_id = $1", site.account_id)
    again = await send(site, "b")

    assert first.json()["data"]["createContact"]["errors"] == [
        {"code": "DUPLICATE_PHONE", "path": ["input", "contact", "phone"]}
    ]
    assert again.content == replayed(first)
    assert await phones(site) == []


async def test_errors_are_replayed_with_their_status(site: HttpServer) -> None:
    site = await with_token(site, Scope.CONTACTS_READ)

    first, again = await send(site, "a"), await send(site, "a")

    assert (first.status_code, code_of(first)) == (403, "FORBIDDEN")
    assert (again.status_code, again.content) == (403, replayed(first))


async def test_data_and_errors_are_replayed_together(site: HttpServer) -> None:
    site = await with_token(site, Scope.CONTACTS_READ, Scope.CONTACTS_WRITE)
    query = """
    mutation {
      optOut(input: {phone: "+254712345678"}) { optOut { isOptedOut } }
      updateAccount(input: {name: "Other"}) { account { name } }
    }
    """

    first, again = await send(site, "a", query), await send(site, "a", query)

    assert (first.status_code, code_of(first)) == (200, "FORBIDDEN")
    assert first.json()["data"] == {"optOut": {"optOut": {"isOptedOut": True}}, "updateAccount": None}
    assert (again.status_code, again.content) == (200, replayed(first))


async def test_the_order_of_names_in_variables_is_no_difference(site: HttpServer) -> None:
    first = await send(site, "a", contact={"phone": PHONE, "firstName": "Ann"})
    again = await send(site, "a", contact={"firstName": "Ann", "phone": PHONE})

    assert again.content == replayed(first)


@pytest.mark.parametrize(
    "other",
    [
        {"variables": {"contact": {"phone": "+254712345679"}}},
        {"query": CREATE.replace("createdAt", "updatedAt")},
        {"operationName": "Create"},
    ],
)
async def test_another_request_under_a_key_is_refused(site: HttpServer, other: dict[str, Any]) -> None:
    content = {"query": CREATE, "variables": {"contact": {"phone": PHONE}}}
    await site.post(content, Idempotency_Key="a")

    refused = await site.post(content | other, Idempotency_Key="a")

    assert (refused.status_code, code_of(refused)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert "data" not in refused.json()
    assert await phones(site) == [PHONE]


async def test_a_key_is_kept_for_a_day(site: HttpServer) -> None:
    first = await send(site, "a")
    site.at(MONDAY + DAY - SECOND)
    site = await with_token(site, *Scope, user_id=site.user_id)
    within = await send(site, "a")
    site.at(MONDAY + DAY)
    after = await send(site, "a")
    again = await send(site, "a")

    assert within.content == replayed(first)
    assert after.json()["data"]["createContact"]["errors"][0]["code"] == "DUPLICATE_PHONE"
    assert again.content == replayed(after)


async def test_keys_past_their_time_are_purged(site: HttpServer) -> None:
    await send(site, "a")
    site.at(MONDAY + SECOND)
    await send(site, "b")

    before = await keys(site)
    await idempotency.purge_expired(now=MONDAY + DAY)

    assert (before, await keys(site)) == (2, 1)


async def test_a_key_belongs_to_the_user_or_to_a_token_without_one(site: HttpServer) -> None:
    elsewhere = await accounts.create(name="Elsewhere", default_region="KE", now=MONDAY)
    stranger = await with_token(replace(site, account_id=elsewhere), *Scope)
    bob = await users.create(
        account_id=site.account_id, email="bob@example.com", name="Bob", role=Role.ADMIN, now=MONDAY
    )
    others = [
        await with_token(site, *Scope, user_id=bob),
        await with_token(site, *Scope),
        await with_token(site, *Scope),
    ]
    mine = await send(site, "a")

    own = await send(await with_token(site, *Scope, user_id=site.user_id), "a")
    answers = [await send(other, "a", contact={"phone": PHONE}) for other in (*others, stranger)]

    assert own.content == replayed(mine)
    created = [answer.json()["data"]["createContact"] for answer in answers]
    assert [payload["errors"][0]["code"] for payload in created[:3]] == ["DUPLICATE_PHONE"] * 3
    assert created[3]["contact"]["phone"] == PHONE
    assert [answer.json().keys() for answer in answers] == [{"data"}] * 4
    assert (await phones(site), await phones(stranger)) == ([PHONE], [PHONE])
    assert await keys(site) == 4


async def test_a_caller_with_other_scopes_or_another_role_does_not_get_the_answer(site: HttpServer) -> None:
    bob = await users.create(
        account_id=site.account_id, email="bob@example.com", name="Bob", role=Role.MANAGER, now=MONDAY
    )
    first = await send(await with_token(site, *Scope, user_id=bob), "a")
    reader = await send(await with_token(site, Scope.CONTACTS_READ, user_id=bob), "a")
    await users.update(account_id=site.account_id, user_id=bob, changes={"role": Role.AGENT}, now=MONDAY)
    agent = await send(await with_token(site, *Scope, user_id=bob), "a")

    assert first.status_code == 200
    assert [(refused.status_code, code_of(refused)) for refused in (reader, agent)] == [
        (409, "IDEMPOTENCY_KEY_REUSED")
    ] * 2


# ------------------------------------------------------------------ keys


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_what_is_no_key_is_refused(site: HttpServer, key: str) -> None:
    refused = await send(site, key)

    assert (refused.status_code, code_of(refused)) == (400, "BAD_USER_INPUT")
    assert await phones(site) == []


async def test_a_key_may_have_255_characters(site: HttpServer) -> None:
    first = await send(site, "k" * 255)
    again = await send(site, "k" * 255)

    assert again.content == replayed(first)


async def test_queries_ignore_the_header(site: HttpServer) -> None:
    by_post = [await site.post(query="{ viewer { account { name } } }", Idempotency_Key=key) for key in ("a", "a", "")]
    url = "/graphql?query={viewer{account{name}}}"
    by_get = await site.client.get(url, headers={**site.headers, "Idempotency-Key": "a"})

    assert {response.content for response in (*by_post, by_get)} == {b'{"data":{"viewer":{"account":{"name":"Acme"}}}}'}
    assert await keys(site) == 0


async def test_answers_that_come_as_events_are_not_kept_so_a_mutation_is_refused(site: HttpServer) -> None:
    events = {"Accept": "text/event-stream", "Idempotency_Key": "a"}
    query = await site.post(**events)
    mutation = await site.post({"query": CREATE, "variables": {"contact": {"phone": PHONE}}}, **events)

    assert (query.status_code, query.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (mutation.status_code, code_of(mutation)) == (400, "BAD_USER_INPUT")
    assert await phones(site) == []


async def test_what_was_refused_before_it_ran_uses_no_key_up(site: HttpServer) -> None:
    unknown = await site.post({"query": CREATE}, Idempotency_Key="a", Authorization="Bearer nonsense")
    unparsed = await send(site, "a", "mutation {")
    not_valid = await send(site, "a", "mutation { nonsense }")
    without_variables = await site.post({"query": CREATE}, Idempotency_Key="a")
    by_get = await site.client.get(
        "/graphql", params={"query": "mutation { nonsense }"}, headers={**site.headers, "Idempotency-Key": "a"}
    )
    kept = await keys(site)
    done = await send(site, "a")

    refused = (unknown, unparsed, not_valid, without_variables, by_get)
    assert [response.status_code for response in refused] == [401, 400, 400, 400, 400]
    assert (kept, await phones(site)) == (0, [PHONE])
    assert "extensions" not in done.json()


# ------------------------------------------------------------------ at the same time


async def test_of_fifty_equal_requests_at_once_one_is_done(site: HttpServer) -> None:
    answers = await asyncio.gather(*(send(site, "a") for _ in range(50)))

    done = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert await phones(site) == [PHONE]
    assert len({answer.json()["data"]["createContact"]["contact"]["id"] for answer in done}) == 1
    assert len([answer for answer in done if "extensions" not in answer.json()]) == 1
    assert refused
    assert {(answer.status_code, code_of(answer), answer.headers["retry-after"]) for answer in refused} == {
        (409, "IDEMPOTENCY_KEY_IN_USE", "1")
    }
    again = await asyncio.gather(*(send(site, "a") for _ in range(50)))
    first = next(answer for answer in done if "extensions" not in answer.json())
    assert {answer.content for answer in again} == {replayed(first)}


async def test_fifty_keys_at_once_are_fifty_requests(site: HttpServer) -> None:
    numbers = [f"+2547123456{number:02}" for number in range(50)]

    answers = await asyncio.gather(*(send(site, number, contact={"phone": number}) for number in numbers))

    assert Counter(answer.status_code for answer in answers) == {200: 50}
    assert await phones(site) == numbers
