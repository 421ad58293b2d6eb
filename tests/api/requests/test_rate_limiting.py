"""Rate limits of a token for root fields, over HTTP, checked before anything runs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from models.db import database
from schema.execution.rows import definition_of
from schema.rate_limits import at_most
from schema.root import schema
from services.accounts import tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY, counted_statements
from tests.support.servers.http_client import HttpServer, code_of, running_http_server

SECOND = timedelta(seconds=1)
POLICY = '"createContactList";q=12;w=1'


@pytest.fixture
async def site(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpServer]:
    """Runs a server with a limit on createContactList."""
    mutation = schema._schema.mutation_type
    definition = definition_of(mutation.fields["createContactList"]) if mutation else None
    assert definition is not None
    monkeypatch.setattr(definition, "metadata", at_most(12, per=SECOND))
    async with running_http_server(database_url) as site:
        yield site


def field(name: str, alias: str = "made") -> str:
    return f'{alias}: createContactList(input: {{name: "{name}"}}) {{ contactList {{ name }} }}'


async def ask(site: HttpServer, *fields: str, **headers: str) -> httpx2.Response:
    return await site.post(query=f"mutation {{ {' '.join(fields)} }}", **headers)


async def lists(site: HttpServer) -> list[str]:
    rows = await database.fetch("SELECT name FROM contact_list WHERE account_id = $1 ORDER BY name", site.account_id)
    return [row["name"] for row in rows]


def told(response: httpx2.Response) -> dict[str, Any]:
    names = ("ratelimit-policy", "ratelimit", "retry-after")
    return {name: response.headers[name] for name in names if name in response.headers}


async def test_every_answer_says_how_the_token_stands(site: HttpServer) -> None:
    first, second = await ask(site, field("A")), await ask(site, field("A"))

    assert (first.status_code, second.status_code) == (200, 200)
    assert told(first) == {"ratelimit-policy": POLICY, "ratelimit": '"createContactList";r=11;t=1'}
    assert told(second) == {"ratelimit-policy": POLICY, "ratelimit": '"createContactList";r=10;t=1'}


async def test_what_has_no_limited_field_is_not_counted_and_costs_nothing(site: HttpServer) -> None:
    await site.post()
    with counted_statements() as statements:
        response = await site.post()

    assert told(response) == {}
    assert not [statement for statement in statements if "rate_limit" in statement]


async def test_the_thirteenth_call_in_a_second_is_refused_and_runs_nothing(site: HttpServer) -> None:
    allowed = [await ask(site, field(f"List {number:02}")) for number in range(12)]
    refused = await ask(site, field("One too many"), 'optOut(input: {phone: "0712345678"}) { errors { code } }')
    site.at(MONDAY + SECOND)
    later = await ask(site, field("Later"))

    assert {response.status_code for response in allowed} == {200}
    assert (refused.status_code, later.status_code) == (429, 200)
    assert refused.json() == {
        "errors": [
            {
                "message": "A token can call createContactList at most 12 times in 1 s. Each call in a request counts.",
                "extensions": {"code": "RATE_LIMITED", "retryAfter": 1},
            }
        ]
    }
    assert told(refused) == {
        "ratelimit-policy": POLICY,
        "ratelimit": '"createContactList";r=0;t=1',
        "retry-after": "1",
    }
    assert await lists(site) == ["Later", *(f"List {number:02}" for number in range(12))]
    assert await database.fetch("SELECT phone FROM opt_out WHERE account_id = $1", site.account_id) == []


async def test_aliases_are_calls(site: HttpServer) -> None:
    ten = await ask(site, *(field(f"List {number}", f"a{number}") for number in range(10)))
    three = await ask(site, *(field(f"More {number}", f"a{number}") for number in range(3)))
    two = await ask(site, *(field(f"Last {number}", f"a{number}") for number in range(2)))

    assert [response.status_code for response in (ten, three, two)] == [200, 429, 200]
    assert [response.headers["ratelimit"] for response in (ten, three, two)] == [
        '"createContactList";r=2;t=1',
        '"createContactList";r=2;t=1',
        '"createContactList";r=0;t=1',
    ]
    assert "More 0" not in await lists(site)


async def test_fields_in_fragments_are_calls(site: HttpServer) -> None:
    fields = " ".join(field(f"List {number}", f"a{number}") for number in range(13))
    response = await site.post(query=f"mutation {{ ...all ...all }} fragment all on Mutation {{ {fields} }}")

    assert (response.status_code, code_of(response)) == (429, "RATE_LIMITED")
    assert "A request with 13 calls is never allowed" in response.json()["errors"][0]["message"]
    assert await lists(site) == []


async def test_a_field_that_stands_twice_under_one_name_is_one_call(site: HttpServer) -> None:
    twice = field("A") + " " + field("A").replace("name }", "id }")

    response = await ask(site, twice)

    assert response.headers["ratelimit"] == '"createContactList";r=11;t=1'
    assert await lists(site) == ["A"]


async def test_each_token_has_its_own_calls(site: HttpServer) -> None:
    _, secret = await tokens.create(
        account_id=site.account_id, name="other", user_id=None, scopes=list(Scope), expires_at=None, now=MONDAY
    )
    other = replace(site, secret=secret)
    for number in range(12):
        await ask(site, field(f"List {number}"))

    assert (await ask(site, field("Mine"))).status_code == 429
    assert (await ask(other, field("Theirs"))).status_code == 200


async def test_what_is_refused_uses_no_idempotency_key_up_and_a_replay_is_a_call(site: HttpServer) -> None:
    for number in range(12):
        await ask(site, field(f"List {number}"))
    refused = await ask(site, field("Late"), Idempotency_Key="a")
    site.at(MONDAY + SECOND)
    done, replayed = [await ask(site, field("Late"), Idempotency_Key="a") for _ in range(2)]
    other = await ask(site, field("Other"), Idempotency_Key="a")

    assert (refused.status_code, done.status_code, replayed.status_code, other.status_code) == (429, 200, 200, 409)
    assert "extensions" not in done.json()
    assert replayed.json()["extensions"] == {"idempotency": {"replayed": True}}
    assert [response.headers["ratelimit"] for response in (done, replayed, other)] == [
        f'"createContactList";r={remaining};t=1' for remaining in (11, 10, 9)
    ]


async def test_answers_to_what_is_wrong_say_it_as_well(site: HttpServer) -> None:
    wrong = await site.post(
        query=f"mutation ($name: PhoneNumber!) {{ {field('A')} optOut(input: {{phone: $name}}) {{ __typename }} }}"
    )

    assert (wrong.status_code, told(wrong)["ratelimit"]) == (400, '"createContactList";r=11;t=1')
