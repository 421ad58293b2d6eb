"""`python -m bench.importing`: a file of a million rows into a million contacts; of 100,000 on SQLite.

A real server takes the file in while somebody reads a page ten times a second. The floor is given the same rows parsed
already: COPY into a table, and one INSERT … SELECT … ON CONFLICT DO NOTHING into the contacts with all their indexes;
on SQLite one executemany in one transaction. Neither drops an index.
"""

import asyncio
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx2

from bench import importing_floor
from bench.data import ROOT
from bench.databases import SETTINGS
from bench.importing_files import write_file
from bench.watch import GROUP, POSTMASTER, Watch
from models import database, migration
from services import accounts, tokens
from services.authentication import Scope
from tests.cluster import Cluster, binaries

OUT = ROOT / "bench" / "out" / "importing.json"
ROWS = {"postgres": 1_000_000, "sqlite": 100_000}
_IMPORT = """
mutation ($file: Upload!) {
  importContacts(input: {file: $file, waitSeconds: 0}) { job { id } errors { message } }
}
"""
_PAGE = "{ contacts(first: 50) { nodes { id phone name tags lists { name } } } }"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one target took. `server_mib`: by how much the server's process grew at most, and what its helpers had."""

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


# ------------------------------------------------------------------ Muster


class _Memory:
    """What a process and those that it starts hold at most, looked at ten times a second."""

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


async def _muster(kind: str, url: str, secret: str, file: Path, rows: int, watch: Watch) -> Figures:
    with _server(url, watch) as (process, address):
        async with _client(address, secret) as client:
            for _ in range(20):
                await client.post("/graphql", json={"query": _PAGE})
            memory = _Memory(process.pid)
            with file.open("rb") as opened:
                answer = await client.post(
                    "/graphql",
                    data={
                        "operations": json.dumps({"query": _IMPORT, "variables": {"file": None}}),
                        "map": '{"0": ["variables.file"]}',
                    },
                    files={"0": ("people.csv", opened, "text/csv")},
                )
            job_id = answer.json()["data"]["importContacts"]["job"]["id"]
            shown = "status startedAt finishedAt summary { total created invalid skipped rejected } error { message }"
            asked = {"query": f'{{ job(id: "{job_id}") {{ {shown} }} }}'}
            latencies = []
            while True:
                memory.look()
                start = time.monotonic()
                await client.post("/graphql", json={"query": _PAGE})
                latencies.append((time.monotonic() - start) * 1000)
                job = (await client.post("/graphql", json=asked)).json()["data"]["job"]
                if job["status"] not in ("QUEUED", "RUNNING"):
                    break
                await asyncio.sleep(0.1)
    assert job["status"] == "COMPLETED", job
    started, finished = (datetime.fromisoformat(job[name]) for name in ("startedAt", "finishedAt"))
    seconds = (finished - started).total_seconds()
    latencies.sort()
    return Figures(
        database=kind,
        target="muster",
        rows=rows,
        seconds=round(seconds, 2),
        rows_a_second=round(rows / seconds),
        server_mib=round(memory.most - memory.before, 1),
        helpers_mib=round(memory.most_of_helpers, 1),
        reader_p50_ms=round(statistics.median(latencies), 1),
        reader_p99_ms=round(latencies[int(len(latencies) * 0.99)], 1),
        counts=job["summary"],
    )


# ------------------------------------------------------------------ runs


async def _prepare(url: str) -> str:
    """A migrated database with one account; a secret for it."""
    await migration.migrate(url)
    await database.connect(url)
    try:
        now = datetime.now(UTC)
        account_id = await accounts.create(name="Savanna Foods", default_region="KE", now=now)
        _, secret = await tokens.create(
            account_id=account_id, name="bench", user_id=None, scopes=list(Scope), expires_at=None, now=now
        )
        return secret
    finally:
        await database.disconnect()


def _floor_figures(kind: str, rows: int, seconds: float) -> Figures:
    return Figures(kind, "floor", rows, round(seconds, 2), round(rows / seconds))


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def _postgres(directory: Path, rows: int, watch: Watch) -> list[Figures]:
    before, file = directory / "before.csv", directory / "people.csv"
    write_file(before, first=0, count=rows, known=0)
    write_file(file, first=rows, count=rows, known=rows)
    home = directory / "postgres"
    with watch.over(POSTMASTER, home / "data"), Cluster(settings=SETTINGS, directory=home) as cluster:
        await _run(cluster.url(), "CREATE DATABASE filled")
        secret = await _prepare(cluster.url("filled"))
        filling = await _muster("postgres", cluster.url("filled"), secret, before, rows, watch)
        await _run(cluster.url("filled"), "VACUUM ANALYZE", "CHECKPOINT")
        found = [_named(filling, "muster, into an empty table")]
        for target in ("floor", "muster"):
            await _run(cluster.url(), f"CREATE DATABASE {target} TEMPLATE filled STRATEGY file_copy")
            await _run(
                cluster.url(target),
                "CREATE EXTENSION IF NOT EXISTS pg_prewarm",
                "SELECT pg_prewarm(oid) FROM pg_class "
                "WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace",
            )
            if target == "floor":
                found.append(
                    _floor_figures("postgres", rows, await importing_floor.postgres(cluster.url(target), file))
                )
            else:
                found.append(await _muster("postgres", cluster.url(target), secret, file, rows, watch))
            await _run(cluster.url(), f"DROP DATABASE {target} WITH (FORCE)")
    return found


def _named(figures: Figures, target: str) -> Figures:
    return Figures(**asdict(figures) | {"target": target})


async def _sqlite(directory: Path, rows: int, watch: Watch) -> list[Figures]:
    before, file, path = directory / "before.csv", directory / "people.csv", directory / "muster.db"
    write_file(before, first=0, count=rows, known=0)
    write_file(file, first=rows, count=rows, known=rows)
    url = f"sqlite:///{path}"
    secret = await _prepare(url)
    found = [_named(await _muster("sqlite", url, secret, before, rows, watch), "muster, into an empty table")]
    copy = directory / "floor.db"
    with sqlite3.connect(path) as original, sqlite3.connect(copy) as target:
        original.backup(target)
    found.append(_floor_figures("sqlite", rows, importing_floor.sqlite(copy, file)))
    found.append(await _muster("sqlite", url, secret, file, rows, watch))
    return found


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.importing", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--rows", type=int, help="default: 1,000,000 on PostgreSQL, 100,000 on SQLite")
    options = parser.parse_args()
    found: list[Figures] = []
    for kind in options.databases:
        if kind == "postgres" and binaries() is None:
            print("bench: PostgreSQL's binaries were not found: it is LEFT OUT.", file=sys.stderr)
            continue
        with Watch() as watch, tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
            os.chmod(name, 0o755)  # PostgreSQL runs as somebody else
            run = _postgres if kind == "postgres" else _sqlite
            lines = asyncio.run(run(Path(name), options.rows or ROWS[kind], watch))
        for line in lines:
            print(json.dumps({key: value for key, value in asdict(line).items() if value is not None}), flush=True)
        found += lines
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(line) for line in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
