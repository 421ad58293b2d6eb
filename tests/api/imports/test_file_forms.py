"""A file of any form is imported as it was meant, and the job says how it was read."""

import io
from typing import Any

import openpyxl

from tests.support.api_client import Api
from tests.support.imports import enqueue_import, import_content
from tests.support.mutations import contacts

FORM = "status encoding delimiter headerLine sheet sheets { name isHidden } warnings { code line value count }"
SHOWN = f"{FORM} columns {{ header field }} error {{ message path }} rowErrors {{ nodes {{ line rowNumber code }} }}"


async def imported(api: Api, content: bytes | str, **options: Any) -> Any:
    return await import_content(api, content, selected=f"id {SHOWN}", **options)


async def names(api: Api, job: Any) -> list[str]:
    return sorted(one["name"] for one in await contacts(api, "name", importedByJobId=job["id"]))


def codes(job: Any) -> list[tuple[str, int | None]]:
    return [(one["code"], one["line"]) for one in job["warnings"]]


async def test_a_text_is_read_as_detected_or_as_the_client_says(api: Api) -> None:
    russian = "Отчёт\n\nИмя;Телефон\nИван;0712000001\nОльга Ёлкина;0712000002\n"
    mapping = [{"header": "Телефон", "field": "phone"}, {"header": "Имя", "field": "name"}]

    detected = await imported(api, russian.encode("cp1251"), mapping=mapping)
    said = await imported(
        api, "0712000003^Łukasz\n0712000004^Żak\n".encode("cp1250"), encoding="windows-1250", delimiter="^",
        hasHeader=False, mapping=[{"column": 1, "field": "phone"}, {"column": 2, "field": "name"}],
    )  # fmt: skip
    rows = await imported(api, 'sep=,\nPhone,Notes\n0712000005,"a\nb"\n12,x\n', headerLine=2)

    assert await names(api, detected) == ["Иван", "Ольга Ёлкина"]
    assert [detected[name] for name in ("encoding", "delimiter", "headerLine")] == ["windows-1251", ";", 3]
    assert codes(detected) == [("HEADER_LINE_GUESSED", 3)]
    assert await names(api, said) == ["Łukasz", "Żak"]
    assert [said[name] for name in ("encoding", "delimiter", "headerLine", "warnings")] == [
        "windows-1250",
        "^",
        None,
        [],
    ]
    assert [column["header"] for column in said["columns"]] == ["Column 1", "Column 2"]
    assert rows["rowErrors"]["nodes"] == [{"line": 4, "rowNumber": 5, "code": "INVALID_PHONE_NUMBER"}]


async def test_a_file_without_headers_is_refused_with_its_cells(api: Api) -> None:
    job = await imported(api, "Ann,0712000001\nBen,0712000002\n")

    assert (job["status"], job["headerLine"]) == ("FAILED", None)
    assert job["error"] == {
        "message": "The file has no headers, and no column is mapped to phone. It has 2 columns. Map them by position "
        "in mapping. If the first row has the headers, set hasHeader to true.",
        "path": ["input", "file"],
    }
    assert codes(job)[-1] == ("NO_HEADER", 1)
    assert await contacts(api, "id") == []


async def test_a_refused_sheet_and_an_unknown_one_name_the_others(api: Api) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Data").append(["name", "phone"])
    book["Data"].append(["Ann", "0712000001"])
    book.create_sheet("Old").sheet_state = "hidden"
    book["Sheet"].append(["Contact list 2026"])
    written = io.BytesIO()
    book.save(written)
    sheets = [
        {"name": "Sheet", "isHidden": False},
        {"name": "Data", "isHidden": False},
        {"name": "Old", "isHidden": True},
    ]

    cover = await imported(api, written.getvalue())
    unknown = await imported(api, written.getvalue(), sheet="Date")
    empty = await imported(api, written.getvalue(), sheet="Old")
    right = await imported(api, written.getvalue(), sheet="data")

    assert "To read another one, name it in sheet: Sheet, Data, Old." in cover["error"]["message"]
    assert (cover["sheet"], cover["sheets"], codes(cover)[-1]) == ("Sheet", sheets, ("HIDDEN_SHEET_SKIPPED", None))
    assert (unknown["error"]["path"], unknown["sheets"]) == (["input", "sheet"], sheets)
    assert (empty["status"], empty["sheets"]) == ("FAILED", sheets)
    assert (await names(api, right), right["sheet"], right["encoding"], right["delimiter"]) == (
        ["Ann"],
        "Data",
        None,
        None,
    )


async def test_what_cannot_be_the_form_of_a_file_is_refused_at_once(api: Api) -> None:
    async def paths(**options: Any) -> list[list[str]]:
        payload = await enqueue_import(api, "Phone\n", **options)
        return [error["path"][1:] for error in payload["errors"] if error["code"] == "INVALID"]

    phone = {"field": "phone"}
    assert await paths(encoding="klingon", delimiter="||", headerLine=0) == [
        ["encoding"],
        ["delimiter"],
        ["headerLine"],
    ]
    assert await paths(headerLine=2, hasHeader=False) == [["headerLine"]]
    assert await paths(mapping=[{"column": 0, **phone}]) == [["mapping", "0", "column"]]
    assert await paths(mapping=[{"column": 1, **phone}, {"column": 1, **phone}]) == [["mapping", "1", "column"]]
    assert await paths(mapping=[phone, {"header": "x", "column": 1, **phone}]) == [["mapping", "0"], ["mapping", "1"]]
    assert await paths(delimiter="a") == await paths(delimiter='"') == [["delimiter"]]
    assert await paths(delimiter="tab", encoding="Latin1", headerLine=1) == []
