"""Every row of any file is imported or skipped, and each row that was skipped or changed is reported."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from services.imports import job as import_job
from tests.api.imports.test_warnings import report
from tests.support.api_client import Api
from tests.support.imports import JOB, import_content
from tests.support.mutations import contacts, trash

NUMBERS = {
    **{f"07120000{number:02}": f"+2547120000{number:02}" for number in range(8)},
    "+254 712 000 001": "+254712000001",
    "254712000002": "+254712000002",
    "0712 000 003": "+254712000003",
    "+12015550123": "+12015550123",
    "+254999000001": "+254999000001",
}
PHONES = [*NUMBERS, "", "12", "call me", "0712", "x" * 300]
CELLS: dict[str, list[str]] = {
    "First name": ["Ann", "Zoë", "", "N" * 201, "a\x07b", 'Say "hi"'],
    "Email": ["ann@example.com", "no mail", "", "@"],
    "Tags": ["vip", "vip;lead", "", "t" * 65, "x;" + "y" * 65],
    "Notes": ["", "two\nlines", "owes, 5", "n" * 10_001],
    "External id": ["", "", "e1", "e2", "e" * 201],
    "Town": ["Nairobi", ""],
}
FIELDS = {"First name": "firstName", "Email": "email", "Notes": "notes", "External id": "externalId"}
KNOWN = ["0712000001", "0712000002"]
TRASHED = ["0712000003", "0712000004"]
WARNINGS = "warnings { code column line value count }"


@st.composite
def files(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Draws the columns and the rows of a file. Some rows are short, some long, and some blank."""
    columns = draw(st.permutations(["Phone", *draw(st.lists(st.sampled_from(list(CELLS)), unique=True))]))
    cells = [st.sampled_from(CELLS.get(column, PHONES)) for column in columns]
    rows = [list(row) for row in draw(st.lists(st.tuples(*cells), max_size=14))]
    for row in rows:
        if cut := draw(st.sampled_from([0, 0, 0, 0, 1, 2, -1])):
            row[:] = [*row, "extra"] if cut < 0 else row[: len(row) - cut]
    return columns, rows


def text_of(columns: list[str], rows: list[list[str]], delimiter: str, *, is_raw: bool) -> str:
    """Returns the file. A raw file does not quote its cells, so that some of them break."""
    if is_raw:
        return "\n".join(delimiter.join(row) for row in (columns, *rows))
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([columns, *rows])
    return written.getvalue()


def records_of(text: str, delimiter: str) -> dict[int, list[str]]:
    """Returns the records that are not blank, by line."""
    lines = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
    return {line: cells for line, cells in lines if line > 1 and "".join(cells).strip()}


@settings(max_examples=30, derandomize=True)
@given(
    file=files(),
    delimiter=st.sampled_from(",;\t"),
    is_raw=st.sampled_from([False, False, True]),
    if_exists=st.sampled_from(["SKIP", "UPDATE", "ERROR"]),
    list_options=st.sampled_from([None, {}, {"addExistingToList": True}]),
)
async def test_no_row_of_any_file_vanishes(
    db: None,
    file: tuple[list[str], list[list[str]]],
    delimiter: str,
    is_raw: bool,
    if_exists: str,
    list_options: dict[str, Any] | None,
) -> None:
    api = await Api.of_new_account()
    await trash(api, [await api.make_contact(phone) for phone in TRASHED])
    for phone in KNOWN:
        await api.make_contact(phone, externalId=f"known {phone}")
    options: dict[str, Any] = {"ifExists": if_exists, **(list_options or {})}
    if list_options is not None:
        options["listId"] = await api.make_list("Clients")
    columns, rows = file
    text = text_of(columns, rows, delimiter, is_raw=is_raw)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(import_job, "_BLOCK_ROWS", {True: 3, False: 3})
        rehearsed = await import_content(api, text, selected=f"{JOB} {WARNINGS}", dryRun=True, **options)
        done = await import_content(api, text, selected=f"{JOB} downloadUrl {WARNINGS}", **options)

    outcome = ("status", "summary", "rowErrors", "warnings")
    assert [rehearsed[name] for name in outcome] == [done[name] for name in outcome]
    if done["status"] == "FAILED":
        assert (await contacts(api, "id", importedByJobId=done["id"])) == []
        assert done["error"]["code"] == "FILE_UNREADABLE"
        return
    records = records_of(text, delimiter)
    left = await skipped_lines(api, done)
    adds_up(done, len(records), left)
    if not is_raw:
        await cells_are_kept_or_reported(
            api, done, columns, {at: cells for at, cells in records.items() if at not in left}
        )


async def skipped_lines(api: Api, done: Any) -> dict[int, str]:
    """Returns the lines of the job's file with their reasons."""
    if done["downloadUrl"] is None:
        return {}
    _, *rows = await report(done["id"], api)
    assert len({row[0] for row in rows}) == len(rows)
    return {int(row[0]): row[1] for row in rows}


def adds_up(done: Any, count: int, left: dict[int, str]) -> None:
    counts, errors = done["summary"], done["rowErrors"]["nodes"]
    counted = {one["code"]: one for one in done["warnings"] if one["column"] is None}
    existing = counted.get("EXISTING_SKIPPED", {"count": 0, "line": None})
    assert counts["total"] == count == counts["imported"] + counts["skipped"]
    assert counts["imported"] == counts["created"] + counts["updated"] == counts["valid"] + counts["invalid"]
    assert counts["rejected"] == sum(one["isRejected"] for one in errors)
    assert counts["skipped"] == counts["rejected"] + existing["count"] == len(left)
    assert {line for line, code in left.items() if code != "EXISTING_SKIPPED"} == {
        one["line"] for one in errors if one["isRejected"]
    }
    assert existing["line"] == min((line for line, code in left.items() if code == "EXISTING_SKIPPED"), default=None)


async def cells_are_kept_or_reported(api: Api, done: Any, columns: list[str], accepted: dict[int, list[str]]) -> None:
    """Checks the rows that created or changed a contact: each cell is stored, or a row error or a warning names it."""
    shown = "phone firstName email notes externalId tags lists { name }"
    found = {one["phone"]: one for one in await contacts(api, shown)}
    reported = {(one["line"], one["column"]) for one in done["rowErrors"]["nodes"]}
    warned = [(one["code"], one["column"], one["value"]) for one in done["warnings"]]
    assert ("Town" in columns) == any(code == "COLUMN_LEFT_OUT" and column == "Town" for code, column, _ in warned)
    for line, cells in accepted.items():
        phone = cells[columns.index("Phone")]
        contact = found[NUMBERS[phone]]
        for column, cell in zip(columns, cells, strict=False):
            if column in FIELDS and cell:
                assert contact[FIELDS[column]] == cell or (line, column) in reported
            elif column == "Tags" and cell:
                assert set(cell.split(";")) <= set(contact["tags"]) or (line, column) in reported
        assert len(cells) <= len(columns) or (line, None) in reported
        assert phone not in TRASHED or ("NUMBER_IN_TRASH", "Phone", phone) in warned
    on_list = sum(one["lists"] != [] for one in found.values())
    assert on_list == done["summary"]["addedToList"]
