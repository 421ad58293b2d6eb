"""The command that cancels a job. `commands.listing` lists jobs."""

from typing import Annotated

import typer

from commands.running import decoded, fail, now, run
from models import Job
from schema.ids import IdPrefix
from services.jobs import queue as jobs


def cancel_job(job: Annotated[str, typer.Argument(help="The job's id: job_…")]) -> None:
    """Cancel a job before its next batch. Rows already processed are kept."""
    job_id = decoded(IdPrefix.JOB, job)

    async def cancel() -> None:
        # Operators name only the job, so this look-up has no account id.
        found = await Job.get_or_none(id=job_id)
        if found is None:
            fail(f"there is no job {job}")
        await jobs.cancel(account_id=found.account_id, job_id=job_id, now=now())

    run(cancel)
