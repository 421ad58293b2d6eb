"""What is pushed: the progress of a job."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import strawberry
from graphql import GraphQLError

from models.sql import MARK, Sql
from resolvers.decoding import as_top_level, decode_id
from resolvers.reading import of_account, row
from resolvers.tables import JOBS
from schema.context import Info
from schema.execution import selection
from schema.ids import Prefix
from schema.types.job import Job
from services import job_watch

JobId = Annotated[strawberry.ID, strawberry.argument(description="Which job.")]


async def job_progress(info: Info, id: JobId) -> AsyncGenerator[Job, None]:
    with as_top_level():
        job_id = decode_id(Prefix.JOB, id, "id")
    account_id = info.context.account_id
    where = of_account(JOBS, account_id) & Sql(f"job.id = {MARK}", (job_id,))
    columns = tuple(dict.fromkeys((*selection(info).columns, "status", "done_row_count")))

    async def read() -> Any:
        return await row(JOBS, columns, where)

    if await read() is None:
        raise GraphQLError("There is no such job.", extensions={"code": "NOT_FOUND"})
    return cast(AsyncGenerator[Job, None], job_watch.steps(account_id=account_id, job_id=job_id, read=read))
