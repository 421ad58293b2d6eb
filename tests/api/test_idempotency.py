"""Idempotency-Key over HTTP: what is sent again under its key is answered as the first time, and done once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from models import database
from services import accounts, contact_lists, idempotency, opt_out, tokens
from services.authentication import Scope
from tests.api.test_http import Site, code_of, running
from tests.api_client import DAY, MONDAY

CREATE = """
mutation Create($contact: ContactInput!) {
  createContact(input: {contact: $contact}) { contact { id phone createdAt } errors { code path } }
}
"""
PHONE = "+254712345678"
SECOND = timedelta(seconds=1)


@pytest.fixture(params=[True, False], ids=["plans", "graphql-core on both databases"])
async def site(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    async with running(database_url, compiled=request.param) as site:
        yield site


async def send(site: Site, key: str, query: str = CREATE, **variables: Any) -> httpx2.Response:
    content = {"query": query, "variables": variables or {"contact": {"phone": PHONE}}}
    return await site.post(content, Idempotency_Key=key)


async def phones(site: Site) -> list[str]:
    rows = await database.fetch("SELECT phone FROM contact WHERE account_id = $1 ORDER BY phone", site.account_id)
    return [row["phone"] for row in rows]


async def lists(site: Site) -> list[str]:
    rows = await database.fetch("SELECT name FROM contact_list WHERE account_id = $1 ORDER BY name", site.account_id)
    return [row["name"] for row in rows]


async def keys(site: Site) -> int:
    return len(await database.fetch("SELECT key_hash FROM idempotency_key WHERE account_id = $1", site.account_id))


def replayed(first: httpx2.Response) -> bytes:
    """What a replay of this answer is, byte for byte."""
    return first.content[:-1] + b',"extensions":{"idempotency":{"replayed":true}}}'


# ------------------------------------------------------------------ sent again


async def test_what_is_sent_again_is_answered_as_before_and_done_once(site: Site) -> None:
    first = await send(site, "a")
    site.at(MONDAY + timedelta(hours=1))
    again = await send(site, "a")
    without_a_key = await site.post({"query": CREATE, "variables": {"contact": {"phone": PHONE}}})

    assert (first.status_code, again.status_code) == (200, 200)
    assert "extensions" not in first.json()
    assert again.content == replayed(first)
    assert without_a_key.json()["data"]["createContact"]["errors"][0]["code"] == "DUPLICATE_PHONE"
    assert await phones(site) == [PHONE]


async def test_refusals_are_answers_as_well(site: Site) -> None:
    await send(site, "a")
    first = await send(site, "b")
    await database.execute("DELETE FROM contact WHERE account_id = $1", site.account_id)
    again = await send(site, "b")

    assert first.json()["data"]["createContact"]["errors"] == [
        {"code": "DUPLICATE_PHONE", "path": ["input", "contact", "phone"]}
    ]
    assert again.content == replayed(first)
    assert await phones(site) == []


async def test_errors_are_replayed_with_their_status(site: Site) -> None:
    site = await with_token(site, Scope.CONTACTS_READ)

    first, again = await send(site, "a"), await send(site, "a")

    assert (first.status_code, code_of(first)) == (403, "FORBIDDEN")
    assert (again.status_code, again.content) == (403, replayed(first))


async def test_data_and_errors_are_replayed_together(site: Site) -> None:
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


async def test_the_order_of_names_in_variables_is_no_difference(site: Site) -> None:
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
async def test_another_request_under_a_key_is_refused(site: Site, other: dict[str, Any]) -> None:
    content = {"query": CREATE, "variables": {"contact": {"phone": PHONE}}}
    await site.post(content, Idempotency_Key="a")

    refused = await site.post(content | other, Idempotency_Key="a")

    assert (refused.status_code, code_of(refused)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert "data" not in refused.json()
    assert await phones(site) == [PHONE]


async def test_a_key_is_kept_for_a_day(site: Site) -> None:
    first = await send(site, "a")
    site.at(MONDAY + DAY - SECOND)
    site = await with_token(site, *Scope)
    within = await send(site, "a")
    site.at(MONDAY + DAY)
    after = await send(site, "a")
    again = await send(site, "a")

    assert within.content == replayed(first)
    assert after.json()["data"]["createContact"]["errors"][0]["code"] == "DUPLICATE_PHONE"
    assert again.content == replayed(after)


async def test_keys_past_their_time_are_purged(site: Site) -> None:
    await send(site, "a")
    site.at(MONDAY + SECOND)
    await send(site, "b")

    purged = await idempotency.purge_expired(now=MONDAY + DAY)

    assert (purged, await keys(site)) == (1, 1)


async def test_a_key_belongs_to_the_account(site: Site) -> None:
    elsewhere = await accounts.create(name="Elsewhere", default_region="KE", now=MONDAY)
    stranger = await with_token(replace(site, account_id=elsewhere), *Scope)
    colleague = await with_token(site, *Scope)

    mine = await send(site, "a")
    theirs = await send(stranger, "a", contact={"phone": "+254712345679"})
    ours = await send(colleague, "a")

    assert theirs.json()["data"]["createContact"]["contact"]["phone"] == "+254712345679"
    assert "extensions" not in theirs.json()
    assert ours.content == replayed(mine)
    assert (await phones(site), await phones(stranger)) == ([PHONE], ["+254712345679"])


async def test_whoever_may_do_less_is_not_told_what_another_was(site: Site) -> None:
    reader = await with_token(site, Scope.CONTACTS_READ)
    await send(site, "a")

    refused = await send(reader, "a")

    assert (refused.status_code, code_of(refused)) == (409, "IDEMPOTENCY_KEY_REUSED")


# ------------------------------------------------------------------ keys


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_what_is_no_key_is_refused(site: Site, key: str) -> None:
    refused = await send(site, key)

    assert (refused.status_code, code_of(refused)) == (400, "BAD_USER_INPUT")
    assert await phones(site) == []


async def test_a_key_may_have_255_characters(site: Site) -> None:
    first = await send(site, "k" * 255)
    again = await send(site, "k" * 255)

    assert again.content == replayed(first)


async def test_queries_ignore_the_header(site: Site) -> None:
    by_post = [await site.post(query="{ viewer { account { name } } }", Idempotency_Key=key) for key in ("a", "a", "")]
    url = "/graphql?query={viewer{account{name}}}"
    by_get = await site.client.get(url, headers={**site.headers, "Idempotency-Key": "a"})

    assert {response.content for response in (*by_post, by_get)} == {b'{"data":{"viewer":{"account":{"name":"Acme"}}}}'}
    assert await keys(site) == 0


async def test_what_was_refused_before_it_ran_uses_no_key_up(site: Site) -> None:
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


async def test_of_fifty_equal_requests_at_once_one_is_done(site: Site) -> None:
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


async def test_fifty_keys_at_once_are_fifty_requests(site: Site) -> None:
    numbers = [f"+2547123456{number:02}" for number in range(50)]

    answers = await asyncio.gather(*(send(site, number, contact={"phone": number}) for number in numbers))

    assert Counter(answer.status_code for answer in answers) == {200: 50}
    assert await phones(site) == numbers


# ------------------------------------------------------------------ failures


class Broken(Exception):
    """What nobody expected."""


def breaking(monkeypatch: pytest.MonkeyPatch, error: type[Exception], *, times: int) -> None:
    """The next opt-outs do their work, and then fail."""
    record, left = opt_out.recorded, times

    async def broken(*args: Any) -> Any:
        nonlocal left
        recorded = await record(*args)
        left -= 1
        if left >= 0:
            raise error
        return recorded

    monkeypatch.setattr(opt_out, "recorded", broken)


OPT_OUT = 'optOut(input: {phone: "+254712345678"}) { optOut { isOptedOut } }'
TWO = f'mutation {{ createContactList(input: {{name: "Clients"}}) {{ contactList {{ name }} }} {OPT_OUT} }}'


async def opt_outs(site: Site) -> int:
    return len(await database.fetch("SELECT phone FROM opt_out WHERE account_id = $1", site.account_id))


async def test_a_failure_is_not_kept_and_leaves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, Broken, times=1)
    failed = await send(site, "a", f"mutation {{ {OPT_OUT} }}")
    left = (await opt_outs(site), await keys(site))

    again = await send(site, "a", f"mutation {{ {OPT_OUT} }}")

    assert (failed.status_code, code_of(failed)) == (500, "INTERNAL_SERVER_ERROR")
    assert left == (0, 0)
    assert (again.status_code, again.content) == (200, b'{"data":{"optOut":{"optOut":{"isOptedOut":true}}}}')
    assert await opt_outs(site) == 1


async def test_what_was_written_before_an_answer_failed_is_undone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key it would stay; with one a retry is to do it, once."""
    query = 'mutation { createContactList(input: {name: "Clients"}) { contactList { id } } }'
    create = contact_lists.create

    async def create_and_break(**given: Any) -> Any:
        await create(**given)
        raise Broken

    monkeypatch.setattr(contact_lists, "create", create_and_break)
    failed = await send(site, "a", query)
    left = await lists(site)
    monkeypatch.undo()
    done = await send(site, "a", query)

    assert (failed.status_code, left) == (500, [])
    assert (done.status_code, await lists(site)) == (200, ["Clients"])


async def test_a_field_that_fails_beside_another_undoes_itself_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch, Broken, times=1)

    first = await send(site, "a", TWO)
    again = await send(site, "a", TWO)

    assert (first.status_code, code_of(first)) == (200, "INTERNAL_SERVER_ERROR")
    assert first.json()["data"] == {"createContactList": {"contactList": {"name": "Clients"}}, "optOut": None}
    assert again.content == replayed(first)
    assert (await lists(site), await opt_outs(site)) == (["Clients"], 0)


async def test_a_field_that_meets_another_transaction_has_the_whole_request_done_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch, database.Conflict, times=3)

    first = await send(site, "a", TWO)
    again = await send(site, "a", TWO)

    assert first.json() == {
        "data": {
            "createContactList": {"contactList": {"name": "Clients"}},
            "optOut": {"optOut": {"isOptedOut": True}},
        }
    }
    assert again.content == replayed(first)
    assert (await lists(site), await opt_outs(site)) == (["Clients"], 1)


async def test_what_a_statement_refuses_leaves_the_other_fields_as_they_are(site: Site) -> None:
    query = """
    mutation ($id: ID!) {
      a: createContactList(input: {name: "Clients"}) { contactList { name } }
      b: updateContactList(input: {id: $id, name: "clients"}) { errors { code } }
      c: createUser(input: {email: "ADA@example.com", name: "Ada", role: AGENT}) { errors { code } }
      d: optOut(input: {phone: "+254712345678", reason: "nul: \\u0000"}) { errors { code } }
      e: createContactList(input: {name: "Others"}) { contactList { name } }
    }
    """
    made = await site.post(query='mutation { createContactList(input: {name: "First"}) { contactList { id } } }')
    id = made.json()["data"]["createContactList"]["contactList"]["id"]

    keyed = await send(site, "a", query, id=id)
    await database.execute(
        "DELETE FROM contact_list WHERE account_id = $1 AND name IN ('Clients', 'Others')", site.account_id
    )
    plain = await site.post({"query": query, "variables": {"id": id}})

    assert keyed.content == plain.content
    assert keyed.json()["data"]["b"] == {"errors": [{"code": "DUPLICATE_NAME"}]}
    assert keyed.json()["data"]["e"] == {"contactList": {"name": "Others"}}
    assert await lists(site) == ["Clients", "First", "Others"]


async def test_a_mutation_reads_back_what_it_wrote_with_all_relations(site: Site) -> None:
    query = """
    mutation ($contact: ContactInput!) {
      createContact(input: {contact: $contact}) {
        contact {
          phone isOptedOut tags owner { name } assignees { name } lists { name contactCount }
          campaigns { name } messages { totalCount nodes { body } }
        }
      }
      optOut(input: {phone: "+254712345678"}) { contact { isOptedOut lists { name } } }
      tagContacts(input: {contacts: {phones: ["+254712345678"]}, add: ["b"]}) { contacts: count }
    }
    """
    made = await site.post(query='mutation { createContactList(input: {name: "First"}) { contactList { id } } }')
    id = made.json()["data"]["createContactList"]["contactList"]["id"]

    keyed = await send(site, "a", query, contact={"phone": PHONE, "listIds": [id], "tags": ["a"]})

    assert "errors" not in keyed.json()
    made = keyed.json()["data"]["createContact"]["contact"]
    assert (made["lists"], made["tags"], made["isOptedOut"]) == ([{"name": "First", "contactCount": 1}], ["a"], False)
    assert made["owner"] == {"name": "Ada"}
    assert keyed.json()["data"]["optOut"] == {"contact": {"isOptedOut": True, "lists": [{"name": "First"}]}}


# ------------------------------------------------------------------ secrets and tokens


async def test_a_secret_can_be_read_again_by_whoever_has_the_key_and_not_from_the_database(site: Site) -> None:
    query = 'mutation { createToken(input: {name: "till", scopes: [CONTACTS_READ]}) { secret token { name } } }'

    first, again = (
        await send(site, "a-key-of-122-random-bits", query),
        await send(site, "a-key-of-122-random-bits", query),
    )

    secret = first.json()["data"]["createToken"]["secret"]
    assert again.content == replayed(first)
    row = await database.fetch_one("SELECT * FROM idempotency_key WHERE account_id = $1", site.account_id)
    assert row is not None
    assert len(row["answer"]) > 50
    assert not any(part in repr(tuple(row)) for part in (secret, "a-key-of", "till", "data"))


async def test_a_token_that_is_revoked_under_a_key_ends_at_once(site: Site) -> None:
    other = await with_token(site, *Scope)
    assert (await other.post()).status_code == 200
    [token] = [
        node["id"]
        for node in (await site.post(query="{ tokens { nodes { id name } } }")).json()["data"]["tokens"]["nodes"]
        if node["name"] == "other"
    ]

    await send(site, "a", "mutation ($id: ID!) { revokeToken(input: {id: $id}) { token { id } } }", id=token)

    assert (await other.post()).status_code == 401


async def with_token(site: Site, *scopes: Scope) -> Site:
    """The same server, asked with another token of the site's account."""
    _, secret = await tokens.create(
        account_id=site.account_id, name="other", user_id=None, scopes=scopes, expires_at=None, now=MONDAY
    )
    return replace(site, secret=secret)
