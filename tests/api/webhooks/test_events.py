"""Webhook endpoints get an event for each change, or one event for a bulk change."""

import asyncio
from typing import Any

import pytest

from models.db import database
from models.db.deadline import Deadline, ResultUnknown
from services.contacts import trash as contact_trash
from services.events.recording import EventKind
from services.webhooks import recording
from services.webhooks.events import Event, EventType
from tests.support.api_client import DAY, MONDAY, Api, counted_statements
from tests.support.imports import import_content
from tests.support.mutations import mutate, trash
from tests.support.rows import make_job
from tests.support.snapshot import stored_rows
from tests.support.webhook_endpoints import make_endpoint, told

PHONE = "+254712345678"


async def subjects(api: Api, endpoint: str) -> list[tuple[str, dict[str, Any]]]:
    """Returns the type and the stored facts of each event, oldest first, without user, token and ids of jobs."""
    rows = sorted((await stored_rows(api))["webhook_delivery"], key=lambda row: row["position"])
    return [
        (row["event_type"], {k: v for k, v in row["subject"].items() if k not in ("userId", "tokenId", "jobId")})
        for row in rows
    ]


async def test_a_change_of_one_contact_is_told_with_the_fields_that_changed(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, *EventType)
    farmers = await api.make_list("Farmers")
    contact = await api.make_contact(PHONE)
    by_id = {"contact": {"id": contact}}
    await mutate(api, "updateContact", "contact { id }", **by_id, firstName="Amina", tags=["a"])
    await mutate(api, "updateContact", "contact { id }", **by_id, listIds=[farmers], ownerId=None)
    await mutate(api, "updateContact", "contact { id }", **by_id, firstName="Amina")
    await mutate(api, "tagContacts", "count", contacts={"ids": [contact]}, add=["b"])
    await mutate(api, "assignContacts", "count", contacts={"ids": [contact]}, addAssigneeIds=[api.user_id])
    await mutate(api, "verifyContact", "outcome", **by_id)
    await mutate(api, "verifyContact", "outcome", **by_id, action="CONFIRM")
    await trash(api, [contact])
    await mutate(api, "restoreContacts", "count", contacts={"ids": [contact]})
    await mutate(api, "purgeContacts", "count", contacts={"ids": [contact]}, fromAnywhere=True)

    changes = [(kind, facts.get("changedFields")) for kind, facts in await subjects(api, endpoint)]
    assert changes == [
        ("LIST_CREATED", None),
        ("CONTACT_CREATED", None),
        ("CONTACT_UPDATED", ["firstName", "name", "tags"]),
        ("CONTACT_UPDATED", ["lists", "ownedAt", "owner"]),
        ("CONTACT_UPDATED", ["tags"]),
        ("CONTACT_UPDATED", ["assignees"]),
        ("CONTACT_VERIFICATION_REQUESTED", None),
        ("CONTACT_UPDATED", ["isVerified", "verifiedAt"]),
        ("CONTACT_TRASHED", None),
        ("CONTACT_RESTORED", None),
        ("CONTACT_PURGED", None),
    ]


async def test_a_change_of_several_contacts_is_told_once_and_consent_number_by_number(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, *EventType)
    rows = [{"phone": "0712000001"}, {"phone": "0712000002"}, {"phone": "0712000003"}]
    made = await mutate(api, "bulkCreateContacts", "results { contact { id } }", contacts=rows)
    ids = [row["contact"]["id"] for row in made["results"]]
    await mutate(api, "tagContacts", "count", contacts={"ids": ids[:2]}, add=["a"])
    await mutate(api, "purgeContacts", "count", contacts={"ids": ids[:2]}, fromAnywhere=True, optOut=True)
    await mutate(api, "optOut", "optOut { isOptedOut }", phone="0712000003")
    await mutate(api, "optIn", "optOut { isOptedOut }", phone="0712000003")

    bulk, consent = "CONTACTS_CHANGED_IN_BULK", "CONTACT_OPTED_OUT"
    assert await subjects(api, endpoint) == [
        (bulk, {"count": 3}),
        (bulk, {"count": 2}),
        (bulk, {"count": 2}),
        (consent, {}),
        (consent, {}),
        (consent, {}),
        ("CONTACT_OPTED_IN", {}),
    ]


async def test_a_job_is_told_once_with_its_count(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, *EventType)

    await import_content(api, f"Phone,opt_out\n{PHONE},yes\n0733 123 456,\n")

    assert await subjects(api, endpoint) == [("JOB_FINISHED", {}), ("CONTACTS_CHANGED_IN_BULK", {"count": 2})]
    rows = (await stored_rows(api))["webhook_delivery"]
    assert len({row["subject"]["jobId"] for row in rows}) == 1
    assert {row["subject"]["userId"] for row in rows} == {str(api.caller.user_id)}


async def test_lists_campaigns_messages_and_jobs_are_told(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, *EventType)
    farmers = await api.make_list("Farmers")
    await mutate(api, "updateContactList", "contactList { id }", id=farmers, name="Growers")
    await mutate(api, "deleteContactList", "deletedId", id=farmers)
    made = await mutate(api, "createCampaign", "campaign { id }", name="Spring")
    spring = made["campaign"]["id"]
    await mutate(api, "updateCampaign", "campaign { id }", id=spring, description="Seeds", status="SCHEDULED")
    added = [{"contact": "0712000001"}, {"contact": "0712000002"}]
    await mutate(api, "addCampaignContacts", "summary { total }", campaignId=spring, contacts=added)
    message = {"phone": "0712000001", "direction": "OUTBOUND", "externalId": "m", "campaignId": spring}
    for status in ("SENT", "DELIVERED", "DELIVERED"):
        await mutate(api, "recordMessages", "summary { total }", messages=[{**message, "status": status}])
    await mutate(api, "deleteCampaign", "deletedId", id=spring)
    await mutate(api, "cancelJob", "job { id }", id=await make_job(api, status="QUEUED"))

    assert await told(api, endpoint) == [
        "LIST_CREATED",
        "LIST_UPDATED",
        "LIST_DELETED",
        "CAMPAIGN_CREATED",
        "CAMPAIGN_UPDATED",
        "CAMPAIGN_STATUS_CHANGED",
        "CONTACTS_CHANGED_IN_BULK",
        "CAMPAIGN_CONTACTS_CHANGED",
        "MESSAGE_RECORDED",
        "MESSAGE_RECORDED",
        "CONTACTS_CHANGED_IN_BULK",
        "CAMPAIGN_DELETED",
        "JOB_FINISHED",
    ]


async def test_contacts_that_expire_in_the_trash_are_told_in_bulk(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, "CONTACTS_CHANGED_IN_BULK")
    await trash(api, [await api.make_contact(PHONE)])

    await contact_trash.purge_expired(now=MONDAY + 91 * DAY)

    assert await subjects(api, endpoint) == [("CONTACTS_CHANGED_IN_BULK", {"count": 1})]


async def test_an_event_is_written_only_where_an_active_endpoint_of_the_account_asks_for_it(
    api: Api, stranger: Api
) -> None:
    asking, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    off, _ = await make_endpoint(api, None, "CONTACT_CREATED")
    others, _ = await make_endpoint(api, None, "CONTACT_UPDATED")
    theirs, _ = await make_endpoint(stranger, None, "CONTACT_CREATED")
    await mutate(api, "updateWebhookEndpoint", "webhookEndpoint { id }", id=off, isActive=False)

    await api.make_contact(PHONE)

    assert [await told(api, one) for one in (asking, off, others)] == [["CONTACT_CREATED"], [], []]
    assert await told(stranger, theirs) == []


async def test_a_refused_or_rolled_back_change_tells_nothing(api: Api) -> None:
    endpoint, _ = await make_endpoint(api, None, *EventType)

    async def told_and_then_failed() -> None:
        async with database.transaction():
            await recording.record(api.account_id, [Event(type=EventType.WEBHOOK_TEST)], now=MONDAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await told_and_then_failed()
    with pytest.raises(RuntimeError, match="transaction"):
        await recording.record(api.account_id, [Event(type=EventType.WEBHOOK_TEST)], now=MONDAY)
    await mutate(api, "optOut", "optOut { isOptedOut }", phone="no number")

    assert await told(api, endpoint) == []


@pytest.mark.plain_postgres  # a cluster has no fast path
async def test_the_fast_path_of_a_contact_costs_no_further_statement(api: Api) -> None:
    await make_endpoint(api, None, "CONTACT_CREATED")

    with counted_statements() as statements:
        await api.make_contact(PHONE)

    inserts = [statement for statement in statements if "webhook_delivery" in statement]
    assert len(inserts) == 1
    assert len(statements) == (1 if database.is_postgres() else len(statements))


async def test_the_answer_waits_for_open_transactions_within_the_deadline(api: Api) -> None:
    """So the endpoint gets the events of all changes that commit after the answer, even of long transactions."""
    if not database.is_postgres():
        pytest.skip("SQLite has one writer")
    may_end, has_begun = asyncio.Event(), asyncio.Event()

    async def slow_change() -> None:
        async with database.transaction():
            await database.execute("UPDATE account SET name = name WHERE id = $1", stranger_id)
            has_begun.set()
            await may_end.wait()

    stranger_id = (await Api.of_new_account()).account_id
    changing = asyncio.create_task(slow_change())
    await has_begun.wait()
    with Deadline(0.3), pytest.raises(ResultUnknown):
        await make_endpoint(api, None, "CONTACT_TRASHED")
    creating = asyncio.create_task(make_endpoint(api, None, "CONTACT_CREATED"))
    await asyncio.sleep(0.3)
    is_waiting = not creating.done()
    may_end.set()
    await asyncio.gather(changing, creating)

    assert is_waiting
    endpoints = await api.run("{ webhookEndpoints { nodes { eventTypes } } }")
    assert len(endpoints["webhookEndpoints"]["nodes"]) == 2


async def test_the_operator_gets_the_further_types_that_the_setting_names(api: Api) -> None:
    recording.configure(["CONTACT_CREATED", "JOB_FINISHED"])
    await api.make_contact(PHONE)
    await mutate(api, "cancelJob", "job { id }", id=await make_job(api, status="QUEUED"))

    rows = (await stored_rows(api))["event"]
    assert [row["kind"] for row in rows] == ["contact.created", EventKind.JOB_FINISHED]
    assert set(rows[0]["payload"]) == {"contactId", "userId", "tokenId"}
