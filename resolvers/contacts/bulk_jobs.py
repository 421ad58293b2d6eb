"""Runs bulk changes of more than 10,000 contacts as background jobs."""

from collections.abc import Awaitable
from typing import TypeVar

from resolvers.jobs.root_fields import load_selected
from schema.context import Info
from schema.execution import selection
from schema.types.job import Job
from services import planner_statistics
from services.contacts import bulk_jobs
from services.contacts.bulk_changes import BulkChange
from services.contacts.selection import ChosenContacts, TooManyAtOnce

T = TypeVar("T")


async def run_or_enqueue(
    info: Info, chosen: ChosenContacts, at_once: Awaitable[T], change: BulkChange
) -> tuple[T | None, Job | None]:
    """Runs a bulk change, and returns its result and None.

    For more than 10,000 contacts it starts a job, and returns None and the job, with the columns that the operation
    selects. The job is None if it is not selected. Raises Refused.
    """
    context = info.context
    if chosen.criteria is not None:
        await planner_statistics.accounts().ensure_fresh(context.account_id, now=context.now)
    try:
        return await at_once, None
    except TooManyAtOnce:
        job_id = await bulk_jobs.start(chosen=chosen, change=change, user_id=context.caller.user_id, now=context.now)
    return None, await load_selected(context, selection(info).under("job"), job_id)
