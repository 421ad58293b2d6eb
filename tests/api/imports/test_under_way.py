"""The progress of a running import, and the rows that remain if it ends early."""

import asyncio
import io
from typing import Any

import pytest
from rich.console import Console

from commands import watching
from services.imports import job as import_job, merge as import_merge
from tests.support.api_client import TUESDAY, Api
from tests.support.imports import enqueue_import, job, run_jobs
from tests.support.mutations import contacts, mutate
from tests.support.rows import uuid_of
from tests.support.servers.timeouts import TIMEOUT


async def test_a_cancelled_import_stops_at_its_next_batch(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 10, False: 10})
    monkeypatch.setattr(import_job, "_MERGING", 1)
    content = "Phone\n" + "".join(f"07120{number:05}\n" for number in range(100))
    id = (await enqueue_import(api, content))["job"]["id"]
    merged = 0

    async def cancelled(*args: Any, **options: Any) -> import_merge.Outcomes:
        nonlocal merged
        merged += 1
        if merged == 3:
            asyncio.get_running_loop().call_soon(stop.set)
        return await import_merge.merge_block(*args, **options)

    stop = asyncio.Event()
    monkeypatch.setattr(import_job, "merge_block", cancelled)

    async def cancel() -> Any:
        await stop.wait()
        return await mutate(api.at(TUESDAY), "cancelJob", "job { status }", id=id)

    cancelling = asyncio.create_task(cancel())
    await run_jobs(api)
    payload = await cancelling

    assert payload == {"job": {"status": "CANCELLED"}, "errors": []}
    ended = await job(api, id)
    assert ended["status"] == "CANCELLED"
    assert 20 <= ended["doneRowCount"] < 100
    assert ended["summary"]["created"] == ended["doneRowCount"] == len(await contacts(api, "id"))


async def test_a_command_that_is_ended_says_how_far_it_was(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 2, False: 2})
    monkeypatch.setattr(import_job, "_MERGING", 1)
    id = (await enqueue_import(api, "Phone\n" + "".join(f"07120{number:05}\n" for number in range(10))))["job"]["id"]
    said = io.StringIO()
    told = Console(file=said)
    ended = asyncio.Event()

    async def until_the_third_block(target: Any, block: Any, *args: Any, **given: Any) -> import_merge.Outcomes:
        if block.index == 2:
            ended.set()
            raise ConnectionError
        return await import_merge.merge_block(target, block, *args, **given)

    monkeypatch.setattr(import_job, "merge_block", until_the_third_block)
    doing = asyncio.create_task(
        watching.watch_job(api.account_id, uuid_of(id), told, "Importing", clock=lambda: api.now)
    )
    async with asyncio.timeout(TIMEOUT):
        await ended.wait()
    doing.cancel()  # as Ctrl-C does
    with pytest.raises(asyncio.CancelledError):
        await doing

    assert said.getvalue() == "Stopped after 4 rows.\n"
    assert await job(api, id, "status doneRowCount") == {"status": "CANCELLED", "doneRowCount": 4}
    assert len(await contacts(api, "id")) == 4


async def test_a_row_without_any_cell_is_not_counted_at_any_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 2, False: 2})
    monkeypatch.setattr(import_job, "_MERGING", 1)
    content = 'Phone,Notes\n0712000001,\n,\n\n0712000002,\n0712000003,"a\nb"\n" ",\n  , \n0712000004,\n'
    id = (await enqueue_import(api, content))["job"]["id"]

    async def until_the_third_block(target: Any, block: Any, *args: Any, **given: Any) -> import_merge.Outcomes:
        if block.index == 2:
            raise ConnectionError
        return await import_merge.merge_block(target, block, *args, **given)

    with monkeypatch.context() as patched:
        patched.setattr(import_job, "merge_block", until_the_third_block)
        await run_jobs(api)
    counted = "status rowCount doneRowCount progress summary { total }"
    meanwhile = await job(api, id, counted)
    await run_jobs(api.at(TUESDAY))
    ended = await job(api, id, counted)

    half = {"rowCount": 4, "doneRowCount": 2, "progress": 0.5, "summary": {"total": 2}}
    whole = {"rowCount": 4, "doneRowCount": 4, "progress": 1.0, "summary": {"total": 4}}
    assert meanwhile == {"status": "QUEUED", **half}
    assert ended == {"status": "COMPLETED", **whole}
