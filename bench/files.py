"""`python -m bench.files`: measures exports and imports of large files beside a hand-written floor.

It exports the contacts of a data set and imports as many mixed rows: a million on PostgreSQL, 100,000 on SQLite. A
client reads a page ten times a second from the same server.

The floor of an import starts from rows that are already parsed, and runs in one transaction; the tables keep all their
indexes. On PostgreSQL, it is COPY into a table and one INSERT … SELECT … ON CONFLICT DO NOTHING; on SQLite, one
executemany. The floor of an export is one COPY … TO of the columns that Muster exports, or one SELECT.
"""

import asyncio
import csv
import json
import sqlite3
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from bench import report
from bench.data import NETWORK_CHECK, POLICY, REGION
from bench.databases import DATABASES, Copies, available
from bench.report import Line, percentile
from bench.servers import MUSTER, Request, Server
from bench.writing import write_file
from models.db import database
from services.imports.block_parsing import COLUMNS, DELIMITER, NULL, ParsingOptions, parse_block
from services.imports.columns import assign
from services.imports.decoding import DETECT
from services.imports.parsing_worker import look
from services.imports.row_parsing import Rules
from tests.support.servers.processes import resident_mib

_ROWS = {"postgres": 1_000_000, "sqlite": 100_000}
_PAGE = Request("{ contacts(first: 50) { nodes { id phone name tags lists { name } } } }")
_JOB = "status startedAt finishedAt summary { total created invalid skipped rejected } error { message }"
_IMPORT = {
    "query": "mutation ($file: Upload!) { importContacts(input: {file: $file, waitSeconds: 0}) { job { id } } }",
    "variables": {"file": None},
}
_EXPORT = Request("mutation { exportContacts(input: {waitSeconds: 0}) { job { id } } }")

_STAGED = tuple(name for name in COLUMNS if name != "position")
_EXPORTED = (
    "SELECT first_name, last_name, phone, email, {tags}, notes, company_name, name, external_id, sender_number, "
    "EXISTS (SELECT 1 FROM opt_out o WHERE o.account_id = c.account_id AND o.phone = c.phone AND o.is_opted_out), "
    "status, created_at "
    "FROM contact c WHERE c.account_id = '{account_id}' AND c.deleted_at IS NULL ORDER BY c.id"
)
_CREATE = f"CREATE TEMPORARY TABLE clean ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
WRITTEN = tuple("import_line" if name == "line" else name for name in _STAGED)
"""The columns of a contact that the floor writes from the staged ones, in their order."""
_INSERT = f"INSERT INTO contact (account_id, {', '.join(WRITTEN)}, created_at, updated_at)"
_FROM_CLEAN = f"{_INSERT} SELECT $1, {', '.join(_STAGED)}, $2, $2 FROM clean ON CONFLICT DO NOTHING"
_VALUES = f"{_INSERT} VALUES (?, {', '.join('?' * len(_STAGED))}, ?, ?) ON CONFLICT DO NOTHING"


def _floor_on_sqlite(url: str, account_id: str, file: Path) -> tuple[float, float]:
    """Returns the seconds of the export and of the import."""
    now = datetime.now(UTC).isoformat(" ")
    rows = [(account_id, *row[1:], now, now) for staged in _parsed(file, is_copied=False) for row in staged]
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = NORMAL")
        start = time.monotonic()
        with file.with_suffix(".out").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(connection.execute(_EXPORTED.format(tags="tags", account_id=account_id)))
        middle = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_VALUES, rows)
        connection.execute("COMMIT")
        return middle - start, time.monotonic() - middle


async def _floor_on_postgres(url: str, account_id: str, file: Path) -> tuple[float, float]:
    """Returns the seconds of the export and of the import."""
    clean = file.with_suffix(".copy")
    clean.write_bytes(b"".join(_parsed(file, is_copied=True)))
    exported = _EXPORTED.format(tags="array_to_string(tags, ';')", account_id=account_id)
    connection = await asyncpg.connect(url)
    start = time.monotonic()
    await connection.copy_from_query(exported, output=file.with_suffix(".out"), format="csv", header=True, timeout=600)
    middle = time.monotonic()
    async with connection.transaction():
        await connection.execute(_CREATE)
        await connection.copy_to_table("clean", source=clean, format="text", delimiter=DELIMITER, null=NULL)
        await connection.execute(_FROM_CLEAN, account_id, datetime.now(UTC), timeout=600)
    seconds = middle - start, time.monotonic() - middle
    await connection.close()
    return seconds


def _parsed(file: Path, *, is_copied: bool) -> Iterator[Any]:
    records = look(str(file), str(file.with_suffix(".text")), DETECT, 5_000)
    job = ParsingOptions(records, assign(records, []), Rules(REGION, POLICY), NETWORK_CHECK, {}, is_copied, False)
    for block in records.blocks:
        yield parse_block(job, block, database.uuid7(room=block.count)).staged


def _start_import(file: Path, server: Server) -> Any:
    parts = {"operations": json.dumps(_IMPORT), "map": '{"0": ["variables.file"]}'}
    headers = {"authorization": f"Bearer {server.tokens[0]}", "GraphQL-Preflight": "1"}
    with file.open("rb") as opened:
        return server.post("/graphql", headers=headers, data=parts, files={"0": ("people.csv", opened, "text/csv")})


def _by_muster(server: Server, start: Callable[[Server], Any]) -> tuple[float, Line]:
    """Runs a job while a client reads. Returns its seconds, and more columns. `server_mib` is the peak growth of the
    server's process; `helpers_mib` is the peak memory of its child processes.
    """
    for _ in range(20):
        server.ask(_PAGE)
    before, latencies, own, helpers = resident_mib(server.pid), list[float](), 0.0, 0.0
    [started] = start(server).values()
    wanted, job = Request(f'{{ job(id: "{started["job"]["id"]}") {{ {_JOB} }} }}'), {"status": "QUEUED"}
    while job["status"] in ("QUEUED", "RUNNING"):
        time.sleep(0.1)
        began = time.monotonic()
        server.ask(_PAGE)
        latencies.append((time.monotonic() - began) * 1000)
        main, *children = map(resident_mib, server.pids())
        own, helpers = max(own, main), max(helpers, sum(children))
        job = server.ask(wanted)["job"]
    assert job["status"] == "COMPLETED", job
    began_at, ended_at = (datetime.fromisoformat(job[name]) for name in ("startedAt", "finishedAt"))
    columns = {"server_mib": own - before, "helpers_mib": helpers}
    columns |= {"reader_p50_ms": percentile(latencies, 50), "reader_p99_ms": percentile(latencies, 99)}
    rounded = {name: round(value, 1) for name, value in columns.items()}
    return (ended_at - began_at).total_seconds(), rounded | {"counts": job["summary"]}


def _measure(copies: Copies, file: Path) -> Iterator[tuple[str, float, Line]]:
    """Yields the target, its seconds, and more columns."""
    with copies.copy("floor") as url:
        if copies.database == "sqlite":
            exported, imported = _floor_on_sqlite(url, copies.facts.account_id, file)
        else:
            exported, imported = asyncio.run(_floor_on_postgres(url, copies.facts.account_id, file))
        yield "export: floor", exported, {}
        yield "import: floor", imported, {}
    starts = (("export: muster", lambda server: server.ask(_EXPORT)), ("import: muster", partial(_start_import, file)))
    for target, start in starts:
        with copies.copy(target) as url, MUSTER.serve(url, copies) as server:
            yield target, *_by_muster(server, start)


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.files", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=list(_ROWS), default=list(_ROWS))
    parser.add_argument("--rows", type=int, help="contacts before the import, and rows of the file")
    options = parser.parse_args()
    found: list[Line] = []
    for kind in available(options.databases):
        rows = options.rows or _ROWS[kind]
        with DATABASES[kind](rows) as copies, tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "people.csv"
            write_file(file, rows, copies.facts.phones)
            for target, seconds, columns in _measure(copies, file):
                speed = {"seconds": round(seconds, 2), "rows_a_second": round(rows / seconds)}
                found.append({"database": kind, "target": target, "rows": rows, **speed, **columns})
                print(json.dumps(found[-1]), flush=True)
    report.write(found, "files.json")


if __name__ == "__main__":
    main()
