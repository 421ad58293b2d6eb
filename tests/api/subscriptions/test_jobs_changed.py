"""jobsChanged sends the account's jobs when they are created, go on and end."""

import asyncio
from typing import Any

import pytest

from services.accounts.authentication import Scope
from services.campaigns import audience
from services.jobs import queue
from services.jobs.queue import JobKind
from tests.support.api_client import MONDAY, Api, counted_statements
from tests.support.job_progress import new_token, waiting_job, write_progress
from tests.support.live_changes import CAMPAIGN, JOBS, next_object, run_in_another_process, subscribe
from tests.support.mutations import mutate
from tests.support.rows import make_campaign, uuid_of
from tests.support.servers.running_server import RunningServer, Socket, running_server


async def test_jobs_are_sent_from_their_creation_to_their_end(served: RunningServer, socket: Socket) -> None:
    api, stranger = served.api, await Api.of_new_account(name="Elsewhere")
    before = await waiting_job(api)
    await subscribe(socket, JOBS, key="all")
    await subscribe(socket, JOBS, key="exports", kinds=["EXPORT"])

    async with served.events(JOBS) as events:
        await subscribe(socket, JOBS, key="no kind", kinds=[])
        await waiting_job(stranger)
        id = await waiting_job(api)
        sent, as_events = [await next_object(socket)], [await events.receive()]
        await write_progress(api, id, status="RUNNING", done_row_count=5)
        sent, as_events = [*sent, await next_object(socket)], [*as_events, await events.receive()]
        await mutate(api, "cancelJob", "job { id }", id=id)
        sent, as_events = [*sent, await next_object(socket)], [*as_events, await events.receive()]
    await mutate(api, "cancelJob", "job { id }", id=before)
    sent.append(await next_object(socket))
    await queue.create(account_id=api.account_id, kind=JobKind.EXPORT, task="none", input={}, now=MONDAY)
    exports = dict([await next_object(socket), await next_object(socket)])

    states = [("QUEUED", 0), ("RUNNING", 5), ("CANCELLED", 5)]
    jobs = [{"id": id, "kind": "UPDATE", "status": status, "doneRowCount": done} for status, done in states]
    cancelled = {"id": before, "kind": "UPDATE", "status": "CANCELLED", "doneRowCount": 0}
    assert sent == [("all", job) for job in [*jobs, cancelled]]
    assert as_events == [("next", {"data": {"jobsChanged": job}}) for job in jobs]
    assert exports["all"]["kind"] == "EXPORT"
    assert exports["exports"] == exports["all"]


async def test_a_worker_sends_its_job_and_the_campaign_that_it_changes(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "MOST_AT_ONCE", 1)
    async with running_server(database_url, jobs=1) as served, served.socket() as socket:
        api = served.api
        list_id = await api.make_list("VIP")
        for number in range(3):
            await api.make_contact(f"+25471200000{number}", listIds=[list_id])
        id = await make_campaign(api, "Spring")
        await mutate(api, "updateCampaign", "campaign { id }", id=id, listIds=[list_id])
        await subscribe(socket, JOBS, key="jobs")
        await subscribe(socket, CAMPAIGN, key="campaign", id=id)

        await mutate(api, "updateCampaign", "campaign { id }", id=id, status="SCHEDULED")
        last: dict[str, Any] = {"jobs": {"status": "", "doneRowCount": 0}, "campaign": {"contactCount": 0}}
        while last["jobs"]["status"] != "COMPLETED" or last["campaign"]["contactCount"] != 3:
            key, value = await next_object(socket)
            last[key] = value

    assert last["jobs"]["doneRowCount"] == 3
    assert last["campaign"] | {"lists": None} == {
        "id": id,
        "name": "Spring",
        "status": "SCHEDULED",
        "contactCount": 3,
        "lists": None,
        "segments": [],
    }


async def test_of_many_steps_only_the_latest_state_is_sent_and_seldom(served: RunningServer, socket: Socket) -> None:
    id = await waiting_job(served.api)
    await subscribe(socket, JOBS)

    started = asyncio.get_running_loop().time()
    for done in range(1, 21):
        await write_progress(served.api, id, status="RUNNING", done_row_count=done)
    received = [(await next_object(socket))[1]["doneRowCount"]]
    while received[-1] < 20:
        received.append((await next_object(socket))[1]["doneRowCount"])
    seconds = asyncio.get_running_loop().time() - started

    assert len(received) <= seconds / 0.25 + 1


async def test_the_job_of_another_process_is_sent(served: RunningServer, socket: Socket) -> None:
    """A worker's process has no copy of the subscriptions."""
    id = await waiting_job(served.api)
    await subscribe(socket, JOBS)

    work = "await queue.cancel(account_id=account_id, job_id=ids[0], now=now)"
    await run_in_another_process(served, uuid_of(id), imports="from services.jobs import queue", work=work)

    _, job = await next_object(socket)
    assert (job["id"], job["status"]) == (id, "CANCELLED")


async def test_without_the_scope_it_is_refused_and_without_subscribers_it_costs_one_lookup(
    served: RunningServer,
) -> None:
    secret = await new_token(served, [Scope.CAMPAIGNS_READ])
    async with served.events(JOBS, secret=secret) as events:
        [(_, payload), _] = await events.rest()

    with counted_statements() as statements:
        id = await waiting_job(served.api)
        await write_progress(served.api, id, done_row_count=1)

    assert [error["extensions"]["code"] for error in payload["errors"]] == ["FORBIDDEN"]
    about_subscribers = [sql for sql in statements if "subscription" in sql]
    assert len(about_subscribers) == 1
    assert "AND EXISTS" in about_subscribers[0]
