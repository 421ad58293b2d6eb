"""Every mutation and every job records what it changes, each object once for each transaction."""

import pytest

from services.campaigns import audience
from services.contacts import selection, trash
from tests.support.api_client import DAY, HOUR, Api
from tests.support.change_watch import ChangeWatch
from tests.support.day_of_changes import day_of_changes
from tests.support.imports import import_content, run_jobs
from tests.support.mutations import mutate
from tests.support.random_changes import ACTS, Writer

FILE = (
    "phone,first_name,lists,owner_email,assignee_email,opted_out\n"
    "0712 345 678,A,Farmers,bob@example.com,ada@example.com,\n"
    "0712 000 021,B,New;Farmers,bob@example.com,bob@example.com,\n"
    "0712 000 022,C,,,,yes\n"
    "0712 000 022,D,,,,yes\n"
    "x,E,,,,\n"
)


@pytest.mark.plain_postgres
async def test_each_job_records_what_it_changes(
    api: Api, change_watch: ChangeWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each bulk change is a job, because even one contact is too many to change at once."""
    changes = sorted(await day_of_changes(api), key=lambda change: change[0] != "cancelJob")
    monkeypatch.setattr(selection, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(audience, "MOST_AT_ONCE", 0)
    later = api.later(HOUR)

    await change_watch.forget()
    await mutate(later, changes[0][0], "", **changes[0][1])  # its job has no task
    for options in ({"ifExists": "SKIP", "addExistingToList": True}, {"ifExists": "UPDATE"}):
        lists = await mutate(later, "createContactList", "contactList { id }", name=f"L {options['ifExists']}")
        given = {"listId": lists["contactList"]["id"], "createLists": True, **options}
        assert (await import_content(later, FILE, **given))["status"] == "COMPLETED"
        await change_watch.check(options)
        assert change_watch.count > 1
    for name, given in changes:
        if name == "importContacts":
            continue
        later = later.later(HOUR)
        await mutate(later, name, "", **given)
        await run_jobs(later)
        await change_watch.check((name, given))
    await trash.purge_expired(now=later.now + 100 * DAY)
    await change_watch.check("purge of the trash")
    assert change_watch.count > 0


@pytest.mark.plain_postgres
async def test_what_random_writers_change_is_recorded(api: Api, change_watch: ChangeWatch) -> None:
    writer = Writer(api, 7, await Writer.known_objects(api))
    await change_watch.forget()
    for act in (*ACTS, *ACTS):
        await writer.act(act)
        await change_watch.check(act)
