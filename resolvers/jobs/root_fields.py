"""Queries and mutations of background jobs."""

from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from models.db import database
from resolvers.decoding import as_top_level, decode_id, or_none
from resolvers.query.default_orders import NEWEST_JOBS
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, of_id, one_of, row
from resolvers.query.tables import JOBS
from schema.context import Context, Info
from schema.descriptions import JOB_ID
from schema.errors import to_user_errors
from schema.execution import Selection, selection
from schema.ids import IdPrefix
from schema.inputs.job import CancelJobInput
from schema.pagination import After, First
from schema.payloads.job import CancelJobPayload
from schema.types.job import Job, JobConnection, JobKind, JobStatus
from services.jobs import queue as job_queue
from services.refusal import Code, Refused, refuse

MAX_WAIT_SECONDS = 30

JobId = Annotated[strawberry.ID, strawberry.argument(description=JOB_ID)]
Kinds = Annotated[
    list[JobKind] | None, strawberry.argument(description="Returns only jobs of these kinds; all kinds if unset.")
]
Statuses = Annotated[
    list[JobStatus] | None,
    strawberry.argument(description="Returns only jobs with one of these statuses; all if unset."),
]
Cancel = Annotated[CancelJobInput, strawberry.argument(description="ID of the background job to cancel.")]


async def job(info: Info, id: JobId) -> Job | None:
    with as_top_level():
        job_id = decode_id(IdPrefix.JOB, id, "id")
    return await load_selected(info.context, selection(info), job_id)


async def jobs(
    info: Info, first: First = UNSET, after: After = UNSET, kinds: Kinds = UNSET, statuses: Statuses = UNSET
) -> JobConnection | None:
    where = of_account(JOBS, info.context.account_id)
    for column, wanted in (("kind", or_none(kinds)), ("status", or_none(statuses))):
        if wanted is not None:
            where &= one_of(JOBS, column, [one.value for one in wanted])
    source = PageSource(JOBS, where, NEWEST_JOBS)
    return cast(JobConnection, await page(source, Window.of({"first": first, "after": after}), selection(info)))


async def cancel_job(info: Info, input: Cancel) -> CancelJobPayload:
    context = info.context
    try:
        job_id = decode_id(IdPrefix.JOB, input.id, "id")
        await job_queue.cancel(account_id=context.account_id, job_id=job_id, now=context.now)
    except Refused as refused:
        return CancelJobPayload(job=None, errors=to_user_errors(refused.refusals, "input"))
    return CancelJobPayload(job=await load_selected(context, selection(info).under("job"), job_id), errors=[])


async def load_selected(context: Context, selected: Selection, job_id: UUID | None) -> Job | None:
    """Returns the job as it is now, with the selected columns; None if there is no job or nothing is selected."""
    if not selected or job_id is None:
        return None
    where = of_id(JOBS, context.account_id, job_id)
    return cast(Job | None, await row(JOBS, selected.columns, where))


async def wait_for(context: Context, selected: Selection, job_id: UUID, seconds: int) -> Any:
    """Waits until the job has ended, for at most `seconds`, and returns it with the selected columns.

    Does not wait inside a transaction.
    """
    if seconds and selected and not database.in_a_transaction():  # workers can't see the job before the commit
        await job_queue.wait(account_id=context.account_id, job_id=job_id, seconds=seconds)
    return await load_selected(context, selected, job_id)


def check_wait(seconds: int) -> None:
    """Raises Refused if a client may not wait this long."""
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise refuse(Code.INVALID, f"waitSeconds must be 0 to {MAX_WAIT_SECONDS}, not {seconds}.", "waitSeconds")
