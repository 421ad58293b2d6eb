"""A campaign's lists are sources: the campaign takes in their members when it leaves DRAFT."""

from collections.abc import Callable
from typing import Any

import pytest

from models.db import database
from services.campaigns import audience as campaign_audience
from services.job_tasks import TASKS
from services.jobs.worker import Work, Worker
from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, counted_statements
from tests.support.mutations import mutate, refusal, trash
from tests.support.rows import add_to_campaign, change, insert, insert_contacts, uuid_of
from tests.support.snapshot import stored_campaign_counts, stored_rows, true_campaign_counts

OPT_OUT = "mutation ($phone: PhoneNumber!) { optOut(input: {phone: $phone}) { errors { code } } }"


async def made(api: Api, *list_ids: str, **input: Any) -> str:
    """Creates a campaign with these lists and returns its id."""
    given = {"name": "Spring", "listIds": list(list_ids)} | input
    payload = await mutate(api, "createCampaign", "campaign { id }", **given)
    assert payload["errors"] == []
    return str(payload["campaign"]["id"])


async def schedule(api: Api, id: str, **changes: Any) -> Any:
    """Schedules the campaign, so that it leaves DRAFT, and returns the payload of updateCampaign."""
    asked = "campaign { status contactCount } job { id kind status rowCount createdBy { name } }"
    return await mutate(api, "updateCampaign", asked, id=id, **{"status": "SCHEDULED"} | changes)


def scheduled(count: int) -> dict[str, Any]:
    return {"campaign": {"status": "SCHEDULED", "contactCount": count}, "job": None, "errors": []}


async def phones(api: Api, id: str) -> list[str]:
    """Returns the distinct digits of the numbers of a campaign's contacts outside the trash, sorted."""
    ask = "query ($id: ID!) { campaign(id: $id) { contacts(first: 100) { nodes { contact { phone } } } } }"
    nodes = (await api.run(ask, id=id))["campaign"]["contacts"]["nodes"]
    assert await stored_campaign_counts(api) == await true_campaign_counts(api)
    return sorted(node["contact"]["phone"].removeprefix("+25471200000") for node in nodes)


async def test_members_that_are_live_and_not_opted_out_come_in_when_it_leaves_draft(api: Api) -> None:
    farmers, nairobi, others = [await api.make_list(name) for name in ("Farmers", "Nairobi", "Others")]
    ids = [
        await api.make_contact(f"071200000{number}", listIds=lists)
        for number, lists in enumerate(([farmers], [farmers, nairobi], [nairobi], [nairobi], [nairobi], [others]))
    ]
    await trash(api, [ids[2]])
    await api.run(OPT_OUT, phone="0712000003")
    id = await made(api, farmers, nairobi)
    before = await phones(api, id)

    payload = await schedule(api, id)

    assert before == []
    assert payload == scheduled(3)
    assert await phones(api, id) == ["0", "1", "4"]


async def test_a_place_from_a_list_is_as_empty_as_can_be_and_one_that_is_there_stays(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    ann, ben = [await api.make_contact(f"071200000{n}", name=f"N{n}", listIds=[farmers]) for n in (1, 2)]
    id = await made(api, farmers)
    await add_to_campaign(api, id, ann, name="Mama Ann", segment_id="a")
    await change("campaign", id, contact_count=1)
    await insert(
        "campaign_segment", account_id=api.account_id, campaign_id=uuid_of(id), segment_id="a", contact_count=1
    )

    await schedule(api.at(TUESDAY), id)

    ask = "contact { id } name context extractedData externalId assignee { id } segmentId"
    found = await api.run(f"query ($id: ID!) {{ campaign(id: $id) {{ contacts {{ nodes {{ {ask} }} }} }} }}", id=id)
    empty: dict[str, Any] = {"context": None, "extractedData": {}, "externalId": None, "assignee": None}
    assert found["campaign"]["contacts"]["nodes"] == [
        {"contact": {"id": ann}, "name": "Mama Ann", "segmentId": "a", **empty},
        {"contact": {"id": ben}, "name": None, "segmentId": None, **empty},
    ]
    assert await stored_campaign_counts(api) == await true_campaign_counts(api)


async def test_a_campaign_by_email_takes_those_who_have_an_address(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    await api.make_contact("0712000001", listIds=[farmers], email="ann@example.com")
    await api.make_contact("0712000002", listIds=[farmers])
    id = await made(api, farmers)

    payload = await schedule(api, id, channel="EMAIL")

    assert payload == scheduled(1)
    assert await phones(api, id) == ["1"]


async def test_colleagues_protected_contacts_stay_out(api: Api) -> None:
    _, bob = await api.make_user("Bob")
    eve_id, _ = await api.make_user("Eve")
    farmers = await api.make_list("Farmers")
    await bob.make_contact("0712000001", listIds=[farmers])
    await api.make_contact("0712000002", listIds=[farmers])
    await api.make_contact("0712000003", listIds=[farmers], ownerId=None)
    await api.make_contact("0712000004", listIds=[farmers], ownerId=eve_id)
    await change("account_user", eve_id, is_active=False)
    hours = {"contact_protection_hours": 24}
    first, second, third = [await made(api, farmers, name=name) for name in ("A", "B", "C")]

    await schedule(api.later(23 * HOUR).with_settings(**hours), first)
    await schedule(api.later(24 * HOUR).with_settings(**hours), second)
    await schedule(bob.with_settings(**hours), third)

    assert await phones(api, first) == ["2", "3", "4"]
    assert await phones(api, second) == ["1", "2", "3", "4"]
    assert await phones(api, third) == ["1", "3", "4"]


async def test_lists_that_are_given_as_it_leaves_draft_are_those_that_it_takes(api: Api) -> None:
    farmers, nairobi = await api.make_list("Farmers"), await api.make_list("Nairobi")
    await api.make_contact("0712000001", listIds=[farmers])
    await api.make_contact("0712000002", listIds=[nairobi])
    id = await made(api, farmers)

    payload = await schedule(api, id, listIds=[nairobi])

    assert payload == scheduled(1)
    assert await phones(api, id) == ["2"]


async def test_a_campaign_that_was_a_draft_again_takes_who_came_meanwhile(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    await api.make_contact("0712000001", listIds=[farmers])
    id = await made(api, farmers)
    await schedule(api, id)
    await api.make_contact("0712000002", listIds=[farmers])
    as_scheduled = await phones(api, id)

    await schedule(api, id, status="DRAFT")
    as_draft = await phones(api, id)
    await schedule(api, id)

    assert as_scheduled == as_draft == ["1"]
    assert await phones(api, id) == ["1", "2"]


async def test_a_move_that_is_refused_takes_nobody_in(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    await api.make_contact("0712000001", listIds=[farmers])
    id = await made(api, farmers)
    before = await stored_rows(api)

    payload = await schedule(api, id, status="COMPLETED")

    message = "A campaign that is DRAFT can change to SCHEDULED, not to COMPLETED."
    assert payload == {"campaign": None, "job": None, "errors": [refusal("WRONG_STATE", message, "status")]}
    assert await stored_rows(api) == before


async def test_two_members_take_as_many_statements_as_a_thousand(api: Api) -> None:
    counts = {}
    for size in (2, 1000):
        members = await api.make_list(f"Of {size}")
        await on_list(api, members, size, start=size)
        id = await made(api, members, name=f"Of {size}")

        with counted_statements() as statements:
            assert await schedule(api, id) == scheduled(size)
        counts[size] = len(statements)

    assert counts[2] == counts[1000] <= 16


async def on_list(api: Api, list_id: str, count: int, *, start: int = 0) -> list[str]:
    """Creates contacts on a list and returns their ids."""
    ids = await insert_contacts(api, [{"phone": f"+254712{number:06}"} for number in range(start, start + count)])
    rows = [{"contact_id": str(uuid_of(id))} for id in ids]
    await database.execute(
        "INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) "
        f"SELECT $1, $2, r.contact_id, $4 FROM {database.rows_of('$3', 'r', {'contact_id': 'uuid'})}",
        api.account_id,
        uuid_of(list_id),
        rows,
        MONDAY,
    )
    await change("contact_list", list_id, contact_count=count)
    return ids


# ------------------------------------------------------------------ many of them


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lowers the limits: more than four members need a job, with batches of three."""
    monkeypatch.setattr(campaign_audience, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(campaign_audience, "_BATCH", 3)


async def work() -> None:
    await Worker(TASKS, clock=lambda: TUESDAY).run_all()


async def interrupted_work(after: int, act: Callable[[], Any] | None = None) -> None:
    """Runs `after` batches, calls `act`, and continues."""
    done = 0

    async def take_in(job: Work) -> None:
        nonlocal done
        step = job.step

        async def counted(write: Any, **options: Any) -> None:
            nonlocal done
            await step(write, **options)
            done += 1
            if done == after and act is not None:
                await act()

        job.step = counted  # type: ignore[method-assign]
        await campaign_audience.run_members_job(job)

    await Worker({campaign_audience.TASK: take_in}, clock=lambda: TUESDAY).run_all()


async def job_of(api: Api) -> Any:
    found = await api.run("{ jobs { nodes { status doneRowCount rowCount progress error { code } } } }")
    return found["jobs"]["nodes"][0]


@pytest.mark.usefixtures("many")
async def test_many_members_come_in_by_a_job(api: Api) -> None:
    farmers, nairobi = await api.make_list("Farmers"), await api.make_list("Nairobi")
    for number in range(8):
        lists = [[farmers], [nairobi], [farmers, nairobi]][number % 3]
        await api.make_contact(f"071200000{number}", listIds=lists)
    await api.run(OPT_OUT, phone="0712000003")
    id = await made(api, farmers, nairobi)

    payload = await schedule(api, id)
    waiting = await phones(api, id)
    await work()

    job = payload["job"].pop("id")
    assert payload == scheduled(0) | {
        "job": {"kind": "UPDATE", "status": "QUEUED", "rowCount": 10, "createdBy": {"name": "Ada"}}
    }
    assert waiting == []
    assert await phones(api, id) == ["0", "1", "2", "4", "5", "6", "7"]
    done = {"status": "COMPLETED", "doneRowCount": 10, "rowCount": 10, "progress": 1.0, "error": None}
    assert await job_of(api) == done
    assert (await api.run("query ($id: ID!) { job(id: $id) { status } }", id=job))["job"] == {"status": "COMPLETED"}


@pytest.mark.usefixtures("many")
async def test_as_many_members_as_come_in_at_once_need_no_job(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    for number in range(4):
        await api.make_contact(f"071200000{number}", listIds=[farmers])
    id = await made(api, farmers)

    assert await schedule(api, id) == scheduled(4)


@pytest.mark.usefixtures("many")
async def test_the_job_keeps_off_what_is_protected_from_whoever_moved_the_campaign_on(api: Api) -> None:
    bob_id, _ = await api.make_user("Bob")
    farmers = await api.make_list("Farmers")
    for number in range(6):
        owner = {"ownerId": bob_id} if number < 2 else {}
        await api.at(TUESDAY).make_contact(f"071200000{number}", listIds=[farmers], **owner)
    id = await made(api, farmers)

    await schedule(api.with_settings(contact_protection_hours=1), id)
    await work()

    assert await phones(api, id) == ["2", "3", "4", "5"]


@pytest.mark.usefixtures("many")
async def test_a_job_that_was_interrupted_goes_on_where_it_was(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    await on_list(api, farmers, 8)
    id = await made(api, farmers)
    await schedule(api, id)
    seen: list[list[str]] = []

    async def fail() -> None:
        seen.append(await phones(api, id))
        raise RuntimeError("the worker has died")

    await interrupted_work(2, fail)
    await Worker(TASKS, clock=lambda: TUESDAY + HOUR).run_all()

    assert seen == [["0", "1", "2", "3", "4", "5"]]
    assert await phones(api, id) == ["0", "1", "2", "3", "4", "5", "6", "7"]
    assert (await job_of(api))["doneRowCount"] == 8


ENDINGS = {
    "it is a draft again": ("updateCampaign", "campaign { status }", {"status": "DRAFT"}),
    "it is deleted": ("deleteCampaign", "deletedId", {}),
}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_job_ends_early_where(api: Api, ending: str) -> None:
    name, selected, changes = ENDINGS[ending]
    farmers = await api.make_list("Farmers")
    await on_list(api, farmers, 8)
    id = await made(api, farmers)
    await schedule(api, id)

    async def end() -> None:
        assert (await mutate(api, name, selected, id=id, **changes))["errors"] == []

    await interrupted_work(1, end)

    assert await job_of(api) == {
        "status": "COMPLETED",
        "doneRowCount": 3,
        "rowCount": 8,
        "progress": 3 / 8,
        "error": None,
    }
    assert await stored_campaign_counts(api) == await true_campaign_counts(api)
