"""If a worker freezes in the middle of a batch, another worker takes its job, and its locks block no one."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from models.db import database
from services.imports import enqueue as import_enqueue
from services.jobs import leases_sql as leases, queue as jobs
from services.jobs.leases_sql import LEASE
from services.jobs.queue import ENDED
from services.jobs.worker import Work, Worker
from tests.support.api_client import MONDAY, Api
from tests.support.mutations import mutate
from tests.support.rows import uuid_of
from tests.support.servers.timeouts import TIMEOUT
from tests.support.snapshot import stored_counts, true_counts

ROOT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)
ROWS = 30_000
REPEATED_EACH = 7
BOUND = 45.0
"""Seconds until others get what a frozen worker had: its lease, PostgreSQL's timeouts, and some for a slow machine."""

Process = subprocess.Popen[bytes]
Freeze = Callable[[Process, Any, UUID, UUID], Awaitable[None]]
LIST = "WHERE account_id = $1 AND id = $2"


def sheet() -> str:
    """New contacts, some of them twice, which are row errors."""
    lines = ["Phone,Name,Tags,Notes"]
    notes = "n" * 1_000
    for row in range(ROWS):
        number = row - 1 if row % REPEATED_EACH == 1 else row
        lines.append(f"07120{number:05},P{row},vip,{notes}")
    return "\n".join(lines)


@contextmanager
def worker(url: str) -> Iterator[Process]:
    process = subprocess.Popen(
        [sys.executable, "-m", "muster", "work", "--jobs", "1"],
        cwd=ROOT,
        env={**os.environ, "MUSTER_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def until_there(condition: str) -> None:
    """Returns once a session of the database is in a state, on any node of a cluster."""
    sessions = "citus_stat_activity" if database.is_distributed() else "pg_stat_activity"
    sql = f"SELECT 1 FROM {sessions} WHERE datname = current_database() AND {condition}"
    async with asyncio.timeout(TIMEOUT):
        while not await database.fetch(sql):  # noqa: ASYNC110  # another process has no event
            await asyncio.sleep(0.002)


async def between_statements(process: Process, watch: Any, account_id: UUID, list_id: UUID) -> None:
    """The worker has made contacts, and got the lock of the list while it was frozen."""
    async with watch.transaction():
        await watch.execute(f"SELECT 1 FROM contact_list {LIST} FOR UPDATE", account_id, list_id)
        await until_there("wait_event_type = 'Lock' AND query LIKE '%contact_list%'")
        process.send_signal(signal.SIGSTOP)
    await until_there("state = 'idle in transaction'")


async def in_copy(process: Process, watch: Any, account_id: UUID, list_id: UUID) -> None:
    """PostgreSQL waits for rows that do not come. A COPY takes milliseconds, so a busy machine needs several tries."""
    copying = "query LIKE 'COPY%' AND state = 'active'"
    async with asyncio.timeout(TIMEOUT):
        while True:
            await until_there(copying)
            process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.1)
            waiting = f"SELECT 1 FROM pg_stat_activity WHERE {copying} AND wait_event = 'ClientRead'"
            if await database.fetch(waiting):
                return
            process.send_signal(signal.SIGCONT)


async def started(api: Api, directory: Path, list_id: str, content: str) -> UUID:
    """The id of an import's job."""
    file = directory / "people.csv"
    file.write_text(content)
    return await import_enqueue.start(
        file,
        file_name=file.name,
        settings=api.caller.settings,
        user_id=api.caller.user_id,
        list_id=uuid_of(list_id),
        now=datetime.now(UTC),
    )


async def state(api: Api, job_id: UUID) -> dict[str, Any]:
    row = await database.fetch_one("SELECT * FROM job WHERE account_id = $1 AND id = $2", api.account_id, job_id)
    assert row is not None
    return {name: row[name] for name in row.keys()}  # noqa: SIM118  # a row is not a dict


async def ended(api: Api, job_id: UUID) -> dict[str, Any]:
    async with asyncio.timeout(2 * BOUND):
        while (job := await state(api, job_id))["status"] not in ENDED:  # noqa: ASYNC110  # another process ends it
            await asyncio.sleep(0.1)
    return job


async def write_the_same_rows(api: Api, list_id: str) -> None:
    """A contact of the frozen batch, the count of its list, and that of its tag."""
    contact = {"phone": "0712000002", "listIds": [list_id], "tags": ["vip"]}
    async with asyncio.timeout(BOUND):
        payload = await mutate(api, "createContact", "outcome", contact=contact, ifExists="UPDATE")
    assert payload["errors"] == []


async def errors(api: Api, job_id: UUID) -> int:
    sql = "SELECT count(*) FROM job_row_error WHERE account_id = $1 AND job_id = $2"
    return int((await database.fetch(sql, api.account_id, job_id))[0][0])


@pytest.mark.parametrize("freeze", [between_statements, in_copy])
async def test_another_worker_ends_what_a_frozen_one_began(
    database_kind: str, database_url: str, tmp_path: Path, freeze: Freeze
) -> None:
    if database_kind == "sqlite":
        pytest.skip("on SQLite other writers wait for the lock and report it")
    await database.connect(database_url)
    watch = await asyncpg.connect(database_url)
    try:
        api = await Api.of_new_account()
        list_id = await api.make_list("Clients")
        job_id = await started(api, tmp_path, list_id, sheet())
        with worker(database_url) as first:
            await freeze(first, watch, api.account_id, uuid_of(list_id))
            frozen = await state(api, job_id)
            with worker(database_url):
                await write_the_same_rows(api, list_id)
                job = await ended(api, job_id)
            counts = await stored_counts(api)
            first.send_signal(signal.SIGCONT)
            next_job = await ended(api, await started(api, tmp_path, list_id, "Phone\n0733000000\n"))

        repeated = len(range(1, ROWS, REPEATED_EACH))
        assert (frozen["status"], frozen["done_row_count"] < ROWS) == ("RUNNING", True)
        assert (job["status"], job["done_row_count"]) == ("COMPLETED", ROWS)
        assert (job["summary"]["rejected"], await errors(api, job_id)) == (repeated, repeated)
        assert counts == ({"Clients": ROWS - repeated}, {"vip": ROWS - repeated}, {})
        assert next_job["status"] == "COMPLETED"
        assert await state(api, job_id) == job
        assert await stored_counts(api) == await true_counts(api) == ({"Clients": ROWS - repeated + 1}, *counts[1:])
    finally:
        await watch.close()
        await database.disconnect()


async def test_the_locks_of_a_lost_worker_are_free_as_soon_as_its_lease_is_over(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("on SQLite other writers wait for the lock and report it")
    key = (api.account_id, uuid_of(await api.make_list("Clients")))
    await jobs.create(account_id=api.account_id, kind=jobs.JobKind.UPDATE, task="count", input={}, now=MONDAY)
    row = await leases.claim(now=MONDAY)
    assert row is not None
    lost, is_locked = Work(row, lambda: MONDAY), asyncio.Event()

    async def lock_and_hang() -> dict[str, Any]:
        await database.execute(f"UPDATE contact_list SET name = 'Lost' {LIST}", *key)
        is_locked.set()
        await asyncio.Event().wait()
        return {}

    async def without_jobs_of_its_own(now: datetime) -> None:
        await Worker({}, clock=lambda: now, size=0).run_all()

    async def is_free() -> bool:
        return len(await database.fetch(f"SELECT 1 FROM contact_list {LIST} FOR UPDATE SKIP LOCKED", *key)) == 1

    hanging = asyncio.create_task(lost.step(lock_and_hang))
    await is_locked.wait()
    await without_jobs_of_its_own(MONDAY + LEASE - SECOND)
    early = await is_free()
    await without_jobs_of_its_own(MONDAY + LEASE)
    async with asyncio.timeout(TIMEOUT):
        while not await is_free():  # noqa: ASYNC110  # PostgreSQL frees it without an event
            await asyncio.sleep(0.01)
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)

    assert not early
    assert await leases.claim(now=MONDAY + LEASE) is not None
