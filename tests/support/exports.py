"""Runs exports and reads their files."""

import csv
import io
from typing import Any

from services.job_tasks import TASKS
from services.jobs import files as job_files
from services.jobs.files import FileRole
from services.jobs.worker import Worker
from tests.support.api_client import Api
from tests.support.mutations import mutate
from tests.support.rows import uuid_of

HEADER = (
    "first_name,last_name,phone,email,tags,notes,company_name,name,external_id,sender_number,is_opted_out,status,"
    "created_at"
).split(",")


OWN = {
    "email": "ada@example.com",
    "filename": "mine.csv",
    "fileBase64": "YSxiCjEsMgo=",
    "mimeType": "text/csv",
    "count": 1,
}
"""The arguments of emailExport."""


async def start_export(api: Api, **input: Any) -> Any:
    return await mutate(api, "exportContacts", "job { id status kind fileName }", **{"waitSeconds": 0, **input})


async def output_content(api: Api, job: str) -> bytes:
    pieces = job_files.read(account_id=api.account_id, job_id=uuid_of(job), role=FileRole.OUTPUT)
    return b"".join([piece async for piece in pieces])


async def export_content(api: Api, **input: Any) -> bytes:
    """Requests an export, runs it, and returns its file."""
    payload = await start_export(api, **input)
    assert payload["errors"] == []
    await Worker(TASKS, clock=lambda: api.now).run_all()
    found = await api.run("query ($id: ID!) { job(id: $id) { status error { message } } }", id=payload["job"]["id"])
    assert found["job"] == {"status": "COMPLETED", "error": None}
    return await output_content(api, payload["job"]["id"])


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
