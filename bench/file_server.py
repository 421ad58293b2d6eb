"""Starts a real server and measures a file job on it, while a client reads a page ten times a second."""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from bench.data import ROOT
from bench.watch import GROUP, Watch

_PAGE = "{ contacts(first: 50) { nodes { id phone name tags lists { name } } } }"
_JOB = "status startedAt finishedAt downloadUrl summary { total created invalid skipped rejected } error { message }"


@dataclass(frozen=True, slots=True)
class Figures:
    """The measurement of one target.

    `server_mib` is the peak growth of the server's process; `helpers_mib` is the peak memory of its child processes.
    """

    database: str
    target: str
    rows: int
    seconds: float
    rows_a_second: int
    server_mib: float | None = None
    helpers_mib: float | None = None
    reader_p50_ms: float | None = None
    reader_p99_ms: float | None = None
    counts: dict[str, int] | None = None


class _Memory:
    """Peak resident memory of a process and of its child processes, sampled ten times a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.before = _resident(pid)
        self.most = self.most_of_helpers = 0.0

    def look(self) -> None:
        self.most = max(self.most, _resident(self._pid))
        tasks = Path(f"/proc/{self._pid}/task").glob("*/children")
        children = [child for task in tasks for child in task.read_text().split()]
        self.most_of_helpers = max(self.most_of_helpers, sum(_resident(int(child)) for child in children))


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


@contextmanager
def _server(url: str, watch: Watch) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "muster", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "MUSTER_DATABASE_URL": url, "MUSTER_LOG_LEVEL": "warning"},
        start_new_session=True,
    )
    with watch.over(GROUP, process.pid):
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


@asynccontextmanager
async def _client(address: str, secret: str) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {secret}", "GraphQL-Preflight": "1"}
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=120) as client:
        for _ in range(300):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)
        yield client


async def measured(
    kind: str,
    target: str,
    rows: int,
    *,
    url: str,
    secret: str,
    watch: Watch,
    start: Callable[[httpx2.AsyncClient], Awaitable[str]],
) -> tuple[Figures, dict[str, Any]]:
    """Runs a job on a new server and returns its figures and the job. `start` submits the job and returns its id."""
    with _server(url, watch) as (process, address):
        async with _client(address, secret) as client:
            for _ in range(20):
                await client.post("/graphql", json={"query": _PAGE})
            memory = _Memory(process.pid)
            asked = {"query": f'{{ job(id: "{await start(client)}") {{ {_JOB} }} }}'}
            latencies = []
            while True:
                memory.look()
                began = time.monotonic()
                await client.post("/graphql", json={"query": _PAGE})
                latencies.append((time.monotonic() - began) * 1000)
                job = (await client.post("/graphql", json=asked)).json()["data"]["job"]
                if job["status"] not in ("QUEUED", "RUNNING"):
                    break
                await asyncio.sleep(0.1)
    assert job["status"] == "COMPLETED", job
    started, finished = (datetime.fromisoformat(job[name]) for name in ("startedAt", "finishedAt"))
    seconds = (finished - started).total_seconds()
    latencies.sort()
    figures = Figures(
        database=kind,
        target=target,
        rows=rows,
        seconds=round(seconds, 2),
        rows_a_second=round(rows / seconds),
        server_mib=round(memory.most - memory.before, 1),
        helpers_mib=round(memory.most_of_helpers, 1),
        reader_p50_ms=round(statistics.median(latencies), 1),
        reader_p99_ms=round(latencies[int(len(latencies) * 0.99)], 1),
        counts=job["summary"],
    )
    return figures, job
