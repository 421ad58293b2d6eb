"""Workers and senders that look for work at once never claim the same. A cluster's notes of work lead to all of it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.db import application, database
from services import account_queue, purge_log
from services.account_queue import Queue
from services.events import outbox
from services.jobs import leases_sql as leases, queue as jobs
from services.jobs.leases_sql import Lease
from tests.support.api_client import MONDAY, TUESDAY, Api
from tests.support.webhooks import record_events

WORKERS = 8
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["as it is", "with notes"])
def notes(request: pytest.FixtureRequest, db: None) -> None:
    """Runs the test a second time with the notes of a cluster, which work on a database on one node, too."""
    if request.param == "with notes":
        if not database.is_postgres():
            pytest.skip("only PostgreSQL can be a cluster")
        application.current().is_distributed = True


async def create_job(api: Api) -> UUID:
    return await database.transactional(jobs.create)(
        account_id=api.account_id, kind=jobs.JobKind.UPDATE, task="count", input={}, now=TUESDAY
    )


async def count_notes(queue: Queue) -> int:
    [row] = await database.fetch("SELECT count(*) FROM account_queue WHERE queue = $1", queue.value)
    return int(row[0])


async def test_each_job_is_claimed_by_one_of_eight_workers(api: Api, stranger: Api, notes: None) -> None:
    made = [await create_job(each) for each in (api, stranger) for _ in range(8)]
    claimed: list[Any] = []

    async def work() -> None:
        while (job := await leases.claim(now=MONDAY)) is not None:
            claimed.append(job)
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    while (job := await leases.claim(now=MONDAY)) is not None:  # a worker stops early if others have its candidates
        claimed.append(job)

    assert sorted(job["id"] for job in claimed) == sorted(made)
    abandoned = await leases.claim(now=MONDAY + leases.LEASE)
    assert abandoned is not None
    assert abandoned["id"] in made


async def test_notes_are_gone_when_the_work_is_done_and_come_back_for_a_retry(api: Api, notes: None) -> None:
    await create_job(api)
    job = await leases.claim(now=MONDAY)
    assert job is not None
    lease = Lease(api.account_id, job["id"], job["lease_id"])

    await leases.release(lease, now=MONDAY, retry_at=MONDAY + 5 * SECOND)
    early, again = await leases.claim(now=MONDAY), await leases.claim(now=MONDAY + 5 * SECOND)
    assert early is None
    assert again is not None
    lease = Lease(api.account_id, again["id"], again["lease_id"])
    await leases.end(lease, kind="UPDATE", status=jobs.JobStatus.COMPLETED, error=None, now=MONDAY + 6 * SECOND)
    assert await leases.claim(now=TUESDAY) is None

    assert await count_notes(Queue.JOBS) == 0


async def test_events_and_purges_are_claimed_once_and_again_after_their_pause(api: Api, notes: None) -> None:
    await record_events(api, count=20)
    claims = await asyncio.gather(*(outbox.claim(now=MONDAY, limit=5) for _ in range(WORKERS)))
    first = [event for events in claims for event in events]
    first += await outbox.claim(now=MONDAY, limit=20)
    await outbox.mark_attempts(delivered=first[1:], failed=first[:1], now=MONDAY)
    second = await outbox.claim(now=MONDAY + 5 * SECOND, limit=20)
    async with database.transaction():
        await purge_log.note(api.account_id, now=MONDAY)
    purges = await asyncio.gather(*(purge_log.claim(now=MONDAY) for _ in range(WORKERS)))

    assert len({event.id for event in first}) == len(first) == 20
    assert [event.id for event in second] == [first[0].id]
    assert sum(purge is not None for purge in purges) == 1
    assert await purge_log.claim(now=MONDAY + purge_log.LEASE) is not None


async def test_lost_notes_are_made_again(api: Api, notes: None) -> None:
    await create_job(api)
    await database.execute("DELETE FROM account_queue")
    await account_queue.refill()

    assert await leases.claim(now=MONDAY) is not None
