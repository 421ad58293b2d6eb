"""`python -m bench.files`: measures exports and imports of large files beside a hand-written floor.

It exports the contacts of a data set and imports as many mixed rows: a million on PostgreSQL, 100,000 on SQLite. A
client reads a page ten times a second from the same server.
"""

import json
import statistics
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from bench import file_floor, report
from bench.databases import DATABASES, Copies, available
from bench.servers import MUSTER, Server, resident_mib
from bench.watch import Watch
from bench.writing import write_file

_ROWS = {"postgres": 1_000_000, "sqlite": 100_000}
_PAGE = "{ contacts(first: 50) { nodes { id phone name tags lists { name } } } }"
_JOB = "status startedAt finishedAt downloadUrl summary { total created invalid skipped rejected } error { message }"
_IMPORT = {
    "query": "mutation ($file: Upload!) { importContacts(input: {file: $file, waitSeconds: 0}) { job { id } } }",
    "variables": {"file": None},
}
_EXPORT = "mutation { exportContacts(input: {waitSeconds: 0}) { job { id } } }"


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


def _figures(url: str, target: str, rows: int, seconds: float) -> Figures:
    return Figures(url.partition(":")[0], target, rows, round(seconds, 2), round(rows / seconds))


def _start_import(file: Path, server: Server) -> Any:
    with file.open("rb") as opened:
        answer = httpx2.post(
            f"http://127.0.0.1:{server.port}/graphql",
            headers={"Authorization": f"Bearer {server.tokens[0]}", "GraphQL-Preflight": "1"},
            data={"operations": json.dumps(_IMPORT), "map": '{"0": ["variables.file"]}'},
            files={"0": ("people.csv", opened, "text/csv")},
            timeout=120,
        )
    return answer.json()["data"]["importContacts"]


def _start_export(server: Server) -> Any:
    return server.ask("/graphql", {"query": _EXPORT})["data"]["exportContacts"]


def _by_muster(url: str, target: str, rows: int, server: Server, start: Callable[[Server], Any]) -> Figures:
    """Runs a job while a client reads."""
    for _ in range(20):
        server.ask("/graphql", {"query": _PAGE})
    before, latencies, own, helpers = resident_mib(server.pid), list[float](), 0.0, 0.0
    job: dict[str, Any] = {"status": "QUEUED"}
    wanted = {"query": f'{{ job(id: "{start(server)["job"]["id"]}") {{ {_JOB} }} }}'}
    while job["status"] in ("QUEUED", "RUNNING"):
        time.sleep(0.1)
        began = time.monotonic()
        server.ask("/graphql", {"query": _PAGE})
        latencies.append((time.monotonic() - began) * 1000)
        main, *children = map(resident_mib, server.pids())
        own, helpers = max(own, main), max(helpers, sum(children))
        job = server.ask("/graphql", wanted)["data"]["job"]
    assert job["status"] == "COMPLETED", job
    started, finished = (datetime.fromisoformat(job[name]) for name in ("startedAt", "finishedAt"))
    return replace(
        _figures(url, target, rows, (finished - started).total_seconds()),
        server_mib=round(own - before, 1),
        helpers_mib=round(helpers, 1),
        reader_p50_ms=round(statistics.median(latencies), 1),
        reader_p99_ms=round(sorted(latencies)[len(latencies) * 99 // 100], 1),
        counts=job["summary"],
    )


def _measure(copies: Copies, rows: int, directory: Path, watch: Watch) -> Iterator[Figures]:
    file, account_id = directory / "people.csv", copies.facts.account_id
    write_file(file, rows, copies.facts.phones)
    with copies.copy("floor") as url:
        yield _figures(url, "export: floor", rows, file_floor.exported(url, account_id, directory / "out.csv"))
        yield _figures(url, "import: floor", rows, file_floor.imported(url, account_id, file))
    for target, start in (("export: muster", _start_export), ("import: muster", partial(_start_import, file))):
        with copies.copy(target) as url, MUSTER.serve(url, copies.facts, watch) as server:
            yield _by_muster(url, target, rows, server, start)


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.files", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=list(_ROWS), default=list(_ROWS))
    parser.add_argument("--rows", type=int, help="contacts before the import, and rows of the file")
    options = parser.parse_args()
    found: list[Figures] = []
    for kind in available(options.databases):
        rows = options.rows or _ROWS[kind]
        with Watch() as watch, DATABASES[kind](watch, rows) as copies, tempfile.TemporaryDirectory() as name:
            for line in _measure(copies, rows, Path(name), watch):
                print(json.dumps(asdict(line)), flush=True)
                found.append(line)
    report.write(found, "files.json")


if __name__ == "__main__":
    main()
