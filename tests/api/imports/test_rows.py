"""Properties of an import that concern all its rows together."""

import asyncio
import csv
import io
import random
from typing import Any

import pytest

from models.db import database
from services.imports import job as import_job, merge as import_merge
from services.jobs import leases_sql as leases
from services.jobs.files import FileRole, read
from tests.support.api_client import Api
from tests.support.imports import ANY_FILE, enqueue_import, import_content, job, run_jobs, summary
from tests.support.mutations import contacts, mutate
from tests.support.rows import uuid_of
from tests.support.snapshot import stored_counts, stored_rows, true_counts

WORK = ("job", "job_row_error", "job_file", "event", "audit_event")


def mixed(random: random.Random, rows: int) -> str:
    """Returns a file with rows of all kinds."""
    numbers = [f"07120{number:05}" for number in range(rows // 2)] + ["12", "", "+25499000000" + str(rows % 10)]
    lines = ["Phone,First name,Email,Tags,External id,opt_out"]
    for _ in range(rows):
        lines.append(
            ",".join(
                [
                    random.choice(numbers),
                    random.choice(["Amina", "", "Zo\u00eb"]),
                    random.choice(["", "a@example.com", "none"]),
                    random.choice(["", "a;b", "c"]),
                    random.choice(["", "", f"x{random.randrange(rows)}"]),
                    random.choice(["", "", "", "yes"]),
                ]
            )
        )
    return "\n".join(lines)


async def outcome(api: Api) -> Any:
    """Returns everything that an import wrote, without ids and instants, which differ between runs."""
    found = await stored_rows(api)
    shown = {
        name: [{key: value for key, value in row.items() if not key.endswith(("_at", "id"))} for row in found[name]]
        for name in ("contact", "contact_list", "contact_list_member", "tag", "opt_out", "consent_event")
    }
    return {name: sorted(rows, key=repr) for name, rows in shown.items()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("if_exists", ["SKIP", "UPDATE", "ERROR"])
async def test_the_summary_adds_up_to_what_is_there(
    api: Api, seed: int, if_exists: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 7, False: 7})
    generator = random.Random(seed)
    clients = await api.make_list("Clients")
    for number in range(0, 40, 3):
        await api.make_contact(f"07120{number:05}", externalId=f"x{number}", tags=["a"])
    before = {one["id"] for one in await contacts(api, "id")}

    ended = await import_content(api, mixed(generator, 80), listId=clients, addExistingToList=True, ifExists=if_exists)

    counts = ended["summary"]
    assert counts["total"] == 80 == counts["imported"] + counts["skipped"]
    assert counts["imported"] == counts["valid"] + counts["invalid"] == counts["created"] + counts["updated"]
    found = await contacts(api, "id status lists { name }")
    made = [one for one in found if one["id"] not in before]
    assert len(made) == counts["created"]
    assert counts["rejected"] == sum(error["isRejected"] for error in ended["rowErrors"]["nodes"])
    assert sum(one["lists"] != [] for one in found) == counts["addedToList"]
    assert len(await contacts(api, "id", importedByJobId=ended["id"])) == counts["created"]
    assert (counts["updated"] > 0) == (if_exists == "UPDATE")
    assert await stored_counts(api) == await true_counts(api)


@pytest.mark.parametrize("if_exists", ["SKIP", "UPDATE", "ERROR"])
async def test_a_dry_run_counts_the_same_and_writes_nothing(
    api: Api, if_exists: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 9, False: 9})
    clients = await api.make_list("Clients")
    for number in range(0, 30, 3):
        await api.make_contact(f"07120{number:05}")
    content = mixed(random.Random(5), 60)
    options: dict[str, Any] = {"listId": clients, "addExistingToList": True, "ifExists": if_exists}
    before = await stored_rows(api)

    rehearsed = await import_content(api, content, dryRun=True, **options)

    after = await stored_rows(api)
    assert {name: rows for name, rows in after.items() if name not in WORK} == {
        name: rows for name, rows in before.items() if name not in WORK
    }
    taken = await import_content(api, content, **options)
    assert rehearsed["isDryRun"]
    assert (rehearsed["summary"], rehearsed["rowErrors"]) == (taken["summary"], taken["rowErrors"])


async def test_of_two_rows_with_an_external_id_the_first_has_it(api: Api) -> None:
    held = await api.make_contact("0712000009", externalId="held")
    content = "Phone,External id\n0712000001,x\n0712000002,x\n0712000003,held\n0712000009,\n0712000004,\n"

    ended = await import_content(api, content)

    assert ended["summary"] == summary(total=5, imported=2, valid=2, skipped=3, rejected=2, created=2)
    assert [(one["line"], one["code"], one["value"]) for one in ended["rowErrors"]["nodes"]] == [
        (3, "DUPLICATE_EXTERNAL_ID", "x"),
        (4, "DUPLICATE_EXTERNAL_ID", "held"),
    ]
    assert [one["id"] for one in await contacts(api, "id", externalIds=["held"])] == [held]


async def test_rejected_rows_come_back_as_they_came_to_be_mended(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 2, False: 2})
    content = (
        'Phone;Notes\r\n0712000001;fine\r\n12;"=1+1; ""x"""\r\n0712000001;again\r\n;\r\n0712000002;\xe9\r\n;none\r\n'
    )

    ended = await import_content(api, content.encode("cp1252"), name="My people.csv")

    assert ended["summary"]["rejected"] == 3
    parts = [part async for part in read(account_id=api.account_id, job_id=uuid_of(ended["id"]), role=FileRole.OUTPUT)]
    rows = list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"), newline="")))
    assert rows == [
        ["line", "code", "message", "suggestion", "Phone", "Notes"],
        [
            "3",
            "INVALID_PHONE_NUMBER",
            "The number has too few digits for a number of KE; the area code may be missing.",
            "",
            "12",
            '=1+1; "x"',
        ],
        ["4", "DUPLICATE_IN_FILE", "An earlier row of the file has this number.", "", "0712000001", "again"],
        ["7", "MISSING_CONTACT", "No phone number is given.", "", "", "none"],
    ]
    found = await job(api, ended["id"], "downloadUrl")
    assert found["downloadUrl"] is not None
    mended = b"".join(parts).replace(b",12,", b",0712000012,")
    again = await import_content(api, mended)
    assert again["summary"] == summary(total=3, imported=1, valid=1, skipped=2, rejected=1, created=1)


async def test_a_file_without_a_rejected_row_has_nothing_to_download(api: Api) -> None:
    ended = await import_content(api, "Phone\n0712000001\n", selected="downloadUrl")

    assert ended == {"downloadUrl": None}


async def test_two_imports_at_once_make_each_number_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 20, False: 20})
    clients = await api.make_list("Clients")
    numbers = [f"07120{number:05}" for number in range(300)]
    ids = []
    for part in (numbers[:200], list(reversed(numbers[100:]))):
        content = "Phone,Tags\n" + "".join(f"{number},a\n" for number in part)
        ids.append((await enqueue_import(api, content, listId=clients))["job"]["id"])

    await asyncio.gather(run_jobs(api), run_jobs(api))

    summaries = [(await job(api, id))["summary"] for id in ids]
    assert [counts["total"] for counts in summaries] == [200, 200]
    assert sum(counts["created"] for counts in summaries) == 300
    assert sum(counts["skipped"] for counts in summaries) == 100
    found = await database.fetch(
        "SELECT phone, count(*) AS number FROM contact WHERE account_id = $1 GROUP BY phone", api.account_id
    )
    assert (len(found), {row["number"] for row in found}) == (300, {1})
    assert await stored_counts(api) == await true_counts(api) == ({"Clients": 300}, {"a": 300}, {})


async def test_a_list_that_is_deleted_meanwhile_ends_the_import(api: Api) -> None:
    clients = await api.make_list("Clients")
    id = (await enqueue_import(api, "Phone\n0712000001\n", listId=clients))["job"]["id"]
    await mutate(api, "deleteContactList", "__typename", id=clients)

    await run_jobs(api)

    ended = await job(api, id)
    assert (ended["status"], ended["error"]["code"]) == ("FAILED", "NOT_FOUND")
    assert await contacts(api, "id") == []


@pytest.mark.parametrize("seed", range(3))
async def test_an_import_that_is_taken_up_again_comes_to_the_same(
    api: Api, stranger: Api, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 7, False: 7})
    content = mixed(random.Random(seed), 100)
    undisturbed = await import_content(stranger, content)
    id = (await enqueue_import(api, content))["job"]["id"]
    left = 0

    async def failing(*args: Any, **options: Any) -> import_merge.Outcomes:
        nonlocal left
        left -= 1
        if left < 0:
            raise ConnectionError
        return await import_merge.merge_block(*args, **options)

    monkeypatch.setattr(import_job, "merge_block", failing)
    late = api
    for attempt in range(4):
        left = attempt + seed
        late = late.at(late.now + leases.LONGEST_PAUSE)
        await run_jobs(late)
    left = 1000
    await run_jobs(late.at(late.now + leases.LONGEST_PAUSE))

    ended = await job(api, id)
    assert ended | {"id": ""} == undisturbed | {"id": ""}
    assert await outcome(api) == await outcome(stranger)


async def test_a_file_that_was_read_is_told_by_its_name(api: Api) -> None:
    payload = await enqueue_import(api, ANY_FILE.path.read_bytes(), name="people.csv", selected="fileName kind status")

    assert payload == {"job": {"fileName": "people.csv", "kind": "IMPORT", "status": "QUEUED"}, "errors": []}


async def test_contacts_are_checked_again_where_the_account_decided_otherwise_meanwhile(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "_BLOCK_ROWS", {True: 1, False: 1})

    async def deciding(*args: Any, **options: Any) -> import_merge.Outcomes:
        await database.execute("UPDATE account SET network_check = 'OFF' WHERE id = $1", api.account_id)
        return await import_merge.merge_block(*args, **options)

    monkeypatch.setattr(import_job, "merge_block", deciding)

    ended = await import_content(api, "Phone\n+254990000001\n+254990000002\n")

    assert ended["summary"] == summary(total=2, imported=2, invalid=2, created=2)
    assert [one["status"] for one in await contacts(api, "status")] == ["VALID", "VALID"]
    kinds = await api.run("{ jobs { nodes { kind status } } }")
    assert kinds["jobs"]["nodes"] == [
        {"kind": "RECHECK", "status": "COMPLETED"},
        {"kind": "IMPORT", "status": "COMPLETED"},
    ]
