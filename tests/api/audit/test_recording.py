"""Every mutation that writes something writes one row of the audit log, and so does the end of every job."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from models.db import database
from services.contacts import selection, trash
from services.requests import idempotency
from services.requests.idempotency import Answer
from services.webhooks import disabling
from services.webhooks.disabling import DisabledReason
from tests.support.api_client import DAY, HOUR, MONDAY, Api, iso
from tests.support.audit_events import events_of
from tests.support.change_watch import ChangeWatch
from tests.support.day_of_changes import LEFT_OUT, day_of_changes
from tests.support.imports import enqueue_import, run_jobs
from tests.support.mutations import mutate
from tests.support.operations import root_fields
from tests.support.rows import uuid_of
from tests.support.snapshot import stored_rows
from tests.support.webhook_endpoints import make_endpoint

ID_OR_ENUM = re.compile(r"[a-z]{3}_[0-9a-z]{26}|[A-Z_]+|[A-Z]{2}")
SECOND = timedelta(seconds=1)
ACTIONS = {
    "createContact": {"CREATE", "UPDATE"},
    "bulkCreateContacts": {"CREATE", "UPDATE"},
    "updateContact": {"UPDATE"},
    "importContacts": {"IMPORT"},
    "optOut": {"OPT_OUT"},
    "optOutNumbers": {"OPT_OUT"},
    "optIn": {"OPT_IN"},
    "verifyContact": {"VERIFY"},
    "assignContacts": {"ASSIGN"},
    "tagContacts": {"TAG"},
    "trashContacts": {"TRASH"},
    "restoreContacts": {"RESTORE"},
    "purgeContacts": {"PURGE"},
    "exportContacts": {"EXPORT"},
    "cancelJob": {"CANCEL_JOB"},
    "createContactList": {"CREATE"},
    "updateContactList": {"UPDATE"},
    "deleteContactList": {"DELETE"},
    "addContactsToList": {"ADD_TO_LIST"},
    "removeContactsFromList": {"REMOVE_FROM_LIST"},
    "createCampaign": {"CREATE"},
    "updateCampaign": {"UPDATE"},
    "deleteCampaign": {"DELETE"},
    "addCampaignContacts": {"ADD_TO_CAMPAIGN"},
    "removeCampaignContacts": {"REMOVE_FROM_CAMPAIGN"},
    "applyCampaignReview": {"APPLY_REVIEW"},
    "recordMessages": {"RECORD_MESSAGES"},
    "updateAccount": {"CHANGE_ACCOUNT"},
    "setOperatorPrefix": {"CHANGE_PREFIX"},
    "deleteOperatorPrefix": {"CHANGE_PREFIX"},
    "createUser": {"CREATE_USER"},
    "updateUser": {"CHANGE_USER"},
    "createToken": {"CREATE_TOKEN"},
    "revokeToken": {"REVOKE_TOKEN"},
    "createWebhookEndpoint": {"CHANGE_WEBHOOK"},
    "updateWebhookEndpoint": {"CHANGE_WEBHOOK"},
    "deleteWebhookEndpoint": {"CHANGE_WEBHOOK"},
    "rotateWebhookSecret": {"CHANGE_WEBHOOK"},
    "testWebhookEndpoint": {"CHANGE_WEBHOOK"},
    "redeliverWebhookEvents": {"CHANGE_WEBHOOK"},
}
"""The actions of each mutation of the day of changes."""
COMMON = {"contact", "contacts", "file", "phone", "name"}
NO_DATA = {"audit_event", "campaign_review", "campaign_review_part", "rate_limit"}
"""The tables whose rows are no data of the account for the audit log."""


def texts(value: Any) -> Iterator[str]:
    """Yields the texts of a client in a value, but for ids, enum values and single letters."""
    if isinstance(value, str):
        if len(value) > 1 and not ID_OR_ENUM.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


async def call(api: Api, name: str, given: dict[str, Any]) -> list[Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    text = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code message path }} }} }}"
    errors: list[Any] = (await api.run(text, input=given))[name]["errors"]
    return errors


@pytest.mark.plain_postgres  # a cluster has no triggers, which would watch the changes
async def test_each_mutation_that_wrote_something_is_one_row_and_no_other_is_any(
    api: Api, change_watch: ChangeWatch
) -> None:
    """The change log has what it wrote, too."""
    changes = await day_of_changes(api)
    made = await mutate(api, "createToken", "token { id }", name="Short-lived", scopes=["ADMIN"])
    changes.append(("revokeToken", {"id": made["token"]["id"]}))
    personal = {text for _, given in changes for text in texts(given)} - COMMON
    later, names = api.later(HOUR), dict[str, set[str]]()
    before = await stored_rows(api)
    await change_watch.forget()

    for name, given in changes:
        for _ in range(2):  # the second call often writes nothing
            later = later.later(SECOND)
            errors = await call(later, name, given)
            await change_watch.check((name, given))
            after = await stored_rows(api)
            found = [row for row in after["audit_event"] if row not in before["audit_event"]]
            is_written = any(after[table] != before[table] for table in after.keys() - NO_DATA)
            assert (name, len(found), bool(errors) and is_written) == (name, int(is_written), False)
            for row in found:
                names.setdefault(name, set()).add(row["action"])
                assert (row["user_id"], row["token_id"]) == (api.caller.user_id, api.caller.token_id)
                assert (row["request_id"], row["ip_address"], row["occurred_at"]) == ("test", "192.0.2.7", later.now)
                assert not re.search(r"\d{5}", row["summary"])
                assert not [text for text in personal if re.search(rf"\b{re.escape(text)}\b", row["summary"])]
            before = after
        if name == "importContacts":
            await run_jobs(later)
            await change_watch.check("import")
            before = await stored_rows(api)

    assert names == ACTIONS
    assert names.keys() | {"validateCampaignContacts", *LEFT_OUT} == set(root_fields("Mutation"))


async def test_a_job_is_a_row_of_its_mutation_and_one_of_its_end(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    payload = await enqueue_import(api.later(SECOND), "Phone\n0712000001\n0712000002\nx\n", listId=farmers)
    await run_jobs(api.later(HOUR))
    afterwards = api.later(2 * HOUR)
    export = await mutate(afterwards, "exportContacts", "job { id }", waitSeconds=0)
    await mutate(afterwards, "cancelJob", "job { id }", id=export["job"]["id"])

    found = await events_of(api)
    cancelled, begun_export, ended, begun = found["nodes"][:4]
    assert [event["action"] for event in found["nodes"]] == ["CANCEL_JOB", "EXPORT", "IMPORT", "IMPORT", "CREATE"]
    of_import = {"subjectId": farmers, "job": {"id": payload["job"]["id"]}, "requestId": "test"}
    assert begun == begun | of_import | {"count": 0, "summary": "Began an import.", "user": {"id": api.user_id}}
    assert ended == ended | {name: begun[name] for name in begun.keys() & {*of_import, "user", "token", "ipAddress"}}
    assert (ended["count"], ended["occurredAt"]) == (2, iso(api.later(HOUR).now))
    assert ended["summary"] == (
        "The job is COMPLETED: rows 3, added to list 2, created 2, imported 2, rejected 1, skipped 1, total 3, valid 2."
    )
    assert begun_export["summary"] == "Began an export by filter (no conditions)."
    assert cancelled == cancelled | {"subjectId": export["job"]["id"], "job": export["job"], "count": 0}
    of_job = await events_of(api, filter={"jobId": payload["job"]["id"]})
    assert (of_job["totalCount"], of_job["nodes"]) == (2, [ended, begun])


async def test_a_dry_run_and_a_bulk_job_tell_their_counts(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "MOST_AT_ONCE", 1)
    await enqueue_import(api, "Phone\n0712000001\n", dryRun=True)
    await run_jobs(api)
    for number in (1, 2):
        await api.make_contact(f"071200000{number}", tags=["a"])
    filter = {"anyTags": ["a"], "not": {"search": "zuri", "createdAt": {"before": iso(MONDAY)}}}
    later = api.later(HOUR)
    await mutate(later, "tagContacts", "job { id }", contacts={"matching": {"filter": filter}}, add=["b"])
    await run_jobs(later.later(HOUR))

    found = (await events_of(api))["nodes"]
    told = [(event["action"], event["count"], event["summary"]) for event in found]
    assert told[:2] == [
        ("TAG", 2, "The job is COMPLETED: rows 2."),
        ("TAG", 0, "Began a job for 2 contacts, chosen by filter (anyTags, createdAt, search)."),
    ]
    assert ("IMPORT", 0, "Began a dry run of an import.") in told
    [ended] = [
        summary for action, count, summary in told if (action, count) == ("IMPORT", 0) and "dry run is" in summary
    ]
    assert ended.startswith("The dry run is COMPLETED: rows 1,")


async def test_what_the_server_does_itself_has_no_token(api: Api) -> None:
    contact = await api.make_contact("0712000001")
    endpoint, _ = await make_endpoint(api, None, "LIST_CREATED")
    await mutate(api, "trashContacts", "count", contacts={"ids": [contact]})
    now = api.now + 100 * DAY

    await trash.purge_expired(now=now)
    await disabling.disable_by_server(api.account_id, uuid_of(endpoint), DisabledReason.GONE, now=now)

    events = (await events_of(api))["nodes"][:2]
    assert [(event["action"], event["subjectId"], event["count"]) for event in events] == [
        ("CHANGE_WEBHOOK", endpoint, 1),
        ("PURGE", None, 1),
    ]
    for event in events:
        assert [event[name] for name in ("user", "token", "requestId", "ipAddress", "job")] == [None] * 5


async def test_an_answer_that_is_replayed_and_a_change_that_is_rolled_back_are_no_rows(api: Api) -> None:
    async def answer() -> Answer:
        await api.make_list("Farmers")
        await mutate(api, "createContactList", "contactList { id }", name="Farmers")  # its name is taken
        await api.make_contact("0712000001")
        return Answer(200, b"{}")

    for _ in range(2):
        await idempotency.run_once(
            account_id=api.account_id, owner_id=api.account_id, key="a", request_hash="x", run=answer, now=MONDAY
        )
    with suppress(ZeroDivisionError):
        async with database.transaction():
            await api.make_list("Others")
            raise ZeroDivisionError

    events = (await events_of(api))["nodes"]
    assert sorted(event["summary"] for event in events) == ["Created a contact list.", "Created a contact."]
