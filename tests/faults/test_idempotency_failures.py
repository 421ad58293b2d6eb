"""Failures under an Idempotency-Key: the server rolls back the failed part or the whole request, or runs it again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.db import database
from services.consent import register as consent_register
from services.lists import management as contact_lists
from tests.support.idempotent_requests import keys, lists, replayed, send
from tests.support.servers.http_client import HttpServer, code_of, running_http_server


@pytest.fixture(params=[True, False], ids=["plans", "graphql-core on both databases"])
async def site(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[HttpServer]:
    async with running_http_server(database_url, compiled=request.param) as site:
        yield site


class Broken(Exception):
    """An unexpected error."""


def breaking(monkeypatch: pytest.MonkeyPatch, error: type[Exception], *, times: int) -> None:
    """Makes the next `times` opt-outs fail after their writes."""
    record, left = consent_register.record_history, times

    async def broken(*args: Any) -> Any:
        nonlocal left
        recorded = await record(*args)
        left -= 1
        if left >= 0:
            raise error
        return recorded

    monkeypatch.setattr(consent_register, "record_history", broken)


OPT_OUT = 'optOut(input: {phone: "+254712345678"}) { optOut { isOptedOut } }'
TWO = f'mutation {{ createContactList(input: {{name: "Clients"}}) {{ contactList {{ name }} }} {OPT_OUT} }}'


async def opt_outs(site: HttpServer) -> int:
    return len(await database.fetch("SELECT phone FROM opt_out WHERE account_id = $1", site.account_id))


async def test_a_failure_is_not_kept_and_leaves_nothing(site: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    breaking(monkeypatch, Broken, times=1)
    failed = await send(site, "a", f"mutation {{ {OPT_OUT} }}")
    left = (await opt_outs(site), await keys(site))

    again = await send(site, "a", f"mutation {{ {OPT_OUT} }}")

    assert (failed.status_code, code_of(failed)) == (500, "INTERNAL_SERVER_ERROR")
    assert left == (0, 0)
    assert (again.status_code, again.content) == (200, b'{"data":{"optOut":{"optOut":{"isOptedOut":true}}}}')
    assert await opt_outs(site) == 1


async def test_what_was_written_before_an_answer_failed_is_undone(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key the write would stay. With a key it is rolled back, so that a retry runs it once."""
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
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(monkeypatch, Broken, times=1)

    first = await send(site, "a", TWO)
    again = await send(site, "a", TWO)

    assert (first.status_code, code_of(first)) == (200, "INTERNAL_SERVER_ERROR")
    assert first.json()["data"] == {"createContactList": {"contactList": {"name": "Clients"}}, "optOut": None}
    assert again.content == replayed(first)
    assert (await lists(site), await opt_outs(site)) == (["Clients"], 0)


async def test_a_field_that_meets_another_transaction_has_the_whole_request_done_again(
    site: HttpServer, monkeypatch: pytest.MonkeyPatch
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


async def test_what_a_statement_refuses_leaves_the_other_fields_as_they_are(site: HttpServer) -> None:
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
