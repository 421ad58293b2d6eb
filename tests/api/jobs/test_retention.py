"""Finished jobs are deleted after a while, with all that belongs to them; unfinished ones never are."""

import asyncio
import io
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db import database
from services.contacts import value_counts
from services.jobs import files as job_files, retention as job_retention
from services.jobs.files import FileRole
from services.jobs.retention import purge_finished
from tests.support.api_client import DAY, MONDAY, Api
from tests.support.imports import import_content
from tests.support.mutations import mutate
from tests.support.rows import insert, make_job, uuid_of

TABLES = ("job", "job_row_error", "job_file")
SHEET = "Phone,Name\n0712000001,Amina\n12,Brian\n"


@pytest.fixture(autouse=True)
async def no_earlier_rows(db: None) -> None:
    """Deletes the finished jobs and the unused tags of earlier tests, which a cluster still has."""
    await purge_finished(now=MONDAY + 10_000 * DAY)
    await value_counts.TAGS.purge_unused(now=MONDAY)


async def left(api: Api, table: str) -> list[str]:
    """Returns the jobs that still have rows in a table."""
    key = "id" if table == "job" else "job_id"
    rows = await database.fetch(f"SELECT DISTINCT {key} FROM {table} WHERE account_id = $1", api.account_id)
    return sorted(str(row[0]) for row in rows)


async def make_whole(api: Api, finished_at: datetime | None, *, errors: int = 3, bytes: int = 10) -> str:
    """The id of a job with row errors and files."""
    status = "QUEUED" if finished_at is None else "COMPLETED"
    id = await make_job(api, status=status, finished_at=finished_at, created_at=MONDAY - 100 * DAY)
    for line in range(errors):
        await insert(
            "job_row_error",
            account_id=api.account_id,
            job_id=uuid_of(id),
            line=line,
            position=0,
            code="INVALID",
            message="No.",
            is_rejected=True,
        )
    for role in FileRole:
        await job_files.keep(account_id=api.account_id, job_id=uuid_of(id), role=role, file=io.BytesIO(b"x" * bytes))
    return id


async def test_a_finished_job_is_deleted_after_thirty_days_with_its_errors_and_files(api: Api) -> None:
    id = (await import_content(api, SHEET))["id"]
    assert [await left(api, table) for table in TABLES] == [[str(uuid_of(id))]] * 3

    early = await purge_finished(now=MONDAY + 30 * DAY - timedelta(seconds=1))
    kept = await api.run("query ($id: ID!) { job(id: $id) { status columns { sample } } }", id=id)
    count = await purge_finished(now=MONDAY + 30 * DAY)

    assert (early, count) == (0, 1)
    assert kept["job"]["columns"][0]["sample"] == ["0712000001", "12"]
    assert [await left(api, table) for table in TABLES] == [[], [], []]
    assert await api.run("query ($id: ID!) { job(id: $id) { id } }", id=id) == {"job": None}
    contacts = await api.run("{ contacts { nodes { name } } }")
    assert contacts == {"contacts": {"nodes": [{"name": "Amina"}]}}


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED"])
async def test_it_does_not_matter_how_a_job_ended(api: Api, status: str) -> None:
    await make_job(api, status=status, finished_at=MONDAY)

    assert await purge_finished(now=MONDAY + 30 * DAY) == 1


async def test_an_unfinished_job_is_never_deleted(api: Api) -> None:
    ids = [
        await make_whole(api, None),
        await make_job(api, status="RUNNING", created_at=MONDAY - 1_000 * DAY, started_at=MONDAY - 1_000 * DAY),
    ]

    assert await purge_finished(now=MONDAY + 1_000 * DAY) == 0
    assert await left(api, "job") == sorted(str(uuid_of(id)) for id in ids)
    assert await left(api, "job_row_error") == [str(uuid_of(ids[0]))]


async def test_the_number_of_days_is_a_setting(api: Api) -> None:
    await make_job(api, finished_at=MONDAY)
    job_retention.configure(days=3)

    assert await purge_finished(now=MONDAY + 2 * DAY) == 0
    assert await purge_finished(now=MONDAY + 3 * DAY) == 1


async def test_several_processes_delete_in_batches_what_is_due_in_any_account(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_retention, "_JOBS_AT_ONCE", 4)
    rows = [(table, names, 2) for table, names, _ in job_retention._ROWS_AT_ONCE]
    monkeypatch.setattr(job_retention, "_ROWS_AT_ONCE", rows)
    for number in range(10):
        await make_whole(api if number % 2 else stranger, MONDAY - number * DAY)
    young = await make_whole(api, MONDAY + DAY)

    counts = await asyncio.gather(*(purge_finished(now=MONDAY + 30 * DAY) for _ in range(4)))
    rest = await purge_finished(now=MONDAY + 30 * DAY)

    assert sum(counts) + rest == 10
    assert [await left(api, table) for table in TABLES] == [[str(uuid_of(young))]] * 3
    assert [await left(stranger, table) for table in TABLES] == [[], [], []]


async def test_nothing_refers_to_jobs_but_what_goes_with_them(api: Api) -> None:
    """A table that is added and names a job has to be deleted by services.jobs.retention as well."""
    if database.is_postgres():
        rows = await database.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'job_id'"
        )
    else:
        rows = await database.fetch(
            "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND c.name = 'job_id'"
        )

    records = {"audit_event", "bulk_change", "consent_event"}  # outlive the job; their field `job` is null then
    assert {row[0] for row in rows} - records == {table for table, *_ in job_retention._ROWS_AT_ONCE}


async def test_a_tag_that_no_contact_carries_any_more_is_deleted(
    api: Api, stranger: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_counts, "_UNUSED_AT_ONCE", 2)
    for one in (api, stranger):
        id = await one.make_contact("0712000001", tags=["a", "b", "c", "d", "e", "kept"])
        await mutate(one, "tagContacts", "count", contacts={"ids": [id]}, remove=["a", "b", "c", "d", "e"])

    assert await value_counts.TAGS.purge_unused(now=MONDAY) == 10
    assert await value_counts.TAGS.purge_unused(now=MONDAY) == 0

    for one in (api, stranger):
        rows = await database.fetch("SELECT name, contact_count FROM tag WHERE account_id = $1", one.account_id)
        assert [tuple(row) for row in rows] == [("kept", 1)]


async def test_a_tag_comes_back_after_it_was_deleted(api: Api) -> None:
    id = await api.make_contact("0712000001", tags=["vip"])
    change: dict[str, Any] = {"contacts": {"ids": [id]}}
    await mutate(api, "tagContacts", "count", **change, remove=["vip"])
    await value_counts.TAGS.purge_unused(now=MONDAY)

    await mutate(api, "tagContacts", "count", **change, add=["vip"])

    found = await api.run("{ tags { name contactCount } }")
    assert found == {"tags": [{"name": "vip", "contactCount": 1}]}
