"""A bulk change of many contacts runs as a job, with the same result, and survives a crash."""

from datetime import timedelta
from typing import Any

import pytest

from models.db import database
from services.accounts.authentication import Role
from services.contacts import bulk_jobs, selection as contact_selection
from services.contacts.bulk_changes import TASKS as CHANGES
from services.job_tasks import TASKS
from services.jobs import files as job_files
from services.jobs.worker import Work, Worker
from tests.support.api_client import DAY, HOUR, Api
from tests.support.mutations import list_counts, mutate, refusal, tag_counts, trash
from tests.support.rows import insert_contacts, make_campaign
from tests.support.snapshot import stored_counts, stored_rows, true_counts

MANY = 25
EVERYBODY = {"matching": {"filter": {}, "expectedCount": MANY}}
JOB = "job { kind status rowCount doneRowCount }"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lowers the limits: 25 contacts are too many for one request, take three batches, and have four pieces of ids."""
    monkeypatch.setattr(contact_selection, "MOST_AT_ONCE", 20)
    monkeypatch.setattr(bulk_jobs, "_BATCH", 10)
    monkeypatch.setattr(bulk_jobs, "_IDS_PER_PIECE", 7)
    monkeypatch.setattr(job_files, "PIECE_BYTES", 7 * 16)


def numbers(count: int = MANY) -> list[str]:
    return [f"+2547000000{number:02}" for number in range(count)]


async def make_many(api: Api) -> list[str]:
    return await insert_contacts(api, [{"phone": phone} for phone in numbers()])


async def work(api: Api) -> Any:
    """Runs the jobs and returns the newest one."""
    await Worker(TASKS, clock=lambda: api.now + HOUR).run_all()
    asked = "kind status rowCount doneRowCount error { code message } rowErrors { nodes { line code value } }"
    return (await api.run(f"{{ jobs(first: 1) {{ nodes {{ {asked} }} }} }}"))["jobs"]["nodes"][0]


def queued(kind: str, count: int = MANY) -> dict[str, Any]:
    return {"kind": kind, "status": "QUEUED", "rowCount": count, "doneRowCount": 0}


def done(kind: str, count: int = MANY, errors: Any = ()) -> dict[str, Any]:
    return {
        "kind": kind,
        "status": "COMPLETED",
        "rowCount": count,
        "doneRowCount": count,
        "error": None,
        "rowErrors": {"nodes": list(errors)},
    }


async def counts_are_true(api: Api) -> bool:
    return await stored_counts(api) == await true_counts(api)


async def total(api: Api, **filter: Any) -> int:
    found = await api.run("query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }", filter=filter)
    return int(found["contacts"]["totalCount"])


async def test_as_many_as_go_at_once_are_changed_at_once(api: Api) -> None:
    await insert_contacts(api, [{"phone": phone} for phone in numbers(20)])

    payload = await mutate(
        api, "tagContacts", f"count {JOB}", contacts={"matching": {"filter": {"search": "+2547"}}}, add=["a"]
    )

    assert payload == {"count": 20, "job": None, "errors": []}


async def test_many_are_tagged_by_a_job(api: Api) -> None:
    await make_many(api)

    payload = await mutate(api, "tagContacts", f"count contactIds {JOB}", contacts=EVERYBODY, add=["a", "b"])
    before = await tag_counts(api)
    job = await work(api)

    assert payload == {"count": None, "contactIds": [], "job": queued("UPDATE"), "errors": []}
    assert (before, job) == ({}, done("UPDATE"))
    assert await tag_counts(api) == {"a": MANY, "b": MANY}
    assert await counts_are_true(api)


async def test_many_are_assigned_but_for_those_that_are_protected(api: Api) -> None:
    api = api.with_settings(contact_protection_hours=24)
    await mutate(api, "updateAccount", "account { id }", contactProtectionHours=24)
    ids = await make_many(api)
    bob, _ = await api.make_user("Bob")
    eve, _ = await api.make_user("Eve")
    await mutate(api, "assignContacts", "count", contacts={"ids": [ids[12]]}, ownerId=eve)

    payload = await mutate(
        api, "assignContacts", f"count conflictCount conflicts {{ error {{ code }} }} {JOB}",
        contacts=EVERYBODY, ownerId=bob, addAssigneeIds=[eve],
    )  # fmt: skip
    job = await work(api)

    told: dict[str, Any] = {"count": None, "conflictCount": 0, "conflicts": [], "job": queued("UPDATE"), "errors": []}
    assert payload == told
    assert job == done("UPDATE", errors=[{"line": 13, "code": "CONTACT_PROTECTED", "value": numbers()[12]}])
    assert await total(api, ownerIds=[bob], assigneeIds=[eve]) == MANY - 1
    assert await total(api, ownerIds=[eve]) == 1


async def test_an_owner_who_is_not_there_is_told_at_once(api: Api, stranger: Api) -> None:
    await make_many(api)
    theirs, _ = await stranger.make_user("Mallory")
    before = await stored_rows(api)

    payload = await mutate(api, "assignContacts", f"count {JOB}", contacts=EVERYBODY, ownerId=theirs)

    told = refusal("NOT_FOUND", "There is no such active user.", "ownerId")
    assert payload == {"count": None, "job": None, "errors": [told]}
    assert await stored_rows(api) == before


async def test_many_go_to_the_trash_come_back_and_go_for_good(api: Api) -> None:
    await make_many(api)
    clients = await api.make_list("Clients")
    on_list = await mutate(api, "addContactsToList", f"added {JOB}", listId=clients, contacts=EVERYBODY)
    listed = await work(api)
    counts = [await list_counts(api)]

    trashed = await mutate(api.later(HOUR / 2), "trashContacts", f"count {JOB}", contacts=EVERYBODY)
    was_trashed = await work(api)
    counts.append(await list_counts(api))
    restored = await mutate(api.later(HOUR), "restoreContacts", f"count {JOB}", contacts=EVERYBODY)
    was_restored = await work(api.later(HOUR))
    counts.append(await list_counts(api))
    purged = await mutate(
        api.later(2 * HOUR), "purgeContacts", f"count {JOB}", contacts=EVERYBODY, fromAnywhere=True, optOut=True
    )
    was_purged = await work(api.later(2 * HOUR))
    counts.append(await list_counts(api))

    assert on_list == {"added": None, "job": queued("UPDATE"), "errors": []}
    assert trashed == {"count": None, "job": queued("TRASH"), "errors": []}
    assert restored == {"count": None, "job": queued("RESTORE"), "errors": []}
    assert purged == {"count": None, "job": queued("PURGE"), "errors": []}
    jobs = [listed, was_trashed, was_restored, was_purged]
    assert jobs == [done(kind) for kind in ("UPDATE", "TRASH", "RESTORE", "PURGE")]
    assert [one["Clients"] for one in counts] == [MANY, 0, MANY, 0]
    assert await counts_are_true(api)
    opted_out = await api.run("{ optOuts(isOptedOut: true) { totalCount nodes { source } } contacts { totalCount } }")
    assert opted_out["optOuts"]["totalCount"] == MANY
    assert {one["source"] for one in opted_out["optOuts"]["nodes"]} == {"PURGE"}
    assert opted_out["contacts"]["totalCount"] == 0


async def test_of_several_in_the_trash_with_one_number_the_one_trashed_last_comes_back(api: Api) -> None:
    await make_many(api)
    again = {}
    for day in range(3):
        later = api.later(day * DAY)
        again[day] = await later.make_contact("0733 123 456", firstName=f"Day {day}")
        await trash(later, [again[day]])
    await mutate(api, "trashContacts", "job { id }", contacts=EVERYBODY)
    await work(api)

    later = api.later(4 * DAY)
    contacts = {"matching": {"filter": {}, "expectedCount": MANY + 3}}
    payload = await mutate(later, "restoreContacts", f"count {JOB}", contacts=contacts)
    job = await work(later)

    assert payload["job"] == queued("RESTORE", MANY + 3)
    phone = "+254733123456"
    conflicts = [{"line": line, "code": "DUPLICATE_PHONE", "value": phone} for line in (2, MANY + 3)]
    assert job == done("RESTORE", MANY + 3, conflicts)
    found = await later.run('{ contact(by: {phone: "+254733123456"}) { id } }')
    assert found == {"contact": {"id": again[2]}}


async def test_many_leave_a_list_and_a_campaign(api: Api) -> None:
    await make_many(api)
    clients, spring = await api.make_list("Clients"), await make_campaign(api, "Spring")
    await mutate(api, "addContactsToList", "job { id }", listId=clients, contacts=EVERYBODY)
    await work(api)
    added = await mutate(
        api, "addCampaignContacts", "summary { created }", campaignId=spring,
        contacts=[{"contact": phone} for phone in numbers()],
    )  # fmt: skip

    off = await mutate(api.later(HOUR), "removeContactsFromList", f"removed {JOB}", listId=clients, contacts=EVERYBODY)
    was_off = await work(api.later(HOUR))
    out = await mutate(
        api.later(2 * HOUR), "removeCampaignContacts", f"count {JOB}", campaignId=spring, contacts=EVERYBODY
    )
    was_out = await work(api.later(2 * HOUR))

    assert added["summary"] == {"created": MANY}
    assert off == {"removed": None, "job": queued("UPDATE"), "errors": []}
    assert out == {"count": None, "job": queued("UPDATE"), "errors": []}
    assert [was_off, was_out] == [done("UPDATE")] * 2
    found = await api.run("{ campaigns { nodes { contactCount } } contactLists { nodes { contactCount } } }")
    assert found == {
        "campaigns": {"nodes": [{"contactCount": 0}]},
        "contactLists": {"nodes": [{"contactCount": 0}]},
    }


async def test_what_the_change_is_about_has_to_be_there(api: Api, stranger: Api) -> None:
    await make_many(api)
    theirs, spring = await stranger.make_list("Theirs"), await make_campaign(stranger, "Theirs")
    before = await stored_rows(api)

    add = await mutate(api, "addContactsToList", f"added {JOB}", listId=theirs, contacts=EVERYBODY)
    remove = await mutate(api, "removeCampaignContacts", f"count {JOB}", campaignId=spring, contacts=EVERYBODY)

    no_list = refusal("NOT_FOUND", "There is no such list.", "listId")
    no_campaign = refusal("NOT_FOUND", "There is no such campaign.", "campaignId")
    assert add == {"added": None, "job": None, "errors": [no_list]}
    assert remove == {"count": None, "job": None, "errors": [no_campaign]}
    assert await stored_rows(api) == before


async def test_another_number_than_expected_starts_no_job(api: Api) -> None:
    await make_many(api)
    before = await stored_rows(api)

    contacts = {"matching": {"filter": {}, "expectedCount": MANY + 1}}
    payload = await mutate(api, "trashContacts", f"count {JOB}", contacts=contacts)

    told = refusal(
        "COUNT_CHANGED", "The number of matching contacts is 25, not 26.", "contacts", "matching", "expectedCount"
    )
    assert payload == {"count": None, "job": None, "errors": [told]}
    assert await stored_rows(api) == before


async def test_a_job_is_for_what_matched_when_it_was_asked_for(api: Api) -> None:
    await make_many(api)
    contacts = {"matching": {"filter": {"noTags": ["a"]}, "expectedCount": MANY}}
    await mutate(api, "tagContacts", JOB, contacts=contacts, add=["a"])
    await api.make_contact("0733 123 456")

    await work(api)

    assert await tag_counts(api) == {"a": MANY}
    assert await total(api, noTags=["a"]) == 1


async def test_a_list_that_is_deleted_meanwhile_ends_the_job_with_its_reason(api: Api) -> None:
    await make_many(api)
    clients = await api.make_list("Clients")
    await mutate(api, "addContactsToList", JOB, listId=clients, contacts=EVERYBODY)
    await mutate(api, "deleteContactList", "deletedId", id=clients)

    job = await work(api)

    assert (job["status"], job["error"]) == ("FAILED", {"code": "NOT_FOUND", "message": "There is no such list."})


async def test_an_agent_changes_nothing_by_a_filter(api: Api) -> None:
    await make_many(api)
    _, bob = await api.make_user("Bob", Role.AGENT)

    payload = await mutate(bob, "trashContacts", f"count {JOB}", contacts=EVERYBODY)

    assert (payload["job"], payload["errors"][0]["code"]) == (None, "FORBIDDEN")


async def test_a_job_that_dies_half_way_goes_on_where_it_stopped(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_many(api)
    await mutate(api, "tagContacts", JOB, contacts=EVERYBODY, add=["a"])
    batches = 0
    real = bulk_jobs._change

    async def dying(work: Work, ids: Any) -> Any:
        nonlocal batches
        batches += 1
        values = await real(work, ids)
        if batches == 2:
            raise ConnectionError  # after the batch's writes, before its COMMIT
        return values

    monkeypatch.setattr(bulk_jobs, "_change", dying)
    await Worker(TASKS, clock=lambda: api.now).run_all()
    half = await tag_counts(api)
    await Worker(TASKS, clock=lambda: api.now + timedelta(minutes=1)).run_all()

    assert (half, await tag_counts(api)) == ({"a": 10}, {"a": MANY})
    assert await counts_are_true(api)
    assert await database.fetch("SELECT 1 FROM job_file WHERE account_id = $1", api.account_id) == []


def test_every_bulk_change_is_known_to_the_workers() -> None:
    assert CHANGES.keys() <= TASKS.keys()
