"""contactChanged: which subscribers receive a change, from which process, and the cost of subscriptions."""

import asyncio
import sys
from contextlib import suppress
from typing import Any

import pytest

from models.db import database
from services.contacts.filter import Criteria
from services.subscriptions import feed as contact_feed, registry as contact_subscriptions, streams
from services.subscriptions.feed import feed
from services.subscriptions.registry import interest
from tests.support.api_client import MONDAY, Api, counted_statements
from tests.support.contact_changes import CHANGE, CHANGED, CONTACTS, ERRORS, PHONE, kinds, next_change, run, subscribe
from tests.support.rows import uuid_of
from tests.support.servers.running_server import RunningServer, Socket
from tests.support.servers.timeouts import wait_until


async def test_another_account_is_told_nothing(served: RunningServer, socket: Socket) -> None:
    stranger = await Api.of_new_account(name="Elsewhere")
    await subscribe(socket)

    id = await stranger.make_contact(PHONE)
    await stranger.run(CHANGE, input={"contact": {"id": id}, "tags": ["vip"]})
    await stranger.run(
        'mutation { bulkCreateContacts(input: {contacts: [{phone: "1"}, {phone: "2"}]}) { errors { code } } }'
    )

    assert await kinds(socket, served.api) == []


async def test_a_filter_with_another_accounts_ids_matches_nothing(served: RunningServer, socket: Socket) -> None:
    stranger = await Api.of_new_account(name="Elsewhere")
    theirs = await stranger.make_list("Theirs")
    await subscribe(socket, {"or": [{"listIds": [theirs]}, {"allTags": ["last"]}]})

    await served.api.make_contact(PHONE)
    await stranger.make_contact(PHONE, listIds=[theirs])

    assert await kinds(socket, served.api) == []


@pytest.mark.parametrize(
    ("filter", "code"),
    [({"listIds": ["cnt_01jd8vq0c5fj2v7wq1x3ynm8za"]}, "INVALID_ID"), ({"search": "x" * 300}, "BAD_USER_INPUT")],
)
async def test_a_filter_that_can_not_be_read_is_refused(served: RunningServer, filter: Any, code: str) -> None:
    async with served.events(CHANGED, {"filter": filter}) as events:
        [(name, payload), last] = await events.rest()

    assert (name, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in payload["errors"]] == [code]
    assert interest()._own == {}


async def test_server_sent_events_tell_the_same(served: RunningServer) -> None:
    async with served.events(CHANGED, {"filter": {"anyTags": ["vip"]}}) as events:
        nobody = contact_feed._Account()
        await wait_until(lambda: bool(feed()._accounts.get(served.api.account_id, nobody).listening))
        id = await served.api.make_contact(PHONE, tags=["vip"])
        name, payload = await events.receive()

    assert (name, payload["data"]["contactChanged"]["kind"]) == ("next", "CREATED")
    assert payload["data"]["contactChanged"]["contact"] == {"id": id, "phone": PHONE, "tags": ["vip"]}


async def test_changes_of_another_process_are_told(served: RunningServer, socket: Socket) -> None:
    """The other process reads the subscription's filter from the database, evaluates it, and publishes its changes."""
    id = await served.api.make_contact(PHONE, tags=["vip"])
    await subscribe(socket, {"anyTags": ["vip"]})
    script = """
import asyncio, sys
from datetime import UTC, datetime
from uuid import UUID
from models.db import database
from services.contacts import tagging
from services.accounts.settings import load_account_settings
from services.subscriptions.registry import interest
from services.contacts.selection import ChosenContacts

async def work():
    await database.connect(sys.argv[1])
    settings = await load_account_settings(UUID(sys.argv[2]))
    now = datetime.fromisoformat(sys.argv[4])
    await interest().refresh(now=now)
    await tagging.tag(chosen=ChosenContacts(settings=settings, ids=[UUID(sys.argv[3])]), remove=["vip"], now=now)
    await database.disconnect()

asyncio.run(work())
"""
    arguments = (served.database_url, str(served.api.account_id), str(uuid_of(id)), MONDAY.isoformat())
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
    change = await next_change(socket)

    assert await process.wait() == 0
    assert (change["kind"], change["contactId"]) == ("LEFT", id)


async def test_what_is_rolled_back_is_not_told(served: RunningServer, socket: Socket) -> None:
    id = await served.api.make_contact(PHONE)
    await subscribe(socket)

    with suppress(RuntimeError):
        async with database.transaction():
            await served.api.run(CHANGE, input={"contact": {"id": id}, "tags": ["vip"]})
            raise RuntimeError

    assert await kinds(socket, served.api) == []


async def test_what_a_slow_client_leaves_waiting_becomes_one_event(
    served: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_WAITING", 3)
    settings = served.api.caller.settings
    listening = await feed().listen_to_contacts(Criteria(), settings=settings, now=MONDAY)

    ids = [await served.api.make_contact(f"+25471200000{number}") for number in range(5)]
    await feed()._read(served.api.account_id)
    received = [await anext(listening) for _ in range(3)]
    await listening.aclose()

    assert [(change.kind, change.count) for change in received] == [("BULK", 3), ("CREATED", 1), ("CREATED", 1)]
    assert [change.contact_id for change in received] == [None, *map(uuid_of, ids[3:])]


async def test_where_nobody_listens_no_statement_is_run_for_it(served: RunningServer) -> None:
    api = served.api
    id = await api.make_contact(PHONE)

    with counted_statements() as statements:
        await api.run(CHANGE, input={"contact": {"id": id}, "tags": ["vip"]})
        await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])

    assert [sql for sql in statements if "subscription" in sql or "CASE WHEN" in sql or "pg_notify" in sql] == []


async def test_a_subscription_that_has_ended_costs_nothing_any_more(served: RunningServer) -> None:
    async with served.socket() as socket:
        await subscribe(socket)
        assert interest().active_filters(served.api.account_id)
    await wait_until(lambda: not interest().active_filters(served.api.account_id))

    rows = await database.fetch("SELECT id FROM subscription WHERE account_id = $1", served.api.account_id)
    assert (list(rows), interest().active_filters(served.api.account_id), feed()._accounts) == ([], {}, {})


async def test_a_process_that_died_is_forgotten_after_a_minute(
    served: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = served.api.account_id
    # The server itself does not refresh its copy meanwhile, with its earlier time.
    monkeypatch.setattr(interest(), "mark_stale", lambda: None)
    one = await interest().begin_with_filter(Criteria(), settings=served.api.caller.settings, now=MONDAY)
    interest()._own.pop(one.id)  # as if another process had registered it

    await interest().refresh(now=MONDAY + contact_subscriptions._LASTS / 2)
    still = dict(interest().active_filters(account_id))
    await interest().refresh(now=MONDAY + contact_subscriptions._LASTS)

    assert (len(still), interest().active_filters(account_id)) == (1, {})


async def test_an_account_has_so_many_filters_at_once(served: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_subscriptions, "MAX_FILTERS", 1)

    async with served.socket() as socket:
        await subscribe(socket, {"anyTags": ["a"]})
        await subscribe(socket, {"anyTags": ["a"]}, key="2")
        await socket.subscribe(CHANGED, {"filter": {"anyTags": ["b"]}}, key="3")
        refused = await socket.receive()

    assert refused["id"] == "3"
    assert [error["extensions"]["code"] for error in refused["payload"]["errors"]] == ["BAD_USER_INPUT"]


async def test_a_mutation_over_http_is_told_as_well(served: RunningServer, socket: Socket) -> None:
    await subscribe(socket)

    async with served.client() as client:
        query = f'mutation {{ createContact(input: {{contact: {{phone: "{PHONE}"}}}}) {{ contact {{ id }} }} }}'
        response = await client.post("/graphql", json={"query": query})
        id = response.json()["data"]["createContact"]["contact"]["id"]
        await client.post(
            "/graphql", json={"query": CHANGE, "variables": {"input": {"contact": {"id": id}, "firstName": "Zuri"}}}
        )
    changes = [await next_change(socket), await next_change(socket)]

    assert [(change["kind"], change["contactId"]) for change in changes] == [("CREATED", id), ("UPDATED", id)]
