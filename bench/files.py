"""`python -m bench.files`: measures imports and exports of large files beside a hand-written floor.

It imports a million rows into an account with a million contacts and exports them again; on SQLite, 100,000. A client
reads a page ten times a second from the same server.

The floor of an import starts from the same rows, already parsed. It runs COPY into a table and one INSERT … SELECT … ON
CONFLICT DO NOTHING into the contacts with all their indexes; on SQLite, one executemany in one transaction. Neither
drops an index. The floor of an export is one COPY … TO of the same columns, or one SELECT.
"""

import asyncio
import json
import os
import sqlite3
import sys
import tempfile
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from bench import exporting, importing, importing_floor
from bench.data import ROOT
from bench.databases import SETTINGS
from bench.file_server import Figures
from bench.importing_files import write_file
from bench.watch import POSTMASTER, Watch
from models.db import database, migration
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from tests.support.servers.cluster import Cluster, binaries

OUT = ROOT / "bench" / "out" / "files.json"
ROWS = {"postgres": 1_000_000, "sqlite": 100_000}
_EMPTY = "import: muster, into an empty table"


async def _prepare(url: str) -> str:
    """Migrates the database, creates an account, and returns the secret of a token."""
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


def _by_hand(kind: str, work: str, rows: int, seconds: float) -> Figures:
    return Figures(kind, f"{work}: floor", rows, round(seconds, 2), round(rows / seconds))


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
        filled: dict[str, Any] = {"url": cluster.url("filled"), "secret": secret, "watch": watch}
        found = [await importing.by_muster("postgres", rows, before, **filled, target=_EMPTY)]
        await _run(cluster.url("filled"), "VACUUM ANALYZE", "CHECKPOINT")
        seconds = await exporting.floor_postgres(cluster.url("filled"), directory / "out.csv")
        found.append(_by_hand("postgres", "export", rows, seconds))
        found.append(await exporting.by_muster("postgres", rows, **filled))
        for target in ("floor", "muster"):
            await _run(cluster.url(), f"CREATE DATABASE {target} TEMPLATE filled STRATEGY file_copy")
            await _run(
                cluster.url(target),
                "CREATE EXTENSION IF NOT EXISTS pg_prewarm",
                "SELECT pg_prewarm(oid) FROM pg_class "
                "WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace",
            )
            if target == "floor":
                seconds = await importing_floor.postgres(cluster.url(target), file)
                found.append(_by_hand("postgres", "import", rows, seconds))
            else:
                asked = {**filled, "url": cluster.url(target)}
                found.append(await importing.by_muster("postgres", rows, file, **asked))
            await _run(cluster.url(), f"DROP DATABASE {target} WITH (FORCE)")
    return found


async def _sqlite(directory: Path, rows: int, watch: Watch) -> list[Figures]:
    before, file, path = directory / "before.csv", directory / "people.csv", directory / "muster.db"
    write_file(before, first=0, count=rows, known=0)
    write_file(file, first=rows, count=rows, known=rows)
    url = f"sqlite:///{path}"
    asked: dict[str, Any] = {"url": url, "secret": await _prepare(url), "watch": watch}
    found = [await importing.by_muster("sqlite", rows, before, **asked, target=_EMPTY)]
    found.append(_by_hand("sqlite", "export", rows, exporting.floor_sqlite(path, directory / "out.csv")))
    found.append(await exporting.by_muster("sqlite", rows, **asked))
    copy = directory / "floor.db"
    with sqlite3.connect(path) as original, sqlite3.connect(copy) as target:
        original.backup(target)
    found.append(_by_hand("sqlite", "import", rows, importing_floor.sqlite(copy, file)))
    found.append(await importing.by_muster("sqlite", rows, file, **asked))
    return found


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.files", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument(
        "--rows", type=int, help="rows of each file (default: 1,000,000 on PostgreSQL, 100,000 on SQLite)"
    )
    options = parser.parse_args()
    found: list[Figures] = []
    for kind in options.databases:
        if kind == "postgres" and binaries() is None:
            print("bench: the PostgreSQL binaries were not found; PostgreSQL is SKIPPED.", file=sys.stderr)
            continue
        with Watch() as watch, tempfile.TemporaryDirectory(prefix="muster-bench-") as name:
            os.chmod(name, 0o755)  # PostgreSQL runs as a different user
            run = _postgres if kind == "postgres" else _sqlite
            lines = asyncio.run(run(Path(name), options.rows or ROWS[kind], watch))
        for line in lines:
            print(json.dumps({key: value for key, value in asdict(line).items() if value is not None}), flush=True)
        found += lines
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([asdict(line) for line in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
