"""Exports all contacts of an account to a file. The floor is one COPY … TO of the same columns, or one SELECT."""

import csv
import sqlite3
import time
from pathlib import Path

import asyncpg
import httpx2

from bench.file_server import Figures, measured
from bench.watch import Watch

_EXPORT = "mutation { exportContacts(input: {waitSeconds: 0}) { job { id } errors { message } } }"
_COLUMNS = (
    "first_name, last_name, phone, email, {tags}, notes, company_name, name, external_id, sender_number, "
    "EXISTS (SELECT 1 FROM opt_out o WHERE o.account_id = c.account_id AND o.phone = c.phone AND o.is_opted_out), "
    "status, created_at"
)
_LIVE = "FROM contact c WHERE c.account_id = (SELECT id FROM account) AND c.deleted_at IS NULL ORDER BY c.id"


async def floor_postgres(url: str, file: Path) -> float:
    connection = await asyncpg.connect(url)
    start = time.monotonic()
    columns = _COLUMNS.format(tags="array_to_string(tags, ';')")
    await connection.copy_from_query(f"SELECT {columns} {_LIVE}", output=file, format="csv", header=True, timeout=600)
    seconds = time.monotonic() - start
    await connection.close()
    return seconds


def floor_sqlite(path: Path, file: Path) -> float:
    connection = sqlite3.connect(path)
    start = time.monotonic()
    with file.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written).writerows(connection.execute(f"SELECT {_COLUMNS.format(tags='tags')} {_LIVE}"))
    seconds = time.monotonic() - start
    connection.close()
    return seconds


async def by_muster(kind: str, rows: int, *, url: str, secret: str, watch: Watch) -> Figures:
    async def start(client: httpx2.AsyncClient) -> str:
        answer = await client.post("/graphql", json={"query": _EXPORT})
        return str(answer.json()["data"]["exportContacts"]["job"]["id"])

    figures, _ = await measured(kind, "export: muster", rows, url=url, secret=secret, watch=watch, start=start)
    return figures
