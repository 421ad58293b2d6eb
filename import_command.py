"""`python -m muster import`: a file taken in as the server would, with its progress on the terminal."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from models import database
from services import jobs
from services.contact_import import starting
from services.job_tasks import TASKS
from services.job_worker import Worker

_LOOK_SECONDS = 0.2
_SHOWN_ERRORS = 20


async def take_in(file: Path, told: Console, *, clock: Callable[[], datetime], **options: Any) -> UUID:
    """The id of the job, once it has ended. Ctrl-C cancels it: what is in stays in. Raises Refused.

    `options` are those of `starting.start`.
    """
    account_id = options["settings"].account_id
    worker = Worker(TASKS, clock=clock)
    job_id = await starting.start(file, file_name=file.name, now=clock(), **options)
    worker.start()
    try:
        await _watch(account_id, job_id, told)
    except asyncio.CancelledError:
        await jobs.cancel(account_id=account_id, job_id=job_id, now=clock())
        raise
    finally:
        await worker.stop()
    return job_id


async def _watch(account_id: UUID, job_id: UUID, told: Console) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=told, transient=True) as progress:
        bar = progress.add_task("Reading", total=None, speed="")
        while (job := await _job(account_id, job_id))["status"] not in jobs.ENDED:
            total, done = job["row_count"], job["done_row_count"]
            speed = progress.tasks[0].speed
            progress.update(
                bar,
                description="Reading" if total is None else "Importing",
                total=total,
                completed=done,
                speed=f"{speed:,.0f} rows/s" if speed else "",
            )
            await asyncio.sleep(_LOOK_SECONDS)


async def _job(account_id: UUID, job_id: UUID) -> Any:
    return await database.fetch_one(
        "SELECT status, row_count, done_row_count, summary, error, is_dry_run FROM job "
        "WHERE account_id = $1 AND id = $2",
        account_id,
        job_id,
    )


async def outcome(account_id: UUID, job_id: UUID, told: Console) -> str | None:
    """Why the job failed, in a sentence; None where it did not, and what came of it is printed."""
    job = await _job(account_id, job_id)
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
