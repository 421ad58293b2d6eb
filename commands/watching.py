"""Runs a command's own job, and shows its progress on the terminal."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from models import Job
from services.job_tasks import TASKS
from services.jobs import queue as jobs
from services.jobs.worker import Worker
from services.refusal import Refused

_LOOK_SECONDS = 0.2


async def watch_job(
    account_id: UUID, job_id: UUID, console: Console, label: str, *, clock: Callable[[], datetime]
) -> None:
    """Runs the job, and returns when it has ended. `label` names the work, such as "Importing".

    Ctrl-C cancels the job and prints the number of rows done. Rows already processed are kept.
    """
    worker = Worker(TASKS, clock=clock)
    worker.start()
    try:
        await _watch(account_id, job_id, console, label)
    except asyncio.CancelledError:
        with suppress(Refused):  # the job has just ended
            await jobs.cancel(account_id=account_id, job_id=job_id, now=clock())
        console.print(f"Stopped after {(await job_of(account_id, job_id)).done_row_count} rows.")
        raise
    finally:
        await worker.stop()


async def _watch(account_id: UUID, job_id: UUID, told: Console, label: str) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    # Without a terminal, the progress bar would print only an empty line.
    with Progress(*columns, console=told, transient=True, disable=not told.is_terminal) as progress:
        bar = progress.add_task("Reading", total=None, speed="")
        while (job := await job_of(account_id, job_id)).status not in jobs.ENDED:
            total, done = job.row_count, job.done_row_count
            speed = progress.tasks[0].speed
            progress.update(
                bar,
                description="Reading" if total is None else label,
                total=total,
                completed=done,
                speed=f"{speed:,.0f} rows/s" if speed else "",
            )
            await asyncio.sleep(_LOOK_SECONDS)


async def job_of(account_id: UUID, job_id: UUID) -> Job:
    """Returns the state of the job."""
    return await Job.get(account_id=account_id, id=job_id)
