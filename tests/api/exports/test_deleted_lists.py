"""An export fails if its list is deleted in the meantime; it must not pass part of a list off as the whole."""

from typing import Any

import pytest

from models.db import database
from services.exports import rows as export_rows
from tests.support.api_client import Api
from tests.support.imports import run_jobs
from tests.support.mutations import mutate

GONE = {
    "code": "NOT_FOUND",
    "message": "The list was deleted while the export was running.",
    "path": ["input", "listId"],
}


async def asked(api: Api) -> str:
    """Creates a list of two contacts with a queued export, and returns the list's id."""
    clients = await api.make_list("Clients")
    for phone in ("0712000001", "0712000002"):
        await api.make_contact(phone, listIds=[clients])
    payload = await mutate(api, "exportContacts", "job { status }", listId=clients, waitSeconds=0)
    assert payload == {"job": {"status": "QUEUED"}, "errors": []}
    return clients


async def ended(api: Api) -> Any:
    found = await api.run("{ jobs { nodes { status error { code message path } downloadUrl } } }")
    return found["jobs"]["nodes"][0]


async def test_a_list_that_is_deleted_before_its_export_begins_fails_it(api: Api) -> None:
    clients = await asked(api)
    await mutate(api, "deleteContactList", "deletedId", id=clients)

    await run_jobs(api)

    assert await ended(api) == {"status": "FAILED", "error": GONE, "downloadUrl": None}


async def test_a_list_that_is_deleted_half_way_fails_its_export(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = await asked(api)
    monkeypatch.setattr(export_rows, "PAGE", 1)
    pages = export_rows.ExportRequest.pages

    async def deleted_behind_the_first(self: export_rows.ExportRequest) -> Any:
        is_first = True
        async for page in pages(self):
            yield page
            if is_first:
                await mutate(api, "deleteContactList", "deletedId", id=clients)
            is_first = False

    monkeypatch.setattr(export_rows.ExportRequest, "pages", deleted_behind_the_first)

    await run_jobs(api)

    assert await ended(api) == {"status": "FAILED", "error": GONE, "downloadUrl": None}
    assert await database.fetch("SELECT 1 FROM job_file WHERE account_id = $1", api.account_id) == []
