"""A job that a command makes and does by itself, with its progress on the terminal."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from models import database
from services import jobs
from services.job_tasks import TASKS
from services.job_worker import Worker
from services.refusal import Refused

_LOOK_SECONDS = 0.2


async def do(account_id: UUID, job_id: UUID, told: Console, doing: str, *, clock: Callable[[], datetime]) -> None:
    """Returns once the job has ended. `doing` names the work, "Importing".

    Ctrl-C cancels it, and tells how far it was: what is in stays in.
    """
    worker = Worker(TASKS, clock=clock)
    worker.start()
    try:
        await _watch(account_id, job_id, told, doing)
    except asyncio.CancelledError:
        with suppress(Refused):  # it has ended this very moment
            await jobs.cancel(account_id=account_id, job_id=job_id, now=clock())
        told.print(f"Stopped after {(await job_of(account_id, job_id))['done_row_count']} rows.")
        raise
    finally:
        await worker.stop()


async def _watch(account_id: UUID, job_id: UUID, told: Console, doing: str) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    # Where there is no terminal nothing would be shown but an empty line.
    with Progress(*columns, console=told, transient=True, disable=not told.is_terminal) as progress:
        bar = progress.add_task("Reading", total=None, speed="")
        while (job := await job_of(account_id, job_id))["status"] not in jobs.ENDED:
            total, done = job["row_count"], job["done_row_count"]
            speed = progress.tasks[0].speed
            progress.update(
                bar,
                description="Reading" if total is None else doing,
                total=total,
                completed=done,
                speed=f"{speed:,.0f} rows/s" if speed else "",
            )
            await asyncio.sleep(_LOOK_SECONDS)


async def job_of(account_id: UUID, job_id: UUID) -> Any:
    """How the job stands."""
    return await database.fetch_one(
        "SELECT status, row_count, done_row_count, summary, error, is_dry_run FROM job "
        "WHERE account_id = $1 AND id = $2",
        account_id,
        job_id,
    )
