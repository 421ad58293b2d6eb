"""Background jobs: read, cancelled, and run by workers that may die."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from models.db import database
from schema.ids import IdPrefix, encode
from services.jobs import leases_sql as leases, queue as jobs
from services.jobs.leases_sql import LEASE
from services.jobs.queue import JobKind
from services.jobs.worker import Work, Worker
from services.refusal import Code, refuse
from tests.support.api_client import HOUR, MONDAY, Api
from tests.support.mutations import mutate, refusal
from tests.support.rows import make_job, uuid_of

SECOND = timedelta(seconds=1)
JOB = "id kind status doneRowCount rowCount progress error { code message path } startedAt finishedAt"


async def make(api: Api, task: str = "count", **input: Any) -> str:
    """Creates a queued job and returns its id."""
    job_id = await jobs.create(account_id=api.account_id, kind=JobKind.UPDATE, task=task, input=input, now=MONDAY)
    return encode(IdPrefix.JOB, job_id)


async def shown(api: Api, id: str, selected: str = "status doneRowCount") -> Any:
    return (await api.run(f"query ($id: ID!) {{ job(id: $id) {{ {selected} }} }}", id=id))["job"]


async def work(tasks: Mapping[str, Callable[[Work], Awaitable[None]]], now: datetime = MONDAY) -> None:
    """Runs all jobs that are due at an instant."""
    await Worker(tasks, clock=lambda: now).run_all()


async def rename_account(work: Work, name: str) -> Mapping[str, Any]:
    await database.execute("UPDATE account SET name = $2 WHERE id = $1", work.account_id, name)
    return {"done_row_count": work.done_row_count + 1, "checkpoint": {"name": name}}


async def account_name(api: Api) -> str:
    return str((await api.run("{ viewer { account { name } } }"))["viewer"]["account"]["name"])


async def test_a_job_is_done_in_steps_and_ends_completed(api: Api) -> None:
    id = await make(api, to=["A", "B"])

    async def count(work: Work) -> None:
        for name in work.input["to"]:
            await work.step(lambda name=name: rename_account(work, name))  # type: ignore[misc]

    await work({"count": count}, MONDAY + HOUR)

    at = (MONDAY + HOUR).isoformat().replace("+00:00", "Z")
    assert await shown(api, id, JOB) == {
        "id": id,
        "kind": "UPDATE",
        "status": "COMPLETED",
        "doneRowCount": 2,
        "rowCount": None,
        "progress": None,
        "error": None,
        "startedAt": at,
        "finishedAt": at,
    }
    assert await account_name(api) == "B"


async def test_a_refusal_ends_the_job_as_failed_with_its_reason(api: Api) -> None:
    id = await make(api)

    async def fail(work: Work) -> None:
        raise refuse(Code.FILE_UNREADABLE, "The file has no column of phones.", "input", "file")

    await work({"count": fail})

    assert await shown(api, id, "status error { code message path }") == {
        "status": "FAILED",
        "error": {"code": "FILE_UNREADABLE", "message": "The file has no column of phones.", "path": ["input", "file"]},
    }


async def test_a_job_whose_worker_died_is_taken_up_where_it_stopped(api: Api) -> None:
    id = await make(api)
    taken = await leases.claim(now=MONDAY)
    assert taken is not None
    dead = Work(taken, lambda: MONDAY)
    await dead.step(lambda: rename_account(dead, "Half"))
    seen: list[Any] = []

    async def go_on(work: Work) -> None:
        seen.append((work.checkpoint, work.done_row_count))

    await work({"count": go_on}, MONDAY + LEASE - SECOND)
    before = list(seen)
    await work({"count": go_on}, MONDAY + LEASE)

    assert (before, seen) == ([], [({"name": "Half"}, 1)])
    assert await shown(api, id) == {"status": "COMPLETED", "doneRowCount": 1}


async def test_how_long_a_job_takes_is_told_by_the_speed_of_the_worker_that_has_it_now(api: Api) -> None:
    """Excludes the progress of earlier workers and the time without a worker."""
    id = await make(api)
    asked = "rowsPerSecond secondsLeft"

    async def rows(work: Work, count: int) -> None:
        async def write() -> Mapping[str, Any]:
            return {"row_count": 1_000, "done_row_count": work.done_row_count + count}

        await work.step(write)

    async def taken_up(now: datetime) -> Work:
        taken = await leases.claim(now=now)
        assert taken is not None
        return Work(taken, lambda: now)

    await rows(await taken_up(MONDAY), 600)
    first = await shown(api.later(10 * SECOND), id, asked)
    second_worker = await taken_up(MONDAY + HOUR)
    not_yet = await shown(api.later(HOUR + SECOND), id, asked)
    await rows(second_worker, 100)
    again = await shown(api.later(HOUR + 5 * SECOND), id, asked)
    await rows(second_worker, 300)
    await leases.end(
        second_worker.lease, kind="UPDATE", status=jobs.JobStatus.COMPLETED, error=None, now=MONDAY + HOUR + 8 * SECOND
    )
    ended = await shown(api.later(2 * HOUR), id, asked)

    assert first == {"rowsPerSecond": 60, "secondsLeft": 400 / 60}
    assert not_yet == {"rowsPerSecond": 0, "secondsLeft": None}
    assert again == {"rowsPerSecond": 20, "secondsLeft": 15}
    assert ended == {"rowsPerSecond": 50, "secondsLeft": None}


async def test_a_worker_whose_lease_is_over_writes_nothing(api: Api) -> None:
    id = await make(api)
    taken = await leases.claim(now=MONDAY)
    assert taken is not None
    slow = Work(taken, lambda: MONDAY)
    name = await account_name(api)
    assert await leases.claim(now=MONDAY + LEASE) is not None

    lost = False
    try:
        await slow.step(lambda: rename_account(slow, "Twice"))
    except leases.LeaseLost:
        lost = True

    assert lost
    assert await account_name(api) == name
    assert await shown(api, id) == {"status": "RUNNING", "doneRowCount": 0}


async def test_a_cancelled_job_writes_no_further_batch(api: Api) -> None:
    id = await make(api)

    async def cancelled_half_way(work: Work) -> None:
        await work.step(lambda: rename_account(work, "First"))
        payload = await mutate(api, "cancelJob", "job { status doneRowCount }", id=id)
        assert payload == {"job": {"status": "CANCELLED", "doneRowCount": 1}, "errors": []}
        await work.step(lambda: rename_account(work, "Second"))

    await work({"count": cancelled_half_way})

    assert await account_name(api) == "First"
    assert await shown(api, id) == {"status": "CANCELLED", "doneRowCount": 1}


async def test_cancelling_is_safe_to_repeat_but_not_for_what_has_ended(api: Api) -> None:
    id, ended = await make(api), await make_job(api)

    await mutate(api, "cancelJob", "job { status }", id=id)
    again = await mutate(api.later(HOUR), "cancelJob", "job { status finishedAt }", id=id)
    late = await mutate(api, "cancelJob", "job { status }", id=ended)

    at = MONDAY.isoformat().replace("+00:00", "Z")
    assert again == {"job": {"status": "CANCELLED", "finishedAt": at}, "errors": []}
    assert late == {
        "job": None,
        "errors": [refusal("WRONG_STATE", "The job has already ended with status COMPLETED.", "id")],
    }


async def test_what_goes_wrong_unexpectedly_is_tried_again_some_times_and_told_without_its_text(api: Api) -> None:
    id = await make(api)
    tries = 0

    async def fail(work: Work) -> None:
        nonlocal tries
        tries += 1
        raise RuntimeError("+254712345678")

    for minute in range(10):
        await work({"count": fail}, MONDAY + timedelta(minutes=minute))

    found = await shown(api, id, "status error { code message }")
    assert tries == 5
    assert (found["status"], found["error"]["code"]) == ("FAILED", "SERVER_ERROR")
    assert "254" not in found["error"]["message"]


async def test_a_failure_that_passes_costs_the_job_nothing(api: Api) -> None:
    id = await make(api)
    tries = 0

    async def fail_once(work: Work) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionError
        await work.step(lambda: rename_account(work, "Done"))

    await work({"count": fail_once}, MONDAY)
    await work({"count": fail_once}, MONDAY + timedelta(minutes=1))

    assert await shown(api, id) == {"status": "COMPLETED", "doneRowCount": 1}


async def test_an_account_with_much_to_do_does_not_keep_another_waiting(api: Api, stranger: Api) -> None:
    for _ in range(3):
        await make(api)
    theirs = await make(stranger)

    first, second = await leases.claim(now=MONDAY), await leases.claim(now=MONDAY)

    assert first is not None
    assert second is not None
    assert (first["account_id"], second["account_id"]) == (api.account_id, stranger.account_id)
    assert second["id"] == uuid_of(theirs)


async def test_one_job_is_claimed_at_a_time_however_postgresql_plans_it(api: Api) -> None:
    await make(api)
    await database.execute("DELETE FROM job")
    if database.is_postgres():
        await database.execute("ANALYZE job")  # from now on the planner estimates an empty table
    ids = [uuid_of(await make(api)) for _ in range(3)]

    claimed = []
    while (job := await leases.claim(now=MONDAY)) is not None:
        claimed.append(job["id"])

    assert claimed == ids


async def test_a_job_leaves_word_when_it_has_ended(api: Api) -> None:
    id = await make(api)

    async def nothing(work: Work) -> None:
        return None

    await work({"count": nothing})

    events = await database.fetch("SELECT kind, payload FROM event WHERE account_id = $1", api.account_id)
    assert [(row["kind"], row["payload"]) for row in events] == [
        ("job.finished", {"jobId": str(uuid_of(id)), "kind": "UPDATE", "status": "COMPLETED"})
    ]


async def test_jobs_are_listed_newest_first_and_by_kind_and_status(api: Api) -> None:
    old = await make_job(api, created_at=MONDAY - HOUR)
    new = await make_job(api, created_at=MONDAY + HOUR, kind="EXPORT", status="FAILED")
    text = (
        "query ($kinds: [JobKind!], $statuses: [JobStatus!]) "
        "{ jobs(kinds: $kinds, statuses: $statuses) { totalCount nodes { id } } }"
    )

    everything = await api.run(text)
    exports = await api.run(text, kinds=["EXPORT", "TRASH"])
    completed = await api.run(text, statuses=["COMPLETED"])
    none = await api.run(text, kinds=[])

    assert [node["id"] for node in everything["jobs"]["nodes"]] == [new, old]
    assert exports["jobs"] == {"totalCount": 1, "nodes": [{"id": new}]}
    assert completed["jobs"] == {"totalCount": 1, "nodes": [{"id": old}]}
    assert none["jobs"] == {"totalCount": 0, "nodes": []}
