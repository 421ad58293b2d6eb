"""Subscriptions to the progress of a job and to changes of contacts."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from resolvers.decoding import as_top_level, bad_input, decode_filter, decode_id, or_none
from resolvers.query.row_queries import of_id, row
from resolvers.query.tables import JOBS
from schema.context import Info
from schema.descriptions import JOB_ID
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.contact_filter import ContactFilter
from schema.types.contact_change import ContactChange
from schema.types.job import Job
from services.jobs import progress as job_watch
from services.subscriptions.feed import feed

Filter = Annotated[
    ContactFilter | None,
    strawberry.argument(
        description=(
            "Sends only changes of contacts that match or matched this filter, and BULK; changes of all contacts if "
            "unset."
        )
    ),
]
JobId = Annotated[strawberry.ID, strawberry.argument(description=JOB_ID)]


async def job_progress(info: Info, id: JobId) -> AsyncGenerator[Job, None]:
    with as_top_level():
        job_id = decode_id(IdPrefix.JOB, id, "id")
    account_id = info.context.account_id
    where = of_id(JOBS, account_id, job_id)
    columns = tuple(dict.fromkeys((*selection(info).columns, "status", "done_row_count")))

    async def read() -> Any:
        return await row(JOBS, columns, where)

    if await read() is None:
        raise bad_input("There is no such job.")
    return cast(AsyncGenerator[Job, None], job_watch.watch(account_id=account_id, job_id=job_id, read=read))


async def contact_changed(info: Info, filter: Filter = UNSET) -> AsyncGenerator[ContactChange, None]:
    context = info.context
    with as_top_level():
        criteria = decode_filter(or_none(filter), "filter")
        listening = await feed().listen(criteria, settings=context.caller.settings, now=context.now)
    return cast(AsyncGenerator[ContactChange, None], listening)
