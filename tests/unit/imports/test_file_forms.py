"""Imports find delimiters, quotes and headers in many forms of files, and report uncertain guesses."""

from pathlib import Path
from typing import Any

import pytest

from services.imports.columns import MappingEntry, assign
from services.imports.decoding import LookOptions
from services.imports.dialects import looks_like_phone
from services.imports.errors import FileUnreadable
from services.imports.parsing_worker import look
from services.imports.record_splitting import BlockNotes, Records, read_block

DATA = "Ann;0712000001;a@example.com\n"


def looked(content: str, tmp_path: Path, **options: Any) -> Records:
    (tmp_path / "file").write_text(content, encoding="utf-8", newline="")
    return look(str(tmp_path / "file"), str(tmp_path / "text"), LookOptions(**options), 5_000)


def rows(records: Records) -> list[list[str]]:
    return [cells for block in records.blocks for _, cells, _ in read_block(records, block, BlockNotes())]


def told(records: Records) -> list[tuple[str, int | None]]:
    return [(each.code.value, each.line) for each in records.warnings]


# ------------------------------------------------------------------ delimiters and quotes


@pytest.mark.parametrize(
    ("content", "delimiter", "header"),
    [
        (
            "Name, given\tPhone\tTown, county\nAnn, A\t0712000001\tX, Y\n",
            "\t",
            ("Name, given", "Phone", "Town, county"),
        ),
        ("Name, Email, notes\tPhone\nAnn, x, y\t0712000001\n", "\t", ("Name, Email, notes", "Phone")),
        ("Name;Phone;Amount\nAnn;0712000001;1.250,50\nBen;0712000002;3,5\n", ";", ("Name", "Phone", "Amount")),
        ("Name|Phone; mobile|Notes, etc\nAnn|0712000001|a; b\n", "|", ("Name", "Phone; mobile", "Notes, etc")),
        ('"Doe, Jane";Phone\n"Roe, Jo";0712000001\n', ";", ("Doe, Jane", "Phone")),
        ("Volunteers\n\nName;Phone;Email\n" + DATA, ";", ("Name", "Phone", "Email")),
        ("Phone\n0712000001\n", ",", ("Phone",)),
        ("sep=^\nname^phone\nAnn^0712000001\n", "^", ("name", "phone")),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_delimiter_is_found(content: str, delimiter: str, header: tuple[str, ...], tmp_path: Path) -> None:
    found = looked(content, tmp_path)

    assert (found.delimiter, found.header) == (delimiter, header)
    assert "DELIMITER_GUESSED" not in dict(told(found))


def test_an_uncertain_delimiter_is_told_and_can_be_named(tmp_path: Path) -> None:
    content = "name^phone\nAnn^0712000001\n"

    assert told(looked(content, tmp_path)) == [("DELIMITER_GUESSED", None)]
    assert told(looked(content, tmp_path, delimiter="^")) == []
    assert looked("a,b;c\n1,2;3\n", tmp_path, delimiter=";").header == ("a,b", "c")
    assert told(looked("a,b;c\n1,2;3\n", tmp_path)) == [("DELIMITER_GUESSED", None)]


def test_blanks_before_quotes_do_not_split_cells(tmp_path: Path) -> None:
    found = looked('"Phone", "Name", "Notes"\n"0712", "Doe, Jane",  "two\nlines"\n1, Roe, "x"\n', tmp_path)

    assert found.header == ("Phone", "Name", "Notes")
    assert rows(found) == [["0712", "Doe, Jane", "two\nlines"], ["1", "Roe", "x"]]
    assert told(found) == []


def test_blanks_on_both_sides_of_a_delimiter_do_not_split_cells(tmp_path: Path) -> None:
    found = looked('"Phone" ; "Name" ; "Notes"\n"0712" ; "Doe; Jane" ; "x" \n"1" ; "Roe" ; "say ""hi"""\n', tmp_path)

    assert (found.header, told(found)) == (("Phone", "Name", "Notes"), [])
    assert rows(found) == [["0712", "Doe; Jane", "x"], ["1", "Roe", 'say "hi"']]


def test_a_quote_after_a_blank_may_belong_to_the_cell(tmp_path: Path) -> None:
    assert rows(looked('Phone,Name\n1, "Big" Mike\n2, 5" pipe\n', tmp_path)) == [
        ["1", ' "Big" Mike'],
        ["2", ' 5" pipe'],
    ]


def test_backslashes_before_quotes_are_understood_and_told(tmp_path: Path) -> None:
    found = looked('Phone,Name\n"1","Ann \\"Big\\" Lee, Jr"\n"2","C:\\temp\\\\"\n3,x\n', tmp_path)

    assert rows(found) == [["1", 'Ann "Big" Lee, Jr'], ["2", "C:\\temp\\\\"], ["3", "x"]]
    assert told(found) == [("QUOTES_GUESSED", 2)]
    assert told(looked('Phone,Name\n"1","C:\\"\n"2","D:\\"\n', tmp_path)) == []


def test_rows_count_lines_as_people_see_them(tmp_path: Path) -> None:
    found = looked('Title\n\nPhone,Notes\n1,"a\nb\nc"\n2,x\n3,"d\ne"\n4,"bad" quote\n5,y\n', tmp_path)
    notes = BlockNotes()
    lines = [line for line, _, _ in read_block(found, found.blocks[0], notes)]

    assert found.header_line == 3
    assert [(line, notes.row_number(line)) for line in lines] == [(4, None), (5, 7), (6, 8), (7, 10), (8, 11)]
    assert notes.guessed == [(7, '4,"bad" quote')]


# ------------------------------------------------------------------ headers


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("", 1),
        ("Volunteers 2026;;\n", 2),
        ("Volunteers 2026\nprinted 29/11/2026;;\n\n", 4),
        ("Person;Contact;\n", 2),
        ("Report;from;2026-11-29\n", 2),
        ('"A title\nof two lines"\n', 3),
        ("sep=;\n", 2),
    ],
    ids=repr,
)
def test_headers_are_found_below_titles(above: str, line: int, tmp_path: Path) -> None:
    found = looked(f"{above}Name;Phone;Email\n{DATA}", tmp_path)

    assert (found.header, found.header_line) == (("Name", "Phone", "Email"), line)
    assert rows(found) == [["Ann", "0712000001", "a@example.com"]]
    is_first = line == 1 or above == "sep=;\n"
    assert told(found) == ([] if is_first else [("HEADER_LINE_GUESSED", line)])


@pytest.mark.parametrize(
    "content",
    [
        "Name;Phone\nPhone shop;0712000001\n",
        "Jina;Simu\nmobile;0712000001\nphone;0712000002\n",
        "Nimi;Puhelin;Tags\nAnn;;mobile\nBen;0712000001;phone\n",
    ],
)
def test_a_row_of_data_is_not_taken_for_headers(content: str, tmp_path: Path) -> None:
    found = looked(content, tmp_path)

    assert (found.header_line, told(found)) == (1, [])


def test_headers_in_unknown_words_are_found_below_a_title(tmp_path: Path) -> None:
    found = looked("Liste 2026;;\nቁጥር;ስም;x\n0712000001;Ann;y\n", tmp_path)

    assert (found.header, told(found)) == (("ቁጥር", "ስም", "x"), [("HEADER_LINE_GUESSED", 2)])


def test_a_client_names_the_line_of_the_headers(tmp_path: Path) -> None:
    content = "Phone;Name\nTelefon;Nimi;x\n0712000001;Ann;y\n\n"

    found = looked(content, tmp_path, header_line=2)

    assert (found.header, found.header_line, told(found)) == (("Telefon", "Nimi", "x"), 2, [])
    for line in (4, 90):
        with pytest.raises(FileUnreadable, match=f"Line {line} of the file is blank or does not exist") as raised:
            looked(content, tmp_path, header_line=line)
        assert raised.value.path == ("input", "headerLine")
    far = looked("\n" * 300 + "Phone\n0712000001\n", tmp_path, header_line=301)
    assert (far.header, far.header_line, rows(far)) == (("Phone",), 301, [["0712000001"]])


def test_a_file_without_headers_is_mapped_by_position(tmp_path: Path) -> None:
    content = "0712000001,Ann\n0712000002,Ben,x\n"

    guessed, said = looked(content, tmp_path), looked(content, tmp_path, has_header=False)

    assert (guessed.header_line, told(guessed)) == (None, [("NO_HEADER", 1)])
    assert (said.header_line, told(said), said.header) == (None, [], ("Column 1", "Column 2", "Column 3"))
    assert len(rows(guessed)) == len(rows(said)) == 2
    with pytest.raises(FileUnreadable, match="The file has no headers, and no column is mapped to phone"):
        assign(guessed, [])
    columns = assign(said, [MappingEntry(None, 1, "phone"), MappingEntry(None, 2, "name")])
    assert columns.places == {"phone": (0,), "name": (1,)}
    with pytest.raises(FileUnreadable, match="The file has no column 4") as raised:
        assign(said, [MappingEntry(None, 1, "phone"), MappingEntry(None, 4, "name")])
    assert raised.value.path == ("input", "mapping", "1", "column")


def test_a_client_says_that_the_first_row_has_headers(tmp_path: Path) -> None:
    found = looked("0700000000,0711111111\n0712000001,Ann\n", tmp_path, has_header=True)

    assert (found.header, found.header_line, told(found)) == (("0700000000", "0711111111"), 1, [])


def test_blank_headers_at_the_end_count_only_above_cells(tmp_path: Path) -> None:
    wide = ";" * 2_000

    assert looked(f"Name;Phone{wide}\nAnn;0712000001{wide}\n", tmp_path).header == ("Name", "Phone")
    assert looked("Name;;Phone;;\nAnn;x;0712000001;y;\n", tmp_path).header == ("Name", "", "Phone", "")


def test_a_long_header_is_mapped_in_full_or_shortened(tmp_path: Path) -> None:
    question = "Please type the number at which we may reach you, " * 6
    found = looked(f"Name;{question}\nAnn;0712000001\n", tmp_path)

    for name in (question, question.strip()[:200]):
        columns = assign(found, [MappingEntry(name, None, "phone")])
        assert columns.places["phone"] == (1,)
        assert columns.shown[1]["header"] == question[:200].strip()


@pytest.mark.parametrize(
    ("cell", "is_phone"),
    [
        ("0712000001", True), ("+254 712 000 001", True), ("(0712) 000-001", True), ("712000001", True),
        ("29/11/2026", False), ("2026-11-29", False), ("20261129", False), ("2025-2026", False), ("1.250,50", False),
        ("12", False), ("Phone", False), ("", False), ("1234567890123456", False), ("A-0712000001", False),
    ],
)  # fmt: skip
def test_a_cell_looks_like_a_phone(cell: str, is_phone: bool) -> None:
    assert looks_like_phone(cell) is is_phone
