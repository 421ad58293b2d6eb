"""The floors of imports and exports, on both databases. Each function takes a database's URL and a file, and returns
the seconds that it took.

An import starts from rows that are already parsed, and runs in one transaction; the tables keep all their indexes. On
PostgreSQL, it is COPY into a table and one INSERT … SELECT … ON CONFLICT DO NOTHING; on SQLite, one executemany. An
export is one COPY … TO of the columns that Muster exports, or one SELECT.
"""

import asyncio
import csv
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from bench.data import NETWORK_CHECK, POLICY, REGION
from models.db import database
from services.imports.blocks import COLUMNS, DELIMITER, NULL, Job, parse_block
from services.imports.columns import assign
from services.imports.parsing_worker import look
from services.imports.row_parsing import Rules

_STAGED = tuple(name for name in COLUMNS if name != "position")
_EXPORTED = (
    "SELECT first_name, last_name, phone, email, {tags}, notes, company_name, name, external_id, sender_number, "
    "EXISTS (SELECT 1 FROM opt_out o WHERE o.account_id = c.account_id AND o.phone = c.phone AND o.is_opted_out), "
    "status, created_at "
    "FROM contact c WHERE c.account_id = '{account_id}' AND c.deleted_at IS NULL ORDER BY c.id"
)
_CREATE = f"CREATE TEMPORARY TABLE clean ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
_INSERT = f"INSERT INTO contact (account_id, {', '.join(_STAGED)}, created_at, updated_at)"
_FROM_CLEAN = f"{_INSERT} SELECT $1, {', '.join(_STAGED)}, $2, $2 FROM clean ON CONFLICT DO NOTHING"
_VALUES = f"{_INSERT} VALUES (?, {', '.join('?' * len(_STAGED))}, ?, ?) ON CONFLICT DO NOTHING"


def exported(url: str, account_id: str, file: Path) -> float:
    path = url.removeprefix("sqlite:///")
    if path == url:
        return asyncio.run(_export_postgres(url, account_id, file))
    sql = _EXPORTED.format(tags="tags", account_id=account_id)
    with closing(sqlite3.connect(path)) as connection, file.open("w", encoding="utf-8", newline="") as written:
        start = time.monotonic()
        csv.writer(written).writerows(connection.execute(sql))
        return time.monotonic() - start


def imported(url: str, account_id: str, file: Path) -> float:
    path = url.removeprefix("sqlite:///")
    if path == url:
        return asyncio.run(_import_postgres(url, account_id, file))
    now = datetime.now(UTC).isoformat(" ")
    rows = [(account_id, *row[1:], now, now) for staged in _parsed(file, is_copied=False) for row in staged]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        start = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_VALUES, rows)
        connection.execute("COMMIT")
        return time.monotonic() - start


async def _export_postgres(url: str, account_id: str, file: Path) -> float:
    connection = await asyncpg.connect(url)
    start = time.monotonic()
    sql = _EXPORTED.format(tags="array_to_string(tags, ';')", account_id=account_id)
    await connection.copy_from_query(sql, output=file, format="csv", header=True, timeout=600)
    seconds = time.monotonic() - start
    await connection.close()
    return seconds


def _parsed(file: Path, *, is_copied: bool) -> Iterator[Any]:
    records = look(str(file), str(file.with_suffix(".text")), None, 5_000)
    job = Job(records, assign(records, []), Rules(REGION, POLICY), NETWORK_CHECK, {}, is_copied, False)
    for block in records.blocks:
        yield parse_block(job, block, database.uuid7(room=block.count)).staged


async def _import_postgres(url: str, account_id: str, file: Path) -> float:
    clean = file.with_suffix(".copy")
    clean.write_bytes(b"".join(_parsed(file, is_copied=True)))
    connection = await asyncpg.connect(url)
    start = time.monotonic()
    async with connection.transaction():
        await connection.execute(_CREATE)
        await connection.copy_to_table("clean", source=clean, format="text", delimiter=DELIMITER, null=NULL)
        await connection.execute(_FROM_CLEAN, account_id, datetime.now(UTC), timeout=600)
    seconds = time.monotonic() - start
    await connection.close()
    return seconds
