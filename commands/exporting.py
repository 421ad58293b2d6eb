"""`python -m muster export`: contacts written to a file as the server would, with progress on the terminal."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console

from commands import watching
from models import database
from services import job_files
from services.contact_export import exporting
from services.contact_export.exporting import Export
from services.contact_export.writers import Format
from services.contact_filter import Criteria
from services.job_files import Role


async def write_out(
    file: Path,
    told: Console,
    *,
    account_id: UUID,
    list_id: UUID | None,
    search: str | None,
    format: Format,
    clock: Callable[[], datetime],
) -> str | None:
    """Why it failed, in a sentence; None where the file is there, whole. Raises Refused."""
    now = clock()
    job_id = database.uuid7(now)
    export = Export(list_id=list_id, criteria=Criteria(search=search), format=format, email=None, link="")
    await exporting.start(account_id=account_id, job_id=job_id, export=export, user_id=None, now=now)
    await watching.do(account_id, job_id, told, "Exporting", clock=clock)
    job: Any = await watching.job_of(account_id, job_id)
    if job["error"] is not None:
        return str(job["error"]["message"])
    unfinished = file.with_name(f"{file.name}.part")
    await job_files.copy_to(unfinished, account_id=account_id, job_id=job_id, role=Role.OUTPUT)
    unfinished.replace(file)
    told.print(f"{job['done_row_count']} contacts")
    return None
