"""contactChanged publishes changes of contacts."""

import asyncio
from typing import Any

import pytest

from services.consent import register as consent_register
from services.consent.register import Cause, OptOutSource
from tests.support import messages
from tests.support.api_client import DAY, MONDAY, Api, iso
from tests.support.contact_changes import CHANGE, CONTACTS, ERRORS, PHONE, kinds, next_change, run, subscribe
from tests.support.mutations import contacts, mutate
from tests.support.rows import make_campaign
from tests.support.servers.running_server import RunningServer, Socket, running_server


async def test_each_change_of_a_contact_is_told(served: RunningServer, socket: Socket) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    await subscribe(socket)

    id = await api.make_contact(PHONE)
    created = await next_change(socket)
    await api.run(CHANGE, input={"contact": {"id": id}, "firstName": "Zuri"})
    await run(api, f'tagContacts(input: {{{CONTACTS}, add: ["new"]}}) {ERRORS}', ids=[id])
    await run(api, f"assignContacts(input: {{{CONTACTS}, ownerId: null}}) {ERRORS}", ids=[id])
    await run(api, f"addContactsToList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)
    await run(api, f"removeContactsFromList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)
    await run(api, f'optOut(input: {{phone: "{PHONE}"}}) {ERRORS}')
    await run(api, f'optIn(input: {{phone: "{PHONE}"}}) {ERRORS}')
    await run(api, f"verifyContact(input: {{contact: {{id: $id}}, action: CONFIRM}}) {ERRORS}", id=id)
    updated = [await next_change(socket) for _ in range(8)]
    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"restoreContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"trashContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    await run(api, f"purgeContacts(input: {{{CONTACTS}}}) {ERRORS}", ids=[id])
    rest = [await next_change(socket) for _ in range(4)]

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


async def test_what_changes_nothing_is_not_told(served: RunningServer, socket: Socket) -> None:
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


async def test_what_messages_change_of_a_contact_is_told(served: RunningServer, socket: Socket) -> None:
    api = served.api
    id = await api.make_contact(messages.PHONE)
    await subscribe(socket, {"isOptedOut": False})

    await record(api, messages.outbound(MONDAY))
    await record(api, messages.inbound(MONDAY))  # also verifies the contact
    await record(api, messages.inbound(MONDAY, "STOP", kind="CONVERSATION"))
    await record(api, messages.inbound(MONDAY + DAY, "START"))
    await record(api, messages.outbound(MONDAY - DAY))  # older than the last one
    await record(api, messages.inbound(MONDAY, phone="+254712000009"))  # from a number without a contact

    updated = ("UPDATED", id)
    assert await kinds(socket, api) == [updated, updated, ("LEFT", id), updated]


async def test_one_of_many_that_were_asked_for_is_told_to_those_that_it_leaves(
    served: RunningServer, socket: Socket
) -> None:
    api = served.api
    ids = [await api.make_contact(f"+2547120000{place:02}", tags=["vip"] if place == 5 else []) for place in range(11)]
    await subscribe(socket, {"anyTags": ["vip"]})

    await run(api, f'tagContacts(input: {{{CONTACTS}, remove: ["vip"]}}) {ERRORS}', ids=ids)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 1, "occurredAt": iso(MONDAY)}
    assert await next_change(socket) == bulk


async def test_with_a_filter_what_comes_into_it_stays_and_leaves_is_told(served: RunningServer, socket: Socket) -> None:
    api = served.api
    id, other = await api.make_contact(PHONE), await api.make_contact("+254712000002")
    await subscribe(socket, {"anyTags": ["vip"]})

    for tags in (["lead"], ["vip"], ["vip", "lead"], ["lead"], []):
        await api.run(CHANGE, input={"contact": {"id": id}, "tags": tags})
    await api.run(CHANGE, input={"contact": {"id": other}, "tags": ["other"]})

    assert await kinds(socket, api) == [("UPDATED", id), ("UPDATED", id), ("LEFT", id)]


async def test_a_contact_that_matched_before_anybody_subscribed_leaves_as_well(
    served: RunningServer, socket: Socket
) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    id = await api.make_contact(PHONE, listIds=[list_id])
    await subscribe(socket, {"listIds": [list_id]})

    await run(api, f"removeContactsFromList(input: {{{CONTACTS}, listId: $list}}) {ERRORS}", ids=[id], list=list_id)

    assert await next_change(socket) == {
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
    served: RunningServer, socket: Socket, filter: Any, expected: list[str]
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
        received.append((await next_change(socket))["kind"])

    assert received == expected
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):
            await socket.connection.recv()


async def test_many_at_once_are_one_event_whatever_the_filter(served: RunningServer, socket: Socket) -> None:
    api = served.api
    await subscribe(socket, {"anyTags": ["vip"]})

    await api.run(
        'mutation { bulkCreateContacts(input: {contacts: [{phone: "0712000001"}, {phone: "0712000002"}, {phone: "x"}]})'
        " { errors { code } } }"
    )

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 2, "occurredAt": iso(MONDAY)}
    assert await next_change(socket) == bulk


async def test_who_comes_into_a_campaign_and_leaves_it_is_told(served: RunningServer, socket: Socket) -> None:
    api = served.api
    vip = await api.make_list("VIP")
    known, member = await api.make_contact(PHONE), await api.make_contact("+254712000002", listIds=[vip])
    campaign, of_list = await make_campaign(api, "Spring"), await make_campaign(api, "Summer")
    await subscribe(socket, {"or": [{"campaignIds": [campaign, of_list]}, {"anyTags": ["last"]}]})

    async def add(phone: str, **options: Any) -> None:
        rows = [{"contact": phone, "context": "new"}]
        await mutate(api, "addCampaignContacts", "campaign { id }", campaignId=campaign, contacts=rows, **options)

    await add(PHONE)
    await add(PHONE)  # already in the campaign
    await add(PHONE, ifDuplicate="UPDATE")  # already in the campaign, and changes no field of the contact
    await add("+254712000003")
    await mutate(api, "removeCampaignContacts", "count", campaignId=campaign, contacts={"ids": [known, member]})
    await mutate(api, "updateCampaign", "campaign { id }", id=of_list, listIds=[vip], status="SCHEDULED")
    await mutate(api, "updateCampaign", "campaign { id }", id=of_list, status="DRAFT")
    await mutate(api, "deleteCampaign", "deletedId", id=of_list)

    [new] = await contacts(api, "id", phones=["+254712000003"])
    bulk = ("BULK", None)
    assert await kinds(socket, api) == [("UPDATED", known), ("CREATED", new["id"]), bulk, ("UPDATED", member), bulk]


async def test_rows_that_come_into_a_campaign_are_one_event(served: RunningServer, socket: Socket) -> None:
    api = served.api
    await api.make_contact(PHONE)
    campaign = await make_campaign(api, "Spring")
    await subscribe(socket, {"anyTags": ["vip"]})

    rows = [{"contact": phone} for phone in (PHONE, PHONE, "+254712000003", "x")]
    await mutate(api, "addCampaignContacts", "campaign { id }", campaignId=campaign, contacts=rows)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 2, "occurredAt": iso(MONDAY)}
    assert await next_change(socket) == bulk


@pytest.mark.parametrize("is_opted_out", [True, False])
async def test_many_numbers_that_are_opted_out_or_in_are_one_event_for_those_that_change(
    served: RunningServer, socket: Socket, is_opted_out: bool
) -> None:
    api = served.api
    phones = [f"+2547120000{place:02}" for place in range(12)]
    for phone in phones[2:]:
        await api.make_contact(phone)
    cause = Cause(source=OptOutSource.API, reason=None, user_id=None, token_id=None, at=MONDAY)
    if is_opted_out:
        await consent_register.opt_out(account_id=api.account_id, phones=phones[:5], cause=cause)
    else:
        await consent_register.opt_out(account_id=api.account_id, phones=phones[5:], cause=cause)
    await subscribe(socket)

    change = consent_register.opt_out if is_opted_out else consent_register.opt_in
    await change(account_id=api.account_id, phones=phones, cause=cause)

    bulk = {"kind": "BULK", "contactId": None, "contact": None, "count": 7, "occurredAt": iso(MONDAY)}
    assert await next_change(socket) == bulk


async def test_a_list_that_is_deleted_is_one_event(served: RunningServer, socket: Socket) -> None:
    api = served.api
    list_id = await api.make_list("VIP")
    for phone in (PHONE, "+254712000002"):
        await api.make_contact(phone, listIds=[list_id])
    await subscribe(socket)

    await run(api, f"deleteContactList(input: {{id: $id}}) {ERRORS}", id=list_id)

    change = await next_change(socket)
    assert (change["kind"], change["count"]) == ("BULK", 2)


async def upload(served: RunningServer, content: bytes) -> None:
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


async def test_a_job_is_one_event_once_it_ends(database_url: str) -> None:
    async with running_server(database_url, jobs=1) as served, served.socket() as socket:
        await subscribe(socket)
        sheet = b"phone,name\n" + b"".join(b"+25471200%04d,Zuri\n" % number for number in range(30))
        await upload(served, sheet)

        change = await next_change(socket)
        nothing_else = await kinds(socket, served.api)

    assert (change["kind"], change["contactId"], change["count"]) == ("BULK", None, 30)
    assert nothing_else == []
