"""`python -m muster import`: a file taken in as the server would, with its progress on the terminal."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console

from commands import watching
from models import database
from services.contact_import import starting

_SHOWN_ERRORS = 20


async def take_in(file: Path, told: Console, *, clock: Callable[[], datetime], **options: Any) -> UUID:
    """The id of the job, once it has ended. Ctrl-C cancels it: what is in stays in. Raises Refused.

    `options` are those of `starting.start`.
    """
    account_id = options["settings"].account_id
    job_id = await starting.start(file, file_name=file.name, now=clock(), **options)
    await watching.do(account_id, job_id, told, "Importing", clock=clock)
    return job_id


async def outcome(account_id: UUID, job_id: UUID, told: Console) -> str | None:
    """Why the job failed, in a sentence; None where it did not, and what came of it is printed."""
    job = await watching.job_of(account_id, job_id)
    if job["error"] is not None:
        return str(job["error"]["message"])
    errors = await database.fetch(
        'SELECT line, code, "column", message, suggestion FROM job_row_error WHERE account_id = $1 AND job_id = $2 '
        "ORDER BY line, position LIMIT $3",
        account_id,
        job_id,
        _SHOWN_ERRORS + 1,
    )
    for error in errors[:_SHOWN_ERRORS]:
        meant = f" Is it {error['suggestion']}?" if error["suggestion"] else ""
        where = f", {error['column']}" if error["column"] else ""
        told.print(f"line {error['line']}{where}: {error['code']}: {error['message']}{meant}", markup=False)
    if len(errors) > _SHOWN_ERRORS:
        told.print("and more: the job's rowErrors has them all")
    told.print("Nothing was written: this was a dry run." if job["is_dry_run"] else "Done.")
    for name, count in job["summary"].items():
        print(f"{name.replace('_', ' ')}\t{count}")
    return None
