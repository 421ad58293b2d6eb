"""Files as programs and people write them, and malicious files."""

import codecs
import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings, strategies as st

from services.imports import record_splitting as import_records
from services.imports.decoding import LookOptions
from services.imports.errors import FileUnreadable
from services.imports.parsing_worker import look
from services.imports.record_splitting import BlockNotes, read_block

Lines = list[tuple[int, list[str]]]


def read(content: bytes | str, tmp_path: Path, *, block_rows: int = 5_000, **options: Any) -> Any:
    """Returns the header, and the line number and cells of each record that is not blank."""
    source = tmp_path / "file"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    found = look(str(source), str(tmp_path / "scratch"), LookOptions(**options), block_rows)
    rows = [(line, cells) for block in found.blocks for line, cells, *_ in read_block(found, block, BlockNotes())]
    assert found.row_count == len(rows), "the first count must match the records read"
    return list(found.header), rows


def problem(content: bytes | str, tmp_path: Path, **options: Any) -> tuple[str, str]:
    with pytest.raises(FileUnreadable) as raised:
        read(content, tmp_path, **options)
    return raised.value.code.value, raised.value.message


SHEET = "Prénom,Phone\nZoé,0712345678\nLéa,0712345679\n"
READ = (["Prénom", "Phone"], [(2, ["Zoé", "0712345678"]), (3, ["Léa", "0712345679"])])


# ------------------------------------------------------------------ encodings and lines


@pytest.mark.parametrize(
    "content",
    [
        SHEET.encode(),
        codecs.BOM_UTF8 + SHEET.encode(),
        SHEET.encode("cp1252"),
        SHEET.encode("utf-16"),
        SHEET.encode("utf-16-le"),
        SHEET.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + SHEET.encode("utf-16-be"),
        SHEET.encode("utf-32"),
        SHEET.replace("\n", "\r\n").encode(),
        SHEET.replace("\n", "\r").encode(),
        SHEET.replace("\n", "\r").encode("cp1252"),
        SHEET.replace(",", ";").encode(),
        SHEET.replace(",", "\t").encode("utf-16"),
        SHEET.replace(",", "|").encode(),
        SHEET.strip().encode(),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_the_same_sheet_in_any_encoding_delimiter_and_sort_of_line(content: bytes, tmp_path: Path) -> None:
    assert read(content, tmp_path) == READ


@pytest.mark.parametrize("before", ["sep=,\r\n", '"sep=,"\n', "\r\n", "sep=,\n\n\n"], ids=repr)
def test_lines_above_the_headers_count(before: str, tmp_path: Path) -> None:
    above = before.count("\n")

    assert read(before + SHEET, tmp_path) == (READ[0], [(line + above, cells) for line, cells in READ[1]])


def test_quotes_and_newlines_within_cells(tmp_path: Path) -> None:
    header, rows = read('Phone,Notes\r\n1,"a ""b"", c\r\nd"\r\n\r\n2,"5"" pipe"\n3,4" pipe\n,\n5,x\n', tmp_path)

    assert header == ["Phone", "Notes"]
    assert rows == [(2, ["1", 'a "b", c\r\nd']), (4, ["2", '5" pipe']), (5, ["3", '4" pipe']), (7, ["5", "x"])]


def test_short_and_long_rows_come_as_they_are(tmp_path: Path) -> None:
    _, rows = read("Phone,Name,Notes\n1\n2,b,c,d,e\n", tmp_path)

    assert rows == [(2, ["1"]), (3, ["2", "b", "c", "d", "e"])]


def test_a_delimiter_in_a_quoted_header_is_not_taken_for_the_files(tmp_path: Path) -> None:
    header, _ = read('"Name, first";"Phone, mobile"\nA;1\n', tmp_path)

    assert header == ["Name, first", "Phone, mobile"]


@pytest.mark.parametrize("quoted", ["", '"",'], ids=["without quotes", "with quotes"])
@pytest.mark.parametrize("delimiter", [",", "\t", "\u00a6"])
def test_a_record_of_blanks_alone_is_no_row_whatever_blanks_they_are(
    delimiter: str, quoted: str, tmp_path: Path
) -> None:
    blank = ["", ",,,", " ", "\t", "\v,\f", "\x1c,\x1f", "\x85", "\u00a0", ",\u2003 ,\u3000,", " \u200a"]
    rows = ["1", ",1", "\0", "\u00a0,1", "\u200b", "\u00e9", ",\u2003x", "\u00a7"]
    lines = ["Phone,Notes", *(quoted + line for pair in zip(blank, [*rows, "2", "3"], strict=True) for line in pair)]
    content = f"sep={delimiter}\n" + "\n".join(lines).replace(",", delimiter)

    _, found = read(content, tmp_path, block_rows=3)

    assert [line for line, _ in found] == [4, 6, 8, 10, 12, 14, 16, 18, 20, 22]


@pytest.mark.parametrize("block_rows", [1, 2, 3, 5_000])
def test_a_file_is_the_same_in_blocks_of_any_size(
    block_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_records, "MAX_BLOCK_BYTES", 60)
    content = "Phone,Notes\n" + "".join(
        f'{i},"two\nlines"\n' if i % 7 == 3 else "\n" if i % 11 == 5 else f"{i},plain\r\n" for i in range(100)
    )
    expected = [
        (line, cells)
        for line, cells in enumerate(csv.reader(io.StringIO(content, newline="")), 1)
        if any(cells) and line > 1
    ]

    assert read(content, tmp_path, block_rows=block_rows)[1] == expected


@example(rows=[["", " ", '" ,']], block_rows=1, encoding="utf-8")
@example(rows=[["", " ", ' " ,']], block_rows=1, encoding="utf-8")
@settings(max_examples=200)
@given(
    st.lists(
        st.lists(st.text(alphabet='ab,;"\n\r é\u00a0', max_size=5), min_size=2, max_size=3), min_size=1, max_size=30
    ),
    st.sampled_from([1, 3, 1000]),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_what_csv_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], block_rows: int, encoding: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["Phone", "Notes"], *rows])
    directory = tmp_path_factory.mktemp("csv")

    data = written.getvalue().encode(encoding)
    _, found = read(data, directory, block_rows=block_rows, encoding=encoding, delimiter=",", header_line=1)

    def plain(row: list[str]) -> list[str]:
        return [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row]

    assert [plain(cells) for _, cells in found] == [plain(row) for row in rows if "".join(row).strip()]


# ------------------------------------------------------------------ what can't be read


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty."),
        (b"\n\n  \n", "The file has no header"),
        (SHEET.encode("utf-16")[:-1], "The file ends in the middle of a character"),
        (SHEET.encode("utf-16-le")[:-1], "The file ends in the middle of a character"),
        ("Prénom,Phone\nZoé".encode()[:-1], "The file ends in the middle of a character"),
        (b"Phone\n\xff\xb1\xd0z\x80\n", "The character encoding of the file is unknown"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is an image"),
        (b"%PDF-1.7\n", "This is a PDF file"),
        (b"\x1f\x8b\x08\0\0\0", "This file is compressed"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "The workbook is protected by a password, or has"),
        (b"\0\1\2\3\xff\xfe\0\0\x80" * 50, "This is not a text file"),
        ("Phone\n" + "x" * 200_000 + "\n", "A cell of row 2 has more than 131,072 characters"),
        ("Phone\n1\n2\n" + "x" * 10_000_000 + "\n", "A cell of row 4 has more than 131,072 characters"),
        ('Phone,Notes\n1,"x\n' + "2,y\n" * 100_000, "A cell of row 2 has more than 131,072 characters"),
        ('Phone,Notes\n1,a\n2,"x\n3,y\n', "The quote that opens in row 3 is never closed"),
        ('Phone,Notes\n1,a\n2,"x', "The quote that opens in row 3 is never closed"),
        (",".join(f"c{i}" for i in range(10_000)) + "\n", "The file has 10,000 columns; at most 1,000 are allowed."),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_a_file_that_cant_be_read_says_why(content: bytes | str, told: str, tmp_path: Path) -> None:
    code, message = problem(content, tmp_path)

    assert (code, message[: len(told)]) == ("FILE_UNREADABLE", told)


def test_zero_bytes_are_a_part_of_their_cells(tmp_path: Path) -> None:
    assert read("Pho\0ne,Name\n07\0,A\0\n", tmp_path) == (["Phone", "Name"], [(2, ["07\0", "A\0"])])


def test_a_row_of_ten_thousand_cells_is_a_row(tmp_path: Path) -> None:
    _, rows = read("Phone,Name\n" + "x," * 10_000 + "\n1,a\n", tmp_path)

    assert [(line, len(cells)) for line, cells in rows] == [(2, 10_001), (3, 2)]


# ------------------------------------------------------------------ workbooks


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def changed(book: bytes, part: str, content: bytes) -> bytes:
    """Returns the workbook with a part replaced or added."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    return written.getvalue()


DAY, INSTANT = datetime.fromisoformat("2026-01-31"), datetime.fromisoformat("2026-01-31T09:30:00")


def test_cells_of_a_workbook_are_what_a_person_sees(tmp_path: Path) -> None:
    book = workbook(
        ["Phone", "When", "Agreed", "Age", "Notes"],
        [254712345678.0, DAY, True, 33.5, 'two\nlines, "quoted"'],
        [None, None, None, None, None],
        ["0712 345 679", INSTANT, False, 7, None],
    )

    assert read(book, tmp_path) == (
        ["Phone", "When", "Agreed", "Age", "Notes"],
        [
            (2, ["254712345678", "2026-01-31", "TRUE", "33.5", 'two\nlines, "quoted"']),
            (4, ["0712 345 679", "2026-01-31 09:30:00", "FALSE", "7", ""]),
        ],
    )


def test_a_formula_is_its_value(tmp_path: Path) -> None:
    book = workbook(["Phone"], ["=CONCATENATE(1,2)"])
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    calculated = sheet.replace(b"<v></v>", b"<v>254712345678</v>").replace(b"<v />", b"<v>254712345678</v>")
    assert calculated != sheet

    assert read(changed(book, "xl/worksheets/sheet1.xml", calculated), tmp_path)[1] == [(2, ["254712345678"])]


def test_the_first_sheet_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    book = workbook(["Phone"], ["1"], Others=[["Phone"], ["2"]])

    assert read(book, tmp_path)[1] == [(2, ["1"])]
    assert read(book, tmp_path, sheet="Others")[1] == [(2, ["2"])]
    code, message = problem(book, tmp_path, sheet="None")
    assert (code, message) == ("FILE_UNREADABLE", "The workbook has no sheet 'None'. Its sheets are: Sheet, Others.")


def test_a_sheet_can_be_named_of_no_other_file(tmp_path: Path) -> None:
    """Otherwise a CSV file saved from another sheet could be imported by mistake."""
    refused = "FILE_UNREADABLE", "This file is not an XLSX file and has no sheets. Omit sheet."

    assert [problem(SHEET.encode(encoding), tmp_path, sheet="A") for encoding in ("utf-8", "utf-16")] == [refused] * 2
    assert problem("%PDF-1.7", tmp_path, sheet="A")[1] == "This is a PDF file. Upload a CSV or XLSX file."


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><sst>&j;</sst>"
)


@pytest.mark.parametrize(
    ("book", "code", "told"),
    [
        (workbook(["Phone"])[:-100], "FILE_UNREADABLE", "The workbook is broken"),
        (b"PK\3\4" + b"\0" * 100, "FILE_UNREADABLE", "The workbook is broken"),
        (changed(workbook(["Phone"]), "xl/workbook.xml", b"<no"), "FILE_UNREADABLE", "The workbook is broken"),
        (changed(workbook(["a"]), "xl/sharedStrings.xml", ENTITIES), "FILE_UNREADABLE", "The workbook defines"),
        (
            changed(workbook(["a"]), "xl/worksheets/sheet2.xml", b" " * 50_000_000),
            "FILE_TOO_LARGE",
            "The workbook is too large",
        ),
    ],
    ids=["cut off", "no zip", "no XML", "billion laughs", "zip bomb"],
)
def test_a_workbook_that_cant_be_read_says_why(book: bytes, code: str, told: str, tmp_path: Path) -> None:
    found, message = problem(book, tmp_path)

    assert (found, message[: len(told)]) == (code, told)


def test_a_zip_that_is_no_workbook_says_so(tmp_path: Path) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("people.csv", SHEET)

    assert problem(written.getvalue(), tmp_path)[1].startswith("This is a zip file but not an XLSX workbook")


def test_two_gigabytes_that_a_zip_claims_are_not_unpacked(tmp_path: Path) -> None:
    book = bytearray(workbook(["Phone"], ["1"]))
    entry = book.rfind(b"PK\1\2")
    book[entry + 24 : entry + 28] = (2 << 30).to_bytes(4, "little")

    assert problem(bytes(book), tmp_path)[0] == "FILE_TOO_LARGE"


def test_a_part_that_unpacks_to_more_than_it_claims_is_broken(tmp_path: Path) -> None:
    book = bytearray(workbook(*[["Phone"]] * 1000))
    with zipfile.ZipFile(io.BytesIO(bytes(book))) as parts:
        name = parts.getinfo("xl/worksheets/sheet1.xml")
    at = book.rfind(b"PK\1\2", 0, book.rfind(name.filename.encode()))
    book[at + 24 : at + 28] = (100).to_bytes(4, "little")

    assert problem(bytes(book), tmp_path)[1].startswith("The workbook is broken")


def test_a_cell_in_the_last_row_of_the_last_column_costs_the_server_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"], book.active["XFD1048576"] = "Phone", "1"
    written = io.BytesIO()
    book.save(written)

    assert problem(written.getvalue(), tmp_path)[0] == "FILE_TOO_LARGE"
