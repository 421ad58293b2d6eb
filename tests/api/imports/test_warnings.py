"""A job's warnings name what the import left out, skipped and decided, in a dry run as well."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from models.db import database
from services.imports import job as import_job, rejected_rows
from services.jobs import files as job_files
from services.jobs.files import FileRole
from services.purging import traces as purged_traces
from tests.support.api_client import MONDAY, Api
from tests.support.imports import import_content, job
from tests.support.mutations import mutate, purge, trash
from tests.support.rows import uuid_of

WARNINGS = "warnings { code column line value count }"
FILE = (
    "Phone,Town,Fax,\n"
    "0712000001,Nairobi,,x\n"
    "0712000002,Kisumu,,\n"
    "12,Nakuru,,\n"
    "0712000003,,,\n"
    "0712000004,,,\n"
    "0712000009,,,\n"
)


def left_out(column: str | None, value: str | None) -> dict[str, Any]:
    return warning("COLUMN_LEFT_OUT", None, column=column, value=value)


def warning(code: str, line: int | None, count: int = 1, **texts: Any) -> dict[str, Any]:
    return {"code": code, "column": None, "line": line, "value": None, "count": count} | texts


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 2, False: 2})


async def report(id: str, api: Api) -> list[list[str]]:
    """Returns the file of the job, which this makes if it does not exist yet."""
    await rejected_rows.make(account_id=api.account_id, job_id=uuid_of(id))
    content = b"".join(
        [part async for part in job_files.read(account_id=api.account_id, job_id=uuid_of(id), role=FileRole.OUTPUT)]
    )
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_each_kind_of_row_and_column_that_is_left_is_counted(api: Api) -> None:
    clients = await api.make_list("Clients")
    await api.make_contact("0712000002", listIds=[clients])
    for phone in ("0712000003", "0712000004"):
        await api.make_contact(phone)
    await trash(api, [await api.make_contact("0712000001")])
    await trash(api, [await api.make_contact("0712000009")])
    due = "UPDATE contact SET purge_at = $2 WHERE account_id = $1 AND phone = '+254712000009'"
    await database.execute(due, api.account_id, MONDAY)
    shown = f"id isDryRun {WARNINGS} summary {{ total created skipped rejected }}"

    rehearsed = await import_content(api, FILE, selected=shown, dryRun=True, listId=clients)
    done = await import_content(api, FILE, selected=shown, listId=clients)

    assert done["summary"] == {"total": 6, "created": 2, "skipped": 4, "rejected": 1}
    assert done["warnings"] == [
        left_out("Town", "Nairobi"),
        left_out("Fax", None),
        left_out(None, "x"),
        warning("EXISTING_SKIPPED", 3, 3),
        warning("NUMBER_IN_TRASH", 2, column="Phone", value="0712000001"),
        warning("EXISTING_NOT_ADDED_TO_LIST", 5, 2),
    ]
    assert (rehearsed["warnings"], rehearsed["summary"]) == (done["warnings"], done["summary"])
    reported = [[row[0], row[1], row[4]] for row in await report(done["id"], api)]
    assert reported == [
        ["line", "code", "Phone"],
        ["3", "EXISTING_SKIPPED", "0712000002"],
        ["4", "INVALID_PHONE_NUMBER", "12"],
        ["5", "EXISTING_SKIPPED", "0712000003"],
        ["6", "EXISTING_SKIPPED", "0712000004"],
    ]


async def test_no_warning_remains_for_what_is_mapped_or_added(api: Api) -> None:
    clients = await api.make_list("Clients")
    await api.make_contact("0712000002")
    mapping = [{"header": "Town", "field": "custom:Town"}, {"header": "Fax", "field": "ignore"}]
    content = FILE.replace("Fax,\n", "Fax\n")

    done = await import_content(
        api, content, selected=WARNINGS, mapping=mapping, listId=clients, addExistingToList=True, ifExists="UPDATE"
    )

    assert done == {"warnings": []}


async def test_a_list_of_existing_contacts_alone_is_made_on_demand(api: Api) -> None:
    await api.make_contact("0712000001")
    await api.make_contact("0712000002")

    done = await import_content(api, "Phone\n0712000001\n0712000002\n", selected=f"id downloadUrl {WARNINGS}")

    assert done["downloadUrl"] is not None
    assert done["warnings"] == [warning("EXISTING_SKIPPED", 2, 2)]
    assert [row[0] for row in await report(done["id"], api)] == ["line", "2", "3"]
    await job_files.remove_expired(now=MONDAY + timedelta(days=2))
    rows = await database.fetch("SELECT role FROM job_file WHERE account_id = $1", api.account_id)
    assert [row["role"] for row in rows] == ["OUTPUT"]


async def test_a_file_without_numbers_names_its_columns_in_its_warnings_too(api: Api) -> None:
    done = await import_content(api, "Town,Name\nNairobi,Zuri\n", selected=f"{WARNINGS} error {{ code }}")

    assert done == {"warnings": [left_out("Town", "Nairobi")], "error": {"code": "FILE_UNREADABLE"}}


async def test_a_purge_takes_the_texts_of_warnings_and_leaves_the_counts(api: Api) -> None:
    await trash(api, [await api.make_contact("0712000001")])
    made = await import_content(api, "Phone,Town\n0712000001,Zuleikha\n", selected="id")
    person = (await mutate(api, "updateContact", "contact { id }", contact={"phone": "0712000001"}))["contact"]["id"]

    await purge(api, [person])
    await purged_traces.erase(now=MONDAY)

    found = (await job(api, made["id"], "warnings { code message column value line count }"))["warnings"]
    assert [(one["code"], one["column"], one["value"], one["count"]) for one in found] == [
        ("COLUMN_LEFT_OUT", None, None, 1),
        ("NUMBER_IN_TRASH", None, None, 1),
    ]
    assert {one["message"] for one in found} == {"The details were deleted when contacts were purged."}
