"""contactChanged: what is told to whom of changes of contacts, in this process and from others."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from models import database
from services import contact_feed, contact_interest, opt_out
from services.contact_feed import feed
from services.contact_filter import Criteria
from services.contact_interest import interest
from services.opt_out import Cause, Source
from tests import messages
from tests.api.mutations import contacts, mutate
from tests.api_client import DAY, MONDAY, Api, counted_statements, iso
from tests.rows import make_campaign, uuid_of
from tests.served import Served, Socket, serving

CHANGED = """
subscription ($filter: ContactFilter) {
  contactChanged(filter: $filter) { kind contactId contact { id phone tags } count occurredAt }
}
"""
PHONE = "+254712000001"
CHANGE = "mutation ($input: UpdateContactInput!) { updateContact(input: $input) { errors { code message } } }"


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    async with serving(database_url, jobs=0) as served:
        yield served


@pytest.fixture
async def socket(served: Served) -> AsyncIterator[Socket]:
    async with served.socket() as socket:
        yield socket


async def subscribe(socket: Socket, filter: Any = None, *, key: str = "1") -> None:
    """Returns once the subscription is open, which the protocol does not tell."""
    before = len(interest._own)
    await socket.subscribe(CHANGED, {"filter": filter}, key=key)
    for _ in range(500):
        await asyncio.sleep(0.01)
        if len(interest._own) > before and sum(len(one.listening) for one in feed._accounts.values()) > before:
            return
    raise AssertionError("it has not been opened")


async def told(socket: Socket, *, key: str = "1") -> Any:
    """The next change."""
    message = await socket.receive()
    assert (message["id"], message["type"], list(message["payload"])) == (key, "next", ["data"])
    return message["payload"]["data"]["contactChanged"]


async def kinds(socket: Socket, api: Api) -> list[tuple[str, str | None]]:
    """What is told up to a change that is made now, by kind and contact."""
    last = await api.make_contact("+254712999999", tags=["last", "vip", "here"])
    found: list[tuple[str, str | None]] = []
    while True:
        change = await told(socket)
        if change["contactId"] == last:
            return found
        found.append((change["kind"], change["contactId"]))


async def run(api: Api, mutation: str, **variables: Any) -> Any:
    declared = {"ids": "[ID!]!", "list": "ID!", "id": "ID!"}
    head = ", ".join(f"${name}: {declared[name]}" for name in variables)
    answer = await api.run(f"mutation {f'({head})' if head else ''} {{ {mutation} }}", **variables)
    [payload] = answer.values()
    assert payload["errors"] == []
    return payload


CONTACTS = "contacts: {ids: $ids}"
ERRORS = "{ errors { code } }"


async def test_each_change_of_a_contact_is_told(served: Served, socket: Socket) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    await subscribe(socket)

    id = await api.make_contact(PHONE)
    created = await told(socket)
    await api.run(CHANGE, input={"contact": {"id": id}, "firstName": "Zuri"})
    await run(api, f'tagContacts(input: {{{CONTACTS}, add: ["new"]}}) {ERRORS}', ids=[id])
    await run(api, f"assignContacts(input: {{{CONTACTS}, ownerId: null}}) {ERRORS}", ids=[id])
    await run(api, f"addContactsToList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)
    await run(api, f"removeContactsFromList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)
    await run(api, f'optOut(input: {{phone: "{PHONE}"}}) {ERRORS}')
    await run(api, f'optIn(input: {{phone: "{PHONE}"}}) {ERRORS}')
    await run(api, f"verifyContact(input: {{contact: {{id: $id}}, action: CONFIRM}}) {ERRORS}", id=id)
    updated = [await told(socket) for _ in range(8)]
    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"restoreContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"purgeContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    rest = [await told(socket) for _ in range(4)]

    assert created == {
        "kind": "CREATED",
        "contactId": id,
        "contact": {"id": id, "phone": PHONE, "tags": []},
        "count": 1,
        "occurredAt": iso(MONDAY),
    }
    assert {(change["kind"], change["contactId"], change["count"]) for change in updated} == {("UPDATED", id, 1)}
    assert [change["kind"] for change in rest] == ["TRASHED", "RESTORED", "TRASHED", "PURGED"]
    assert rest[-1] == {"kind": "PURGED", "contactId": id, "contact": None, "count": 1, "occurredAt": iso(MONDAY)}


async def test_what_changes_nothing_is_not_told(served: Served, socket: Socket) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    id = await api.make_contact(PHONE, tags=["old"], listIds=[list_id])
    await subscribe(socket)

    await api.run(CHANGE, input={"contact": {"id": id}, "tags": ["old"]})
    await run(api, f'tagContacts(input: {{{CONTACTS}, add: ["old"]}}) {ERRORS}', ids=[id])
    await run(api, f"addContactsToList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)
    await run(api, f'optIn(input: {{phone: "{PHONE}"}}) {ERRORS}')
    await api.run(CHANGE, input={"contact": {"id": id}, "phone": "no number"})
    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=["cnt_01jd8vq0c5fj2v7wq1x3ynm8za"])

    assert await kinds(socket, api) == []


async def record(api: Api, *messages: Any) -> None:
    answer = await api.run(
        "mutation ($input: RecordMessagesInput!) { recordMessages(input: $input) { summary { failed } } }",
        input={"messages": messages},
    )
    assert answer["recordMessages"]["summary"] == {"failed": 0}


async def test_what_messages_change_of_a_contact_is_told(served: Served, socket: Socket) -> None:
    api = served.api
    id = await api.make_contact(messages.PHONE)
    await subscribe(socket, {"isOptedOut": False})

    await record(api, messages.outbound(MONDAY))
    await record(api, messages.inbound(MONDAY))  # verifies it as well
    await record(api, messages.inbound(MONDAY, "STOP", kind="CONVERSATION"))
    await record(api, messages.inbound(MONDAY + DAY, "START"))
    await record(api, messages.outbound(MONDAY - DAY))  # not the last
    await record(api, messages.inbound(MONDAY, phone="+254712000009"))  # no contact's

    updated = ("UPDATED", id)
    assert await kinds(socket, api) == [updated, updated, ("LEFT", id), updated]


async def test_one_of_many_that_were_asked_for_is_told_to_those_that_it_leaves(served: Served, socket: Socket) -> None:
    api = served.api
    ids = [await api.make_contact(f"+2547120000{place:02}", tags=["vip"] if place == 5 else []) for place in range(11)]
    await subscribe(socket, {"anyTags": ["vip"]})

    await run(api, f'tagContacts(input: {{{CONTACTS}, remove: ["vip"]}}) {ERRORS}', ids=ids)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 1, "occurredAt": iso(MONDAY)}
    assert await told(socket) == bulk


async def test_with_a_filter_what_comes_into_it_stays_and_leaves_is_told(served: Served, socket: Socket) -> None:
    api = served.api
    id, other = await api.make_contact(PHONE), await api.make_contact("+254712000002")
    await subscribe(socket, {"anyTags": ["vip"]})

    for tags in (["lead"], ["vip"], ["vip", "lead"], ["lead"], []):
        await api.run(CHANGE, input={"contact": {"id": id}, "tags": tags})
    await api.run(CHANGE, input={"contact": {"id": other}, "tags": ["other"]})

    assert await kinds(socket, api) == [("UPDATED", id), ("UPDATED", id), ("LEFT", id)]


async def test_a_contact_that_matched_before_anybody_subscribed_leaves_as_well(served: Served, socket: Socket) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    id = await api.make_contact(PHONE, listIds=[list_id])
    await subscribe(socket, {"listIds": [list_id]})

    await run(api, f"removeContactsFromList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)

    assert await told(socket) == {
        "kind": "LEFT",
        "contactId": id,
        "contact": {"id": id, "phone": PHONE, "tags": []},
        "count": 1,
        "occurredAt": iso(MONDAY),
    }


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ["TRASHED", "RESTORED", "TRASHED", "PURGED"]),
        ({"state": "ANY"}, ["TRASHED", "RESTORED", "TRASHED", "PURGED"]),
        ({"state": "ACTIVE"}, ["LEFT", "RESTORED", "LEFT"]),
        ({"state": "TRASHED"}, ["TRASHED", "LEFT", "TRASHED", "PURGED"]),
        ({"search": "712 000 001"}, ["TRASHED", "RESTORED", "TRASHED", "PURGED"]),
        ({"search": "nobody"}, []),
        ({"not": {"isOptedOut": False}}, []),
    ],
)
async def test_the_trash_is_looked_at_as_the_filter_says(
    served: Served, socket: Socket, filter: Any, expected: list[str]
) -> None:
    api = served.api
    id = await api.make_contact(PHONE)
    await subscribe(socket, filter)

    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"restoreContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"purgeContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    received: list[str] = []
    while len(received) < len(expected):
        received.append((await told(socket))["kind"])

    assert received == expected
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):
            await socket.connection.recv()


async def test_many_at_once_are_one_event_whatever_the_filter(served: Served, socket: Socket) -> None:
    api = served.api
    await subscribe(socket, {"anyTags": ["vip"]})

    await api.run(
        'mutation { bulkCreateContacts(input: {contacts: [{phone: "0712000001"}, {phone: "0712000002"}, {phone: "x"}]})'
        " { errors { code } } }"
    )

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 2, "occurredAt": iso(MONDAY)}
    assert await told(socket) == bulk


async def test_who_comes_into_a_campaign_and_leaves_it_is_told(served: Served, socket: Socket) -> None:
    api = served.api
    vip = await api.make_list("VIP")
    known, member = await api.make_contact(PHONE), await api.make_contact("+254712000002", listIds=[vip])
    campaign, of_list = await make_campaign(api, "Spring"), await make_campaign(api, "Summer")
    await subscribe(socket, {"or": [{"campaignIds": [campaign, of_list]}, {"anyTags": ["last"]}]})

    async def add(phone: str, **options: Any) -> None:
        rows = [{"contact": phone, "context": "new"}]
        await mutate(api, "addCampaignContacts", "campaign { id }", campaignId=campaign, contacts=rows, **options)

    await add(PHONE)
    await add(PHONE)  # is in it
    await add(PHONE, ifDuplicate="UPDATE")  # is in it, and nothing of the contact changes
    await add("+254712000003")
    await mutate(api, "removeCampaignContacts", "count", campaignId=campaign, contacts={"ids": [known, member]})
    await mutate(api, "updateCampaign", "campaign { id }", id=of_list, listIds=[vip], status="SCHEDULED")
    await mutate(api, "updateCampaign", "campaign { id }", id=of_list, status="DRAFT")
    await mutate(api, "deleteCampaign", "deletedId", id=of_list)

    [new] = await contacts(api, "id", phones=["+254712000003"])
    bulk = ("BULK", None)
    assert await kinds(socket, api) == [("UPDATED", known), ("CREATED", new["id"]), bulk, ("UPDATED", member), bulk]


async def test_rows_that_come_into_a_campaign_are_one_event(served: Served, socket: Socket) -> None:
    api = served.api
    await api.make_contact(PHONE)
    campaign = await make_campaign(api, "Spring")
    await subscribe(socket, {"anyTags": ["vip"]})

    rows = [{"contact": phone} for phone in (PHONE, PHONE, "+254712000003", "x")]
    await mutate(api, "addCampaignContacts", "campaign { id }", campaignId=campaign, contacts=rows)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 2, "occurredAt": iso(MONDAY)}
    assert await told(socket) == bulk


@pytest.mark.parametrize("is_opted_out", [True, False])
async def test_many_numbers_that_are_opted_out_or_in_are_one_event_for_those_that_change(
    served: Served, socket: Socket, is_opted_out: bool
) -> None:
    api = served.api
    phones = [f"+2547120000{place:02}" for place in range(12)]
    for phone in phones[2:]:
        await api.make_contact(phone)
    cause = Cause(source=Source.API, reason=None, user_id=None, token_id=None, at=MONDAY)
    if is_opted_out:
        await opt_out.opt_out(account_id=api.account_id, phones=phones[:5], cause=cause)
    else:
        await opt_out.opt_out(account_id=api.account_id, phones=phones[5:], cause=cause)
    await subscribe(socket)

    change = opt_out.opt_out if is_opted_out else opt_out.opt_in
    await change(account_id=api.account_id, phones=phones, cause=cause)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 7, "occurredAt": iso(MONDAY)}
    assert await told(socket) == bulk


async def test_a_list_that_is_deleted_is_one_event(served: Served, socket: Socket) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    for phone in (PHONE, "+254712000002"):
        await api.make_contact(phone, listIds=[list_id])
    await subscribe(socket)

    await run(api, f"deleteContactList(input: {{id: $id}}) {ERRORS}", id=list_id)

    change = await told(socket)
    assert (change["kind"], change["count"]) == ("BULK", 2)


async def test_a_job_is_one_event_once_it_ends(database_url: str) -> None:
    async with serving(database_url, jobs=1) as served, served.socket() as socket:
        await subscribe(socket)
        sheet = b"phone,name\n" + b"".join(b"+25471200%04d,Zuri\n" % number for number in range(30))
        await upload(served, sheet)

        change = await told(socket)
        nothing_else = await kinds(socket, served.api)

    assert (change["kind"], change["contactId"], change["count"]) == ("BULK", None, 30)
    assert nothing_else == []


async def test_another_account_is_told_nothing(served: Served, socket: Socket) -> None:
    stranger = await Api.of_new_account(name="Elsewhere")
    await subscribe(socket)

    id = await stranger.make_contact(PHONE)
    await stranger.run(CHANGE, input={"contact": {"id": id}, "tags": ["vip"]})
    await stranger.run(
        'mutation { bulkCreateContacts(input: {contacts: [{phone: "1"}, {phone: "2"}]}) { errors { code } } }'
    )

    assert await kinds(socket, served.api) == []


async def test_a_filter_with_another_accounts_ids_matches_nothing(served: Served, socket: Socket) -> None:
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
async def test_a_filter_that_can_not_be_read_is_refused(served: Served, filter: Any, code: str) -> None:
    async with served.events(CHANGED, {"filter": filter}) as events:
        [(name, payload), last] = await events.rest()

    assert (name, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in payload["errors"]] == [code]
    assert interest._own == {}


async def test_server_sent_events_tell_the_same(served: Served) -> None:
    async with served.events(CHANGED, {"filter": {"anyTags": ["vip"]}}) as events:
        for _ in range(500):
            await asyncio.sleep(0.01)
            if feed._accounts.get(served.api.account_id, contact_feed._Account()).listening:
                break
        id = await served.api.make_contact(PHONE, tags=["vip"])
        name, payload = await events.receive()

    assert (name, payload["data"]["contactChanged"]["kind"]) == ("next", "CREATED")
    assert payload["data"]["contactChanged"]["contact"] == {"id": id, "phone": PHONE, "tags": ["vip"]}


async def test_changes_of_another_process_are_told(served: Served, socket: Socket) -> None:
    """It learns of the subscription, looks at the filter itself, and its changes come over."""
    id = await served.api.make_contact(PHONE, tags=["vip"])
    await subscribe(socket, {"anyTags": ["vip"]})
    script = """
import asyncio, sys
from datetime import UTC, datetime
from uuid import UUID
from models import database
from services import tagging
from services.authentication import settings_of
from services.contact_interest import interest
from services.contact_selection import Chosen

async def work():
    await database.connect(sys.argv[1])
    settings = await settings_of(UUID(sys.argv[2]))
    now = datetime.fromisoformat(sys.argv[4])
    await interest.refresh(now=now)
    await tagging.tag(chosen=Chosen(settings=settings, ids=[UUID(sys.argv[3])]), remove=["vip"], now=now)
    await database.disconnect()

asyncio.run(work())
"""
    arguments = (served.database_url, str(served.api.account_id), str(uuid_of(id)), MONDAY.isoformat())
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
    change = await told(socket)

    assert await process.wait() == 0
    assert (change["kind"], change["contactId"]) == ("LEFT", id)


async def test_what_is_rolled_back_is_not_told(served: Served, socket: Socket) -> None:
    id = await served.api.make_contact(PHONE)
    await subscribe(socket)

    with suppress(RuntimeError):
        async with database.transaction():
            await served.api.run(CHANGE, input={"contact": {"id": id}, "tags": ["vip"]})
            raise RuntimeError

    assert await kinds(socket, served.api) == []


async def test_what_a_slow_client_leaves_waiting_becomes_one_event(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_feed, "MAX_WAITING", 3)
    settings = served.api.caller.settings
    listening = await feed.listen(Criteria(), settings=settings, now=MONDAY)

    ids = [await served.api.make_contact(f"+25471200000{number}") for number in range(5)]
    await feed._read(served.api.account_id)
    received = [await anext(listening) for _ in range(3)]
    await listening.aclose()

    assert [(change.kind, change.count) for change in received] == [("BULK", 3), ("CREATED", 1), ("CREATED", 1)]
    assert [change.contact_id for change in received] == [None, *map(uuid_of, ids[3:])]


async def test_where_nobody_listens_no_statement_is_run_for_it(served: Served) -> None:
    api = served.api
    id = await api.make_contact(PHONE)

    with counted_statements() as statements:
        await api.run(CHANGE, input={"contact": {"id": id}, "tags": ["vip"]})
        await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])

    assert [sql for sql in statements if "INTO contact_change" in sql or "CASE WHEN" in sql or "pg_notify" in sql] == []


async def test_a_subscription_that_has_ended_costs_nothing_any_more(served: Served) -> None:
    async with served.socket() as socket:
        await subscribe(socket)
        assert interest.wanted(served.api.account_id)
    for _ in range(200):
        await asyncio.sleep(0.02)
        if not interest.wanted(served.api.account_id):
            break

    rows = await database.fetch("SELECT id FROM contact_subscription WHERE account_id = $1", served.api.account_id)
    assert (list(rows), interest.wanted(served.api.account_id), feed._accounts) == ([], {}, {})


async def test_a_process_that_died_is_forgotten_after_a_minute(served: Served) -> None:
    account_id = served.api.account_id
    one = await interest.begin(Criteria(), settings=served.api.caller.settings, now=MONDAY)
    interest._own.pop(one.id)  # as if it had been another process's

    await interest.refresh(now=MONDAY + contact_interest._LASTS / 2)
    still = dict(interest.wanted(account_id))
    await interest.refresh(now=MONDAY + contact_interest._LASTS)

    assert (len(still), interest.wanted(account_id)) == (1, {})


async def test_an_account_has_so_many_filters_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_interest, "MAX_FILTERS", 1)

    async with served.socket() as socket:
        await subscribe(socket, {"anyTags": ["a"]})
        await subscribe(socket, {"anyTags": ["a"]}, key="2")
        await socket.subscribe(CHANGED, {"filter": {"anyTags": ["b"]}}, key="3")
        refused = await socket.receive()

    assert refused["id"] == "3"
    assert [error["extensions"]["code"] for error in refused["payload"]["errors"]] == ["BAD_USER_INPUT"]


async def upload(served: Served, content: bytes) -> None:
    mutation = "mutation ($file: Upload!) { importContacts(input: {file: $file, waitSeconds: 0}) { errors { code } } }"
    async with served.client() as client:
        response = await client.post(
            "/graphql",
            data={
                "operations": f'{{"query": "{mutation}", "variables": {{"file": null}}}}',
                "map": '{"0": ["variables.file"]}',
            },
            files={"0": ("people.csv", content, "text/csv")},
            headers={"GraphQL-Preflight": "1"},
        )
    assert response.json() == {"data": {"importContacts": {"errors": []}}}


async def test_a_mutation_over_http_is_told_as_well(served: Served, socket: Socket) -> None:
    await subscribe(socket)

    async with served.client() as client:
        query = f'mutation {{ createContact(input: {{contact: {{phone: "{PHONE}"}}}}) {{ contact {{ id }} }} }}'
        response = await client.post("/graphql", json={"query": query})
        id = response.json()["data"]["createContact"]["contact"]["id"]
        await client.post(
            "/graphql", json={"query": CHANGE, "variables": {"input": {"contact": {"id": id}, "firstName": "Zuri"}}}
        )
    changes = [await told(socket), await told(socket)]

    assert [(change["kind"], change["contactId"]) for change in changes] == [("CREATED", id), ("UPDATED", id)]
