"""Imports read sheets as Excel displays them. The parts of a workbook may have any names."""

import io
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from services.imports.decoding import LookOptions
from services.imports.errors import FileUnreadable
from services.imports.parsing_worker import look
from services.imports.record_splitting import BlockNotes, Records, read_block
from services.imports.xlsx.number_formats import formatter

DAY = datetime.fromisoformat("2024-03-01")


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("0000000000", 712001006, "0712001006"),
        ("00000", 42, "00042"),
        ("00000", 1234567, "1234567"),
        ("00000", -42, "-00042"),
        ("00000;[Red]-00000", -42, "-00042"),
        ("00000;(00000)", -42, "(00042)"),
        ("00 00 00 00 00", 707123457, "07 07 12 34 57"),
        ("000-000-0000", 712001006, "071-200-1006"),
        (r"0000\ 000\ 000", 712001006, "0712 001 006"),
        ('"0"000000000', 712001006, "0712001006"),
        ('"KE-"00000', 42, "KE-00042"),
        ("0#########", 712001006, "0712001006"),
        ('0#" "##" "##" "##" "##', 707123456, "07 07 12 34 56"),
        ("[$-409]00000", 42, "00042"),
        ("_(00000_)", 42, "00042"),
        ("+0", 254712001007, "+254712001007"),
        ("+### ### ### ###", 254712001007, "+254 712 001 007"),
        ("[<=9999999]###-####;(###) ###-####", 5551234, "555-1234"),
        ("[<=9999999]###-####;(###) ###-####", 2025551234, "(202) 555-1234"),
        ("0%", 0.15, "15%"),
        ("0.0%", 0.155, "15.5%"),
        ("0%", 2, "200%"),
        ("00000", 42.5, None),
    ],
)
def test_a_format_shows_zeros_signs_and_percents(code: str, value: float, shown: str | None) -> None:
    found = formatter(code)

    assert found is not None
    assert found(float(value)) == shown


@pytest.mark.parametrize(
    "code",
    [
        "General", "0", "#", "@", "0.00", "#,##0", "#,##0.00", "0.00E+00", "##0.0E+0", "# ?/?", '"mobile "0', '0" kg"',
        "dd/mm/yyyy", "yyyy-mm-dd", "h:mm", "[h]:mm:ss", "mmm yyyy", "$#,##0.00", "", ";;;", "_-* #,##0_-",
    ],
)  # fmt: skip
def test_other_formats_are_read_as_plain_numbers(code: str) -> None:
    assert formatter(code) is None


def workbook(*rows: list[Any], formats: dict[str, str] | None = None, title: str = "People") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for place, code in (formats or {}).items():
        book.active[place].number_format = code
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def renamed(book: bytes, parts: dict[str, str], texts: dict[str, str] | None = None) -> bytes:
    """Returns the workbook with other names of parts, and with texts replaced in all parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).decode()
            for text, other in {**{part: parts[part] for part in parts if "rels" not in part}, **(texts or {})}.items():
                content = content.replace(text, other)
            new.writestr(parts.get(name, name), content)
    return written.getvalue()


def looked(content: bytes, tmp_path: Path, **options: Any) -> Records:
    (tmp_path / "file").write_bytes(content)
    return look(str(tmp_path / "file"), str(tmp_path / "text"), LookOptions(**options), 5_000)


def rows(records: Records) -> list[tuple[int, list[str]]]:
    return [(line, cells) for block in records.blocks for line, cells, _ in read_block(records, block, BlockNotes())]


def told(records: Records) -> list[tuple[str, int | None, str | None, int]]:
    return [(each.code.value, each.line, each.value, each.count) for each in records.warnings]


def test_cells_are_read_as_shown(tmp_path: Path) -> None:
    book = workbook(
        ["phone", "id", "share", "day", "time", "length", "agreed", "sum"],
        [712001006, 42, 0.15, DAY, time(9, 30), timedelta(hours=26, minutes=5), True, 0.1 + 0.2],
        ["0712001007", None, None, DAY + timedelta(hours=14), None, None, False, 1e12],
        formats={"A2": "0000000000", "B2": "00000", "C2": "0%", "F2": "[h]:mm", "D3": "yyyy-mm-dd h:mm"},
    )

    found = looked(saved(book), tmp_path)

    assert rows(found) == [
        (2, ["0712001006", "00042", "15%", "2024-03-01", "09:30:00", "26:05:00", "TRUE", "0.3"]),
        (3, ["0712001007", "", "", "2024-03-01 14:00:00", "", "", "FALSE", "1000000000000"]),
    ]
    assert (found.sheet, found.sheets, found.encoding, told(found)) == ("People", (("People", False),), None, [])


def test_the_first_visible_sheet_is_read_and_hidden_ones_are_told(tmp_path: Path) -> None:
    book = workbook(["name", "phone"], ["Gone", "0712001001"], title="Old")
    book.active.sheet_state = "hidden"
    for title, state in (("Lookups", "veryHidden"), ("Members", "visible"), ("More", "visible")):
        sheet = book.create_sheet(title)
        sheet.append(["name", "phone"])
        sheet.append([title, "0712001002"])
        sheet.sheet_state = state

    first = looked(saved(book), tmp_path)

    assert (rows(first), first.sheet) == ([(2, ["Members", "0712001002"])], "Members")
    assert told(first) == [("HIDDEN_SHEET_SKIPPED", None, "Old", 1), ("HIDDEN_SHEET_SKIPPED", None, "Lookups", 1)]
    assert first.sheets == (("Old", True), ("Lookups", True), ("Members", False), ("More", False))
    named = looked(saved(book), tmp_path, sheet=" old")
    assert (rows(named), named.sheet, told(named)) == ([(2, ["Gone", "0712001001"])], "Old", [])
    with pytest.raises(FileUnreadable, match=r"no sheet 'None such'. Its sheets are: Old, Lookups") as raised:
        looked(saved(book), tmp_path, sheet="None such")
    assert (raised.value.path, raised.value.sheets) == (("input", "sheet"), first.sheets)


@pytest.mark.parametrize("prefix", ["", "x:"], ids=["plain", "with a namespace"])
def test_hidden_rows_are_read_and_counted(prefix: str, tmp_path: Path) -> None:
    book = workbook(["name", "phone"], *([f"P{row}", 712000000 + row] for row in range(2, 2_000)))
    for row in (3, 4, 1_500, 3_000):
        book.active.row_dimensions[row].hidden = True
    for row in range(2, 2_000):
        book.active.cell(row, 2).number_format = "0000000000"
    content = saved(book)
    if prefix:
        content = _with_prefix(content)

    found = looked(content, tmp_path)

    assert [cells[1] for _, cells in rows(found)] == [f"0712{row:06}" for row in range(2, 2_000)]
    assert told(found) == [("FILTERED_ROWS", 3, None, 3)]


def _with_prefix(book: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name.startswith("xl/worksheets/"):
                content = content.replace("</", "</\0").replace("<", "<x:").replace("<x:/\0", "</x:")
                content = content.replace("<x:?xml", "<?xml").replace(" xmlns=", " xmlns:x=")
            new.writestr(name, content)
    return written.getvalue()


def test_a_table_below_and_right_of_the_corner_keeps_the_places_of_the_sheet(tmp_path: Path) -> None:
    book = workbook([], [], [None, None, "name", "phone"], [], [None, None, "Ann\nLee", 712001321])
    book.active["D5"].number_format = "0000000000"

    found = looked(saved(book), tmp_path)

    assert (found.header, found.header_line) == (("", "", "name", "phone"), 3)
    assert rows(found) == [(5, ["", "", "Ann\nLee", "0712001321"])]


@pytest.mark.parametrize("folder", ["xl", "book/data"])
def test_parts_may_have_other_names(folder: str, tmp_path: Path) -> None:
    book = saved(workbook(["name", "phone"], ["Ann", 712001006], formats={"B2": "0000000000"}))
    other = {
        "xl/workbook.xml": f"{folder}/workbook2.xml",
        "xl/_rels/workbook.xml.rels": f"{folder}/_rels/workbook2.xml.rels",
        "xl/worksheets/sheet1.xml": f"{folder}/tabs/one.xml",
        "xl/styles.xml": f"{folder}/formats.xml",
        "xl/sharedStrings.xml": f"{folder}/strings.xml",
    }
    texts = {'"styles.xml"': '"formats.xml"', '"sharedStrings.xml"': '"strings.xml"'}

    assert rows(looked(renamed(book, other, texts), tmp_path)) == [(2, ["Ann", "0712001006"])]


def test_an_encoding_or_a_delimiter_of_a_workbook_is_an_error(tmp_path: Path) -> None:
    book = saved(workbook(["phone"], ["0712001006"]))

    for name, value in (("encoding", "utf-8"), ("delimiter", ";")):
        with pytest.raises(FileUnreadable, match=f"An XLSX file has no {name}") as raised:
            looked(book, tmp_path, **{name: value})
        assert raised.value.path == ("input", name)
