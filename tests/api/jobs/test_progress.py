"""jobProgress publishes the progress of a job, over a WebSocket and as server-sent events."""

import asyncio
import sys

import pytest

from services.accounts.authentication import Scope
from tests.support.api_client import Api
from tests.support.job_progress import PROGRESS, new_token, progress_message, waiting_job, write_progress
from tests.support.rows import make_job, uuid_of
from tests.support.servers.running_server import RunningServer

# ------------------------------------------------------------------ the progress of a job


async def test_a_socket_is_told_of_a_job_until_it_ends(served: RunningServer) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id}, key="a")
        first = await socket.receive()
        await write_progress(served.api, id, status="RUNNING", done_row_count=5)
        second = await socket.receive()
        await write_progress(served.api, id, status="COMPLETED", done_row_count=9)
        third, last = await socket.receive(), await socket.receive()

    payloads = [
        progress_message(id, "QUEUED", 0),
        progress_message(id, "RUNNING", 5),
        progress_message(id, "COMPLETED", 9),
    ]
    assert [first, second, third] == [{"id": "a", "type": "next", "payload": payload} for payload in payloads]
    assert last == {"id": "a", "type": "complete"}


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_server_sent_events_tell_of_a_job_until_it_ends(served: RunningServer, method: str) -> None:
    id = await waiting_job(served.api)

    async with served.events(PROGRESS, {"id": id}, method=method) as events:
        first = await events.receive()
        await write_progress(served.api, id, status="RUNNING", done_row_count=5)
        second = await events.receive()
        await write_progress(served.api, id, status="CANCELLED")
        rest = await events.rest()

    assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (first, second) == (
        ("next", progress_message(id, "QUEUED", 0)),
        ("next", progress_message(id, "RUNNING", 5)),
    )
    assert rest == [("next", progress_message(id, "CANCELLED", 5)), ("complete", None)]


async def test_whoever_comes_late_is_told_the_end_at_once(served: RunningServer) -> None:
    id = await make_job(served.api, status="COMPLETED", done_row_count=3)

    async with served.socket() as socket, served.events(PROGRESS, {"id": id}) as events:
        await socket.subscribe(PROGRESS, {"id": id})
        over_the_socket = [await socket.receive(), await socket.receive()]
        as_events = await events.rest()

    assert over_the_socket == [
        {"id": "1", "type": "next", "payload": progress_message(id, "COMPLETED", 3)},
        {"id": "1", "type": "complete"},
    ]
    assert as_events == [("next", progress_message(id, "COMPLETED", 3)), ("complete", None)]


async def test_of_many_steps_only_the_latest_state_is_told_and_seldom(served: RunningServer) -> None:
    id = await waiting_job(served.api)

    async with served.socket() as socket:
        await socket.subscribe(PROGRESS, {"id": id})
        await socket.receive()
        started = asyncio.get_running_loop().time()
        for done in range(1, 21):
            await write_progress(served.api, id, status="RUNNING", done_row_count=done)
        received = [await socket.receive()]
        while received[-1]["payload"]["data"]["jobProgress"]["doneRowCount"] < 20:
            received.append(await socket.receive())
        seconds = asyncio.get_running_loop().time() - started

    assert len(received) <= seconds / 0.25 + 1


async def test_a_job_that_another_process_runs_is_told_of(served: RunningServer) -> None:
    """On SQLite only the row changes. On PostgreSQL a notification arrives, too, without `step` in this process."""
    id = await waiting_job(served.api)

    async with served.events(PROGRESS, {"id": id}) as events:
        await events.receive()
        script = (
            "import asyncio, sys\nfrom datetime import UTC, datetime\nfrom uuid import UUID\n"
            "from models.db import database\n"
            "from services.jobs import queue as jobs\n"
            "async def work():\n"
            "    await database.connect(sys.argv[1])\n"
            "    account_id, job_id = map(UUID, sys.argv[2:])\n"
            "    async with database.transaction():\n"
            "        await database.execute(\"UPDATE job SET status = 'FAILED' WHERE account_id = $1 AND id = $2\", "
            "account_id, job_id)\n"
            "        await jobs.notify_change(account_id, job_id, now=datetime.now(UTC))\n"
            "    await database.disconnect()\n"
            "asyncio.run(work())\n"
        )
        arguments = (served.database_url, str(served.api.account_id), str(uuid_of(id)))
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
        rest = await events.rest()
        assert await process.wait() == 0

    assert rest == [("next", progress_message(id, "FAILED", 0)), ("complete", None)]


@pytest.mark.parametrize("id", ["job_01jd8vq0c5fj2v7wq1x3ynm8za", "stranger's"])
async def test_a_job_that_is_not_the_accounts_is_not_found(served: RunningServer, id: str) -> None:
    stranger = await Api.of_new_account(name="Elsewhere")
    id = await make_job(stranger) if id == "stranger's" else id

    async with served.socket() as socket, served.events(PROGRESS, {"id": id}) as events:
        await socket.subscribe(PROGRESS, {"id": id})
        over_the_socket = [await socket.receive(), await socket.receive()]
        as_events = await events.rest()

    [error] = over_the_socket[0]["payload"].pop("errors")
    assert (error["extensions"], error["path"]) == ({"code": "BAD_USER_INPUT"}, ["jobProgress"])
    assert over_the_socket == [{"id": "1", "type": "next", "payload": {}}, {"id": "1", "type": "complete"}]
    assert as_events == [("next", {"errors": [error]}), ("complete", None)]


async def test_an_id_that_is_none_is_invalid(served: RunningServer) -> None:
    async with served.events(PROGRESS, {"id": "cnt_01jd8vq0c5fj2v7wq1x3ynm8za"}) as events:
        [(_, payload), _] = await events.rest()

    assert [error["extensions"]["code"] for error in payload["errors"]] == ["INVALID_ID"]


async def test_a_token_without_the_scope_is_refused(served: RunningServer) -> None:
    id = await make_job(served.api)
    secret = await new_token(served, [Scope.MESSAGES_READ])

    async with served.events(PROGRESS, {"id": id}, secret=secret) as events:
        [(_, payload), _] = await events.rest()

    assert [error["extensions"]["code"] for error in payload["errors"]] == ["FORBIDDEN"]
