"""The floor of an import: writes rows that are already parsed, in as few statements as possible.

On PostgreSQL, COPY into a table and one INSERT … SELECT … ON CONFLICT DO NOTHING; on SQLite, one executemany. Each runs
in one transaction, and the tables keep all their indexes.
"""

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from models.db import database
from services.imports.blocks import COLUMNS, DELIMITER, NULL, Job, parse_block
from services.imports.columns import assign
from services.imports.parsing_worker import look
from services.imports.row_parsing import Rules
from services.phones.numbers import NetworkCheck, PhonePolicy

_STAGED = tuple(name for name in COLUMNS if name != "position")


def _parsed(file: Path, scratch: Path, *, is_copied: bool) -> Iterator[Any]:
    records = look(str(file), str(scratch), None, 5_000)
    rules = Rules("KE", PhonePolicy.POSSIBLE)
    job = Job(records, assign(records, []), rules, NetworkCheck.COVERED, {}, is_copied, False)
    for block in records.blocks:
        yield parse_block(job, block, database.uuid7(room=block.count)).staged


async def postgres(url: str, file: Path) -> float:
    """Returns the seconds that the import took."""
    clean = file.with_suffix(".copy")
    with clean.open("wb") as written:
        for staged in _parsed(file, file.with_suffix(".text"), is_copied=True):
            written.write(staged)
    connection = await asyncpg.connect(url)
    account_id = await connection.fetchval("SELECT id FROM account")
    types = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    start = time.monotonic()
    async with connection.transaction():
        await connection.execute(f"CREATE TEMPORARY TABLE clean ({types}) ON COMMIT DROP")
        await connection.copy_to_table("clean", source=clean, format="text", delimiter=DELIMITER, null=NULL)
        await connection.execute(
            f"INSERT INTO contact (account_id, {', '.join(_STAGED)}, created_at, updated_at) "
            f"SELECT $1, {', '.join(_STAGED)}, $2, $2 FROM clean ON CONFLICT DO NOTHING",
            account_id,
            datetime.now(UTC),
            timeout=600,
        )
    seconds = time.monotonic() - start
    await connection.close()
    return seconds


def sqlite(path: Path, file: Path) -> float:
    """Returns the seconds that the import took."""
    rows = [row[1:] for staged in _parsed(file, file.with_suffix(".text"), is_copied=False) for row in staged]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    account_id = connection.execute("SELECT id FROM account").fetchone()[0]
    marks = ", ".join("?" * len(_STAGED))
    now = datetime.now(UTC).isoformat(" ")
    start = time.monotonic()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        f"INSERT INTO contact (account_id, {', '.join(_STAGED)}, created_at, updated_at) "
        f"VALUES ('{account_id}', {marks}, '{now}', '{now}') ON CONFLICT DO NOTHING",
        rows,
    )
    connection.execute("COMMIT")
    seconds = time.monotonic() - start
    connection.close()
    return seconds
