"""Rejected rows can be downloaded, corrected and sent again, for any end of the import."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from models.db import database
from server import create_app
from services.imports import job as import_job, merge as import_merge, rejected_rows
from services.jobs import files as job_files, queue as jobs
from services.jobs.files import KEPT_FOR
from settings import Settings
from tests.support.api_client import DAY, MONDAY, TUESDAY, Api
from tests.support.imports import enqueue_import, import_content, job, run_jobs, summary
from tests.support.mutations import mutate
from tests.support.rows import uuid_of

SHEET = "Phone,Notes\n0712000001,fine\n12,short\n0712000002,\n13,too\n0712000003,\n14,never read\n"
MISSING = "The number has too few digits for a number of KE; the area code may be missing."
REJECTED = [
    ["line", "code", "message", "Phone", "Notes"],
    ["3", "INVALID_PHONE_NUMBER", MISSING, "12", "short"],
    ["5", "INVALID_PHONE_NUMBER", MISSING, "13", "too"],
]


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(Settings(public_url="https://muster.example.com"))
    app.clock = lambda: MONDAY
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://muster.example.com") as client:
        yield client


async def ended_early(api: Api, monkeypatch: pytest.MonkeyPatch, end: Any, **options: Any) -> str:
    """Ends a job after two blocks of two rows by calling `end(id)`; no further block is imported. Returns its id."""
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 2, False: 2})
    monkeypatch.setattr(import_job, "_MERGING", 1)
    id = str((await enqueue_import(api, SHEET, name="My people.csv", **options))["job"]["id"])
    asked = False

    async def until_then(target: Any, block: Any, *args: Any, **given: Any) -> import_merge.Outcomes:
        nonlocal asked
        if block.index == 2 and not asked:
            asked = True
            raise _NotYet
        return await import_merge.merge_block(target, block, *args, **given)

    monkeypatch.setattr(import_job, "merge_block", until_then)
    await run_jobs(api)
    assert (await job(api, id, "status downloadUrl")) == {"status": "QUEUED", "downloadUrl": None}
    await end(id)
    await run_jobs(api.at(TUESDAY))
    return id


class _NotYet(Exception):
    pass


def rows_of(answer: httpx2.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_rows_that_were_rejected_before_an_import_was_cancelled_can_be_fetched(
    api: Api, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancel(id: str) -> None:
        await mutate(api, "cancelJob", "job { status }", id=id)

    id = await ended_early(api, monkeypatch, cancel)

    found = await job(api, id, "status downloadUrl doneRowCount summary { rejected created }")
    answers = await asyncio.gather(*(client.get(found["downloadUrl"]) for _ in range(3)))
    part = await client.get(found["downloadUrl"], headers={"Range": "bytes=3-7"})

    assert (found["status"], found["doneRowCount"]) == ("CANCELLED", 4)
    assert found["summary"] == {"rejected": 2, "created": 2}
    assert [rows_of(answer) for answer in answers] == [REJECTED] * 3
    assert "My people-skipped.csv" in answers[0].headers["content-disposition"]
    assert (part.status_code, part.content) == (206, b"line,")
    mended = answers[0].content.replace(b",12,", b",0712000012,")
    again = await import_content(api, mended)
    assert again["summary"] == summary(total=2, imported=1, valid=1, skipped=1, rejected=1, created=1)


async def test_rows_that_were_rejected_before_an_import_failed_can_be_fetched(
    api: Api, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = await api.make_list("Clients")

    async def delete_list(id: str) -> None:
        await mutate(api, "deleteContactList", "__typename", id=clients)

    id = await ended_early(api, monkeypatch, delete_list, listId=clients)

    found = await job(api, id, "status downloadUrl error { code }")
    assert (found["status"], found["error"]) == ("FAILED", {"code": "NOT_FOUND"})
    assert rows_of(await client.get(found["downloadUrl"])) == REJECTED


async def test_the_file_can_be_made_for_a_week_and_is_kept_no_longer(
    api: Api, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancel(id: str) -> None:
        await mutate(api, "cancelJob", "job { status }", id=id)

    id = await ended_early(api, monkeypatch, cancel)
    link = (await job(api, id, "downloadUrl"))["downloadUrl"]

    async def kept_at(days: Any) -> int:
        await job_files.remove_expired(now=MONDAY + days)
        return len(await database.fetch("SELECT role FROM job_file WHERE account_id = $1", api.account_id))

    assert await kept_at(2 * DAY) == 1
    assert rows_of(await client.get(link)) == REJECTED
    assert await kept_at(2 * DAY) == 1
    assert rows_of(await client.get(link)) == REJECTED
    assert await kept_at(KEPT_FOR) == 0
    assert (await client.get(link)).status_code == 404
    assert (await job(api, id, "downloadUrl"))["downloadUrl"] is None


async def test_a_cancelled_import_without_a_rejected_row_has_nothing_to_download(api: Api) -> None:
    id = (await enqueue_import(api, SHEET))["job"]["id"]

    await mutate(api, "cancelJob", "job { status }", id=id)

    assert await job(api, id, "status downloadUrl") == {"status": "CANCELLED", "downloadUrl": None}
    await rejected_rows.make(account_id=api.account_id, job_id=uuid_of(id))
    assert (await database.fetch("SELECT role FROM job_file WHERE account_id = $1", api.account_id))[0][0] == "INPUT"


async def test_what_was_rejected_twice_has_its_reason_once(api: Api, client: httpx2.AsyncClient) -> None:
    first = await import_content(api, SHEET, selected="downloadUrl")
    content = (await client.get(first["downloadUrl"])).content.replace(b",12,", b",0712000012,")

    second = await import_content(api, content, selected="downloadUrl")

    assert rows_of(await client.get(second["downloadUrl"])) == [
        REJECTED[0],
        ["3", "INVALID_PHONE_NUMBER", MISSING, "13", "too"],
        ["4", "INVALID_PHONE_NUMBER", MISSING, "14", "never read"],
    ]


async def test_a_lost_worker_keeps_nobody_from_the_rows(
    api: Api, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lost worker writes the file while a client downloads it; both write the same bytes."""
    original = rejected_rows.keep
    links = []

    async def cancelled_before(work: Any, *args: Any) -> None:
        await jobs.cancel(account_id=work.account_id, job_id=work.job_id, now=MONDAY)
        found = await api.run("{ jobs { nodes { downloadUrl } } }")
        links.append(found["jobs"]["nodes"][0]["downloadUrl"])
        assert (await client.get(links[0])).status_code == 200
        await original(work, *args)

    monkeypatch.setattr(rejected_rows, "keep", cancelled_before)
    await enqueue_import(api, SHEET)
    await run_jobs(api)

    assert len(rows_of(await client.get(links[0]))) == 4
