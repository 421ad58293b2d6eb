"""Writes the skipped rows with their reasons to a CSV file that the client can correct and import again.

These are the rejected rows, and the rows that were skipped because their contact exists. An import that completes with
rejected rows writes the file at its end. Otherwise, the file is written on demand: if an import was cancelled or failed
midway, the worker may no longer run, and a list of existing contacts is rarely wanted.
"""

import asyncio
import csv
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from models.db import database
from models.db.application import PerApplication
from services.imports.options import options_from_input
from services.imports.parser_pool import parsers
from services.imports.record_splitting import Block, Records, read_block
from services.imports.warnings import WarningCode
from services.jobs import files as job_files, temp_directory
from services.jobs.files import FileRole
from services.jobs.worker import Work

_ADDED: Final = ("line", "code", "message")
_MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_BLOCK_ROWS: Final = 5_000
_PIECES_AT_ONCE: Final = 100
_EXISTS: Final = (
    WarningCode.EXISTING_SKIPPED.value,
    "A contact with this number exists. The import left it unchanged.",
)

_making = PerApplication[dict[UUID, asyncio.Task[None]]](dict)


def output_columns(work: Work) -> Mapping[str, Any]:
    """Returns the job's columns for the announced file, once a row was skipped."""
    return job_files.output_columns(_name(work), _MEDIA_TYPE)


def _name(work: Work) -> str:
    return f"{Path(work.file_name or 'import').stem}-skipped.csv"


async def keep(work: Work, records: Records, path: Path) -> None:
    """Writes the file and stores it as the job's output, if a row was rejected."""
    if (work.summary or {}).get("rejected"):
        await _write_all(work.account_id, work.job_id, records, path)
        await job_files.keep_output(work, path, name=_name(work), media_type=_MEDIA_TYPE, is_always_the_same=True)


async def keep_existing(work: Work, block: Block, lines: Sequence[int]) -> None:
    """Stores the lines of a block whose contacts exist, in the caller's transaction."""
    if lines:
        await database.execute(
            "INSERT INTO job_file (account_id, job_id, role, position, content) VALUES ($1, $2, $3, $4, $5)",
            work.account_id,
            work.job_id,
            FileRole.EXISTING.value,
            block.index,
            array("Q", lines).tobytes(),
        )


async def _existing(account_id: UUID, job_id: UUID) -> "array[int]":
    """Returns all lines that `keep_existing` has stored, in order."""
    lines = array("Q")
    position = -1
    while True:
        rows = await database.fetch(
            "SELECT position, content FROM job_file WHERE account_id = $1 AND job_id = $2 AND role = $3 "
            f"AND position > $4 ORDER BY position LIMIT {_PIECES_AT_ONCE}",
            account_id,
            job_id,
            FileRole.EXISTING.value,
            position,
        )
        if not rows:
            return lines
        for row in rows:
            lines.frombytes(bytes(row["content"]))
        position = rows[-1]["position"]


async def make(*, account_id: UUID, job_id: UUID) -> None:
    """Writes the file for an import that ended early. Idempotent, and safe for concurrent calls."""
    running = _making()
    making = running.get(job_id)
    if making is None:
        making = running[job_id] = asyncio.create_task(_make(account_id, job_id))
        making.add_done_callback(lambda _: running.pop(job_id))
    await asyncio.shield(making)


async def _make(account_id: UUID, job_id: UUID) -> None:
    job = await database.fetch_one(
        "SELECT input FROM job WHERE account_id = $1 AND id = $2 AND kind = 'IMPORT' AND finished_at IS NOT NULL "
        "AND output_key IS NOT NULL AND output_size IS NULL",
        account_id,
        job_id,
    )
    if job is None:
        return
    async with temp_directory.directory() as directory:
        source, text, path = (directory / name for name in ("input", "text", "rejected.csv"))
        await job_files.copy_to(source, account_id=account_id, job_id=job_id, role=FileRole.INPUT)
        async with parsers(size=source.stat().st_size, most=1) as pool:
            records = await pool.look(source, text, options_from_input(job["input"]).look, _BLOCK_ROWS)
        await _write_all(account_id, job_id, records, path)
        with path.open("rb") as file:
            size = await job_files.keep(
                account_id=account_id, job_id=job_id, role=FileRole.OUTPUT, file=file, is_always_the_same=True
            )
    is_wanted = await database.execute(
        "UPDATE job SET output_size = $3 WHERE account_id = $1 AND id = $2 AND output_key IS NOT NULL",
        account_id,
        job_id,
        size,
    )
    if not is_wanted:  # contacts were purged in the meantime
        await job_files.remove(account_id=account_id, job_id=job_id, role=FileRole.OUTPUT)


async def _write_all(account_id: UUID, job_id: UUID, records: Records, path: Path) -> None:
    # A file of rejected rows that is imported again already has these columns. The new columns replace them.
    existing = await _existing(account_id, job_id)
    left_out = len(_ADDED) if records.header[: len(_ADDED)] == _ADDED else 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*_ADDED, *records.header[left_out:]])
        for block in records.blocks:
            last = block.first_line + block.count
            there = existing[bisect_left(existing, block.first_line) : bisect_left(existing, last)]
            if reasons := dict.fromkeys(there, _EXISTS) | await _reasons(account_id, job_id, block):
                await asyncio.to_thread(_write, writer, records, block, reasons, left_out)


async def _reasons(account_id: UUID, job_id: UUID, block: Block) -> dict[int, tuple[str, str]]:
    rows = await database.fetch(
        "SELECT line, code, message FROM job_row_error WHERE account_id = $1 AND job_id = $2 "
        "AND line >= $3 AND line < $4 AND is_rejected",
        account_id,
        job_id,
        block.first_line,
        block.first_line + block.count,
    )
    return {row["line"]: (row["code"], row["message"]) for row in rows}


def _write(writer: Any, records: Records, block: Block, reasons: Mapping[int, tuple[str, str]], left_out: int) -> None:
    for line, cells, _ in read_block(records, block):
        if line in reasons:
            row = [cell or "" for _, cell in zip_longest(records.header, cells, fillvalue="")]
            writer.writerow([line, *reasons[line], *row[left_out:]])
