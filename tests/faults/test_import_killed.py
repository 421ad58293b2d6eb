"""A server that is killed during an import loses nothing and repeats nothing."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.db import database
from services.imports import enqueue as import_enqueue
from services.jobs.queue import ENDED
from tests.api.imports.test_rows import outcome
from tests.support.api_client import Api
from tests.support.imports import import_content
from tests.support.servers.processes import children, is_running
from tests.support.servers.timeouts import wait_until
from tests.support.snapshot import stored_counts, true_counts

ROOT = Path(__file__).parents[2]
KILLS = 10
ROWS = 12_000


def sheet() -> str:
    """Returns a file with new, known and repeated numbers, unknown networks, unreadable numbers, and opt-outs."""
    generator = random.Random(4)
    lines = ["Phone,First name,Email,Tags,Notes,opt_out"]
    for row in range(ROWS):
        number = "12" if row % 50 == 7 else f"+25499{row:07}" if row % 20 == 3 else f"07120{row % 11_000:05}"
        notes = '"two\nlines"' if row % 90 == 1 else ""
        lines.append(f"{number},P{row},p{row}@example.com,{generator.choice('abc')},{notes},{'yes' * (row % 40 == 5)}")
    return "\n".join(lines)


@contextmanager
def server(url: str) -> Iterator[subprocess.Popen[bytes]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "muster", "serve", "--port", str(port)],
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


async def state(api: Api, job_id: Any) -> Any:
    sql = "SELECT status, done_row_count, lease_id, summary FROM job WHERE account_id = $1 AND id = $2"
    row = await database.fetch_one(sql, api.account_id, job_id)
    assert row is not None
    return row


async def test_ten_kills_at_random_moments_change_nothing_of_the_result(database_url: str, tmp_path: Path) -> None:
    await database.connect(database_url)
    try:
        api, other = await Api.of_new_account(), await Api.of_new_account(name="Undisturbed")
        for one in (api, other):
            await one.make_list("Clients")
            for number in range(0, 5_000, 500):
                await one.make_contact(f"07120{number:05}", tags=["a"])
        await _killed(api, database_url, tmp_path)
        content = sheet()

        undisturbed = await import_content(
            other, content, selected="summary { total imported created rejected optedOut }"
        )

        assert undisturbed["summary"]["total"] == ROWS
        assert await outcome(api) == await outcome(other)
        assert await stored_counts(api) == await true_counts(api)
        assert await warnings(api) == await warnings(other)
        ours, theirs = [await row_errors(one) for one in (api, other)]
        assert ours == theirs
        assert len(ours) > 1_000
    finally:
        await database.disconnect()


async def warnings(api: Api) -> tuple[list[Any], int]:
    """Returns the warnings of the account's import, and how many lines with existing contacts it stored."""
    row = await database.fetch_one("SELECT warnings FROM job WHERE account_id = $1", api.account_id)
    files = await database.fetch(
        "SELECT content FROM job_file WHERE account_id = $1 AND role = 'EXISTING'", api.account_id
    )
    assert row is not None
    assert [each[-1] for each in row["warnings"]] == [10]
    return row["warnings"], sum(len(bytes(each["content"])) // 8 for each in files)


async def row_errors(api: Api) -> list[tuple[Any, ...]]:
    rows = await database.fetch(
        "SELECT line, position, code, value, is_rejected FROM job_row_error WHERE account_id = $1 "
        "ORDER BY line, position",
        api.account_id,
    )
    return [tuple(row) for row in rows]


async def _killed(api: Api, url: str, directory: Path) -> None:
    """Imports a file with servers that are killed at random moments; only the last one may finish."""
    file = directory / "people.csv"
    file.write_text(sheet())
    job_id = await import_enqueue.start(
        file,
        file_name=file.name,
        settings=api.caller.settings,
        user_id=api.caller.user_id,
        now=datetime.now(UTC),
    )
    generator = random.Random()
    seen: list[int] = []
    for life in range(KILLS + 1):
        before = await state(api, job_id)
        lease, done = before["lease_id"], before["done_row_count"]
        with server(url) as process:
            while (now := await state(api, job_id))["lease_id"] == lease and now["status"] not in ENDED:
                assert process.poll() is None
                await asyncio.sleep(0.02)
            if life < KILLS:
                # The kill comes between the start of reading and some blocks later. A job that kills its server
                # repeatedly without progress would fail, so every second server makes progress.
                if life % 2:
                    while (now := await state(api, job_id))["done_row_count"] == done and now["status"] not in ENDED:
                        assert process.poll() is None
                        await asyncio.sleep(0.02)
                await asyncio.sleep(generator.uniform(0, 0.5))
                parsing = children(process.pid)
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                await _gone(parsing)
            else:
                while (await state(api, job_id))["status"] not in ENDED:
                    assert process.poll() is None
                    await asyncio.sleep(0.05)
        seen.append((await state(api, job_id))["done_row_count"])
        # Expires the lease.
        await database.execute(
            "UPDATE job SET leased_until = created_at WHERE account_id = $1 AND id = $2 AND status = 'RUNNING'",
            api.account_id,
            job_id,
        )
    assert (await state(api, job_id))["status"] == "COMPLETED"
    assert seen == sorted(seen)


async def _gone(processes: list[int]) -> None:
    """Waits until the server's child processes have ended."""
    await wait_until(lambda: not any(map(is_running, processes)))
