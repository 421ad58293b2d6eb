"""Contacts are exported as files: their content, the permissions, and the recipients."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest

from services.accounts.authentication import Role
from services.exports import rows as export_rows
from services.job_tasks import TASKS
from services.jobs import files as job_files
from services.jobs.worker import Worker
from tests.support.api_client import DAY, HOUR, Api, counted_statements
from tests.support.exports import HEADER, OWN, csv_rows, export_content, output_content, start_export
from tests.support.mutations import mutate, refusal
from tests.support.rows import insert_contacts
from tests.support.sample_contacts import create_sample_contacts
from tests.support.snapshot import stored_rows

SECOND = timedelta(seconds=1)


async def test_all_contacts_are_exported_oldest_first(api: Api) -> None:
    await create_sample_contacts(api)

    data = await export_content(api.later(DAY))

    assert csv_rows(data) == [
        HEADER,
        ["Amina", "Otieno", "+254712345678", "amina@example.com", "farmer;vip", "", "Mbali Ltd", "", "A-1",
         "'+254700000000", "false", "VALID", "2026-01-05T09:30:00Z"],
        ["", "", "+254733123456", "", "farmer", "", "", "Brian", "", "", "true", "VALID", "2026-01-05T10:30:00Z"],
        ["", "", "+2348031234567", "", "", "", "", "Chidi", "C-3", "", "false", "VALID", "2026-01-05T11:30:00Z"],
        ["", "", "+254205550100", "dalia@example.com", "VIP", "", "", "Dalia", "", "", "false", "INVALID",
         "2026-01-05T12:30:00Z"],
    ]  # fmt: skip


async def test_a_list_or_what_matches_or_both_are_exported(api: Api) -> None:
    cast = await create_sample_contacts(api)

    async def names(**input: Any) -> list[str]:
        return [row[0] or row[7] for row in csv_rows(await export_content(api.later(DAY), **input))[1:]]

    assert await names(listId=cast.lists["Farmers"]) == ["Amina", "Brian"]
    assert await names(filter={"allTags": ["farmer"], "isOptedOut": True}) == ["Brian"]
    assert await names(listId=cast.lists["Farmers"], filter={"search": "amina"}) == ["Amina"]
    assert await names(listId=cast.lists["Empty"]) == []
    assert await names(filter={"state": "TRASHED"}) == ["Esi"]
    assert await names(listId=cast.lists["Farmers"], filter={"or": [{"ids": [cast.contacts["Brian"]]}]}) == ["Brian"]


async def test_what_belongs_to_another_account_is_in_no_file(api: Api, stranger: Api) -> None:
    theirs = await stranger.make_list("Theirs")
    contact = await stranger.make_contact("0712345678", listIds=[theirs])

    by_list = await export_content(api, filter={"listIds": [theirs]})
    by_id = await export_content(api, filter={"ids": [contact]})
    everything = await export_content(api)

    assert csv_rows(by_list) == csv_rows(by_id) == csv_rows(everything) == [HEADER]


async def test_custom_variables_have_a_column_each_and_nothing_runs_in_a_spreadsheet(api: Api) -> None:
    await api.make_contact(
        "0712345678",
        firstName="=1+1",
        lastName="'=x",
        notes='two\nlines, "quoted"',
        tags=["@a", "b"],
        customVariables={"Plan B": "-1", "Age": "40", "=x": "y"},
    )

    rows = csv_rows(await export_content(api))

    assert rows[0] == [*HEADER, "custom:=x", "custom:Age", "custom:Plan B"]
    assert rows[1][:6] == ["'=1+1", "''=x", "+254712345678", "", "'@a;b", 'two\nlines, "quoted"']
    assert rows[1][13:] == ["y", "40", "'-1"]


async def test_a_sheet_holds_the_same_cells_as_text(api: Api, tmp_path: Path) -> None:
    await create_sample_contacts(api)
    await api.make_contact("0799000111", firstName="=1+1")

    as_csv, as_sheet = await export_content(api), await export_content(api, format="XLSX")

    (tmp_path / "export.xlsx").write_bytes(as_sheet)
    sheet = openpyxl.load_workbook(tmp_path / "export.xlsx").active
    found = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert found == csv_rows(as_csv)


async def test_json_is_one_array_of_contacts_as_they_are(api: Api) -> None:
    await api.make_contact("0712345678", firstName="=1", tags=["b", "a"], customVariables={"Age": "40"})

    some, none = (
        await export_content(api, format="JSON"),
        await export_content(api, format="JSON", filter={"search": "nobody"}),
    )

    assert orjson.loads(none) == []
    assert orjson.loads(some) == [
        {
            **dict.fromkeys(HEADER),
            "first_name": "=1",
            "phone": "+254712345678",
            "tags": ["a", "b"],
            "is_opted_out": False,
            "status": "VALID",
            "created_at": "2026-01-05T09:30:00Z",
            "custom_variables": {"Age": "40"},
        }
    ]


async def test_a_job_tells_the_file_and_how_far_it_is(api: Api) -> None:
    clients = await api.make_list("A/B clients")
    await api.make_contact("0712345678", listIds=[clients])

    payload = await start_export(api, listId=clients, format="XLSX")
    await Worker(TASKS, clock=lambda: api.now).run_all()

    asked = "status kind fileName rowCount doneRowCount progress contactList { name } createdBy { name }"
    assert payload["job"]["status"] == "QUEUED"
    found = await api.run(f"query ($id: ID!) {{ job(id: $id) {{ {asked} }} }}", id=payload["job"]["id"])
    assert found["job"] == {
        "status": "COMPLETED",
        "kind": "EXPORT",
        "fileName": "A-B clients-2026-01-05.xlsx",
        "rowCount": 1,
        "doneRowCount": 1,
        "progress": 1.0,
        "contactList": {"name": "A/B clients"},
        "createdBy": {"name": "Ada"},
    }


async def test_pages_are_walked_by_key_and_cost_a_statement_each(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rows, "PAGE", 10)
    await insert_contacts(api, [{"phone": f"+2547000000{number:02}"} for number in range(25)])

    with counted_statements() as statements:
        rows = csv_rows(await export_content(api))

    assert [row[2] for row in rows[1:]] == [f"+2547000000{number:02}" for number in range(25)]
    assert sum("contact.first_name" in statement for statement in statements) == 3


async def test_an_export_whose_worker_died_is_made_again_from_its_start(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "query ($id: ID!) { job(id: $id) { status doneRowCount rowsPerSecond } }"
    await create_sample_contacts(api)
    whole = await export_content(api)
    payload = await start_export(api)

    async def die(*_: Any, **__: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(job_files, "keep_output", die)
        await Worker(TASKS, clock=lambda: api.now).run_all()
    dead = (await api.run(query, id=payload["job"]["id"]))["job"]
    instants = (api.now + HOUR + second * SECOND for second in count())
    await Worker(TASKS, clock=lambda: next(instants)).run_all()

    assert await output_content(api, payload["job"]["id"]) == whole
    ended = (await api.run(query, id=payload["job"]["id"]))["job"]
    assert (dead["status"], dead["doneRowCount"]) == ("QUEUED", 4)
    assert (ended["status"], ended["doneRowCount"]) == ("COMPLETED", 4)
    assert ended["rowsPerSecond"] > 0, "all of its rows are this worker's"


async def test_what_is_wrong_is_told_with_its_place_and_no_job_is_made(api: Api, stranger: Api) -> None:
    theirs = await stranger.make_list("Theirs")
    before = await stored_rows(api)

    async def told(**input: Any) -> Any:
        return (await start_export(api, **input))["errors"]

    assert await told(listId=theirs) == [refusal("NOT_FOUND", "There is no such list.", "listId")]
    assert (await told(filter={"ids": ["x"]}))[0]["path"] == ["input", "filter", "ids", "0"]
    nulls: list[tuple[dict[str, Any], list[str]]] = [
        ({"listId": None}, ["listId"]),
        ({"filter": None}, ["filter"]),
        ({"filter": {"listIds": None}}, ["filter", "listIds"]),
        ({"filter": {"hasEmail": True, "not": {"search": None}}}, ["filter", "not", "search"]),
    ]
    for nothing, path in nulls:
        [error] = await told(**nothing)
        assert (error["code"], error["path"]) == ("REQUIRED", ["input", *path])
    assert (await told(email="nobody"))[0]["code"] == "INVALID_EMAIL"
    assert await told(email="ada@example.com") == [
        refusal("MAIL_NOT_CONFIGURED", "This server cannot send mail, because no SMTP server is configured.", "email")
    ]
    assert (await told(waitSeconds=31))[0] == refusal("INVALID", "waitSeconds must be 0 to 30, not 31.", "waitSeconds")
    assert await stored_rows(api) == before


async def test_an_agent_exports_nothing(api: Api) -> None:
    _, bob = await api.make_user("Bob", Role.AGENT)
    _, mia = await api.make_user("Mia", Role.MANAGER)

    refused, allowed = await start_export(bob), await start_export(mia)
    mailed = await mutate(bob, "emailExport", "isSent", **OWN)

    told = [refusal("FORBIDDEN", "This requires the role MANAGER or ADMIN.")]
    assert refused == {"job": None, "errors": told}
    assert (allowed["job"]["kind"], allowed["errors"]) == ("EXPORT", [])
    assert mailed == {"isSent": False, "errors": told}
