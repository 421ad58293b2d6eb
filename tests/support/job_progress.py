"""Subscribes to the progress of a job, and changes that job."""

from typing import Any

from schema.ids import IdPrefix, encode
from services.accounts import tokens
from services.accounts.authentication import Scope
from services.jobs import queue as jobs
from services.jobs.queue import JobKind
from tests.support.api_client import MONDAY, Api
from tests.support.rows import change, uuid_of
from tests.support.servers.running_server import RunningServer

VIEWER = "{ viewer { account { name } } }"
ANSWER = {"data": {"viewer": {"account": {"name": "Acme"}}}}
PROGRESS = "subscription ($id: ID!) { jobProgress(id: $id) { id status doneRowCount } }"


async def waiting_job(api: Api) -> str:
    job_id = await jobs.create(account_id=api.account_id, kind=JobKind.UPDATE, task="none", input={}, now=MONDAY)
    return encode(IdPrefix.JOB, job_id)


async def write_progress(api: Api, id: str, **values: Any) -> None:
    """Writes values as a worker does with a batch."""
    await change("job", id, **values)
    await jobs.notify_change(api.account_id, uuid_of(id), now=MONDAY)


def progress_message(id: str, status: str, done: int) -> Any:
    return {"data": {"jobProgress": {"id": id, "status": status, "doneRowCount": done}}}


async def new_token(served: RunningServer, scopes: list[Scope]) -> str:
    _, secret = await tokens.create(
        account_id=served.api.account_id, name="another", user_id=None, scopes=scopes, expires_at=None, now=MONDAY
    )
    return secret
