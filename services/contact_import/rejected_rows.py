"""The rows that were not taken, as they came, with why: a CSV file to be mended and imported again."""

import asyncio
import csv
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from models import database
from services import job_files
from services.contact_import.records import Block, Records, read_block
from services.job_worker import Work

_ADDED: Final = ("line", "code", "message")


async def keep(work: Work, records: Records, path: Path) -> None:
    """Makes it the job's output; nothing where no row was rejected."""
    if not (work.summary or {}).get("rejected"):
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*_ADDED, *records.header])
        for block in records.blocks:
            if reasons := await _reasons(work, block):
                await asyncio.to_thread(_write, writer, records, block, reasons)
    name = f"{Path(work.file_name or 'import').stem}-rejected.csv"
    await job_files.keep_output(work, path, name=name, media_type="text/csv; charset=utf-8")


async def _reasons(work: Work, block: Block) -> Mapping[int, tuple[str, str]]:
    rows = await database.fetch(
        "SELECT line, code, message FROM job_row_error WHERE account_id = $1 AND job_id = $2 "
        "AND line >= $3 AND line < $4 AND is_rejected",
        work.account_id,
        work.job_id,
        block.first_line,
        block.first_line + block.count,
    )
    return {row["line"]: (row["code"], row["message"]) for row in rows}


def _write(writer: Any, records: Records, block: Block, reasons: Mapping[int, tuple[str, str]]) -> None:
    for line, cells, _ in read_block(records, block):
        if line in reasons:
            row = [cell or "" for _, cell in zip_longest(records.header, cells, fillvalue="")]
            writer.writerow([line, *reasons[line], *row])
