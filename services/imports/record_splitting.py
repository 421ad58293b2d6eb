"""Splits a text into records: finds the header, and cuts blocks of whole records.

Each block can be read independently. The whole file is scanned before the first write, so an unreadable file is
rejected with nothing written. The cuts are deterministic, so that a checkpoint can refer to a block.
"""

import csv
import io
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import BinaryIO, Final

from services.imports.decoding import LookOptions, Text
from services.imports.dialects import Dialect, KnownFields, detect, skip_separator_line
from services.imports.errors import FileUnreadable, Sheet
from services.imports.header_rows import Record, find_header
from services.imports.warnings import Warnings

MAX_COLUMNS: Final = 1_000
MAX_CELL: Final = 131_072
"""In characters. A longer cell is most likely caused by a quote that is never closed."""
MAX_BLOCK_BYTES: Final = 1 << 19
SAMPLES: Final = 3
_SAMPLED_RECORDS: Final = 20
_MAX_SAMPLE: Final = 100
_MAX_LINE: Final = 4 * MAX_CELL * 4
_BLANKS: Final = b" \t\r\v\f\x1c\x1d\x1e\x1f"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of whole records: its byte range, its number of records, and its first record.

    `first_line` counts records from the start of the file, and `first_row` lines as people see them. `row_count` is the
    number of records that are not blank.
    """

    index: int
    offset: int
    length: int
    first_line: int
    first_row: int
    count: int
    row_count: int


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a text, and how the file was read. `samples` contains a few cells of each column.

    `header_line` is the line of the header, from 1; None without a header. `encoding` is None for a workbook; `sheet`
    and `sheets` are those of a workbook. `warnings` tells what was guessed about the file.
    """

    path: str
    dialect: Dialect
    header: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    blocks: tuple[Block, ...]
    header_line: int | None = 1
    encoding: str | None = None
    sheet: str | None = None
    sheets: tuple[Sheet, ...] = ()
    warnings: Warnings = field(default_factory=Warnings)

    @property
    def delimiter(self) -> str:
        return self.dialect.delimiter

    @property
    def row_count(self) -> int:
        return sum(block.row_count for block in self.blocks)


def scan(text: Text, options: LookOptions, *, block_rows: int, known_fields: KnownFields) -> Records:
    """Returns the records of the whole text. Raises Unreadable."""
    csv.field_size_limit(MAX_CELL)
    with open(text.path, "rb") as file:
        file.seek(text.start)
        dialect, lines_before = Dialect(), 0
        if text.sheet is None:
            declared = skip_separator_line(file)
            lines_before = 0 if declared is None else 1
            given = options.delimiter or declared
            dialect = detect(file, given, known_fields, text.warnings, first_line=lines_before + 1)
        start = file.tell()
        records = _first_records(file, dialect, lines_before, text.sheet is not None, options.header_line)
        place = _header_place(records, options, known_fields, text.warnings)
        if place is None:
            header, end, line, row = None, start, lines_before + 1, lines_before + 1
        else:
            header = records[place]
            end, line = header.end, header.line + 1
            row = records[place].next_row
        data = [record.cells for record in records[0 if place is None else place + 1 :]]
        names = _names(header, data)
        if len(names) > MAX_COLUMNS:
            raise FileUnreadable(f"The file has {len(names):,} columns; at most {MAX_COLUMNS:,} are allowed.")
        samples = _samples(data, len(names))
        blocks = tuple(_blocks(file, end, dialect, block_rows, line, line if text.sheet is not None else row))
    return Records(
        text.path,
        dialect,
        names,
        samples,
        blocks,
        header_line=None if header is None else header.row,
        encoding=text.encoding,
        sheet=text.sheet,
        sheets=text.sheets,
        warnings=text.warnings,
    )


def _header_place(
    records: Sequence[Record], options: LookOptions, known_fields: KnownFields, warnings: Warnings
) -> int | None:
    """Returns the position of the header among the first records; None if the file has no header."""
    if options.has_header is False:
        return None
    if (line := options.header_line) is not None:
        found = next((place for place, record in enumerate(records) if record.row <= line < record.next_row), None)
        if found is None:
            message = f"Line {line:,} of the file is blank or does not exist, so it cannot be the headers."
            raise FileUnreadable(message, path=("input", "headerLine"))
        return found
    if not records:
        raise FileUnreadable("The file has no header. Its first row must contain the names of the columns.")
    found = find_header(records, known_fields, warnings if options.has_header is None else Warnings())
    return found if options.has_header is None else found or 0


def _names(header: Record | None, data: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Returns the names of the columns. Blank names at the end count only if the first records have cells below them.

    Without a header, the names count the columns.
    """
    widest = max((_width(cells) for cells in data), default=0)
    if header is None:
        return tuple(f"Column {number}" for number in range(1, widest + 1))
    width = max(_width(header.cells), min(widest, len(header.cells)))
    return tuple(cell.replace("\0", "").strip() for cell in header.cells[:width])


def _width(cells: Sequence[str]) -> int:
    """Returns the number of cells without the blank ones at the end."""
    return next((place for place in range(len(cells), 0, -1) if cells[place - 1].strip()), 0)


@dataclass(slots=True)
class BlockNotes:
    """Notes of `read_block` about the records of a block.

    `guessed`: line and text of each record of one line in which a quote opens or closes in the middle of a cell.
    """

    shifts: list[tuple[int, int]] = field(default_factory=list)
    """Lines from which on the row as people see it differs from the line, each with the difference."""
    guessed: list[tuple[int, str]] = field(default_factory=list)

    def row_number(self, line: int) -> int | None:
        """Returns the row as people see it, or None if it is the line."""
        place = bisect(self.shifts, line, key=itemgetter(0))
        shift = self.shifts[place - 1][1] if place else 0
        return line + shift if shift else None


def read_block(records: Records, block: Block, notes: BlockNotes) -> Iterator[tuple[int, list[str], bool]]:
    """Yields each record that is not blank: its line, its cells, and whether its quotes are readable.

    They are not if a quote opens or closes in the middle of a cell of several lines.
    """
    with open(records.path, "rb") as file:
        file.seek(block.offset)
        text = file.read(block.length).decode()
    csv.field_size_limit(MAX_CELL)
    if shift := block.first_row - block.first_line:
        notes.shifts.append((block.first_line, shift))
    reader = records.dialect.read(io.StringIO(text, newline=""), is_strict=True)
    if '"' not in text:
        for line, cells in enumerate(reader, block.first_line):
            if not _is_blank(cells):
                yield line, cells, True
        return
    line, before = block.first_line, 0
    try:
        for line, cells in enumerate(reader, block.first_line):
            if not _is_blank(cells):
                yield line, cells, True
            after = reader.line_num
            if after - before > 1 and records.sheet is None:
                shift += after - before - 1
                notes.shifts.append((line + 1, shift))
            before = after
    except csv.Error:  # the quotes of a record break the rules, so each is checked from here on
        yield from _read_leniently(text.split("\n")[before:], records, line + (before > 0), shift, notes)


def _read_leniently(
    lines: list[str], records: Records, first_line: int, shift: int, notes: BlockNotes
) -> Iterator[tuple[int, list[str], bool]]:
    reader = records.dialect.read(f"{line}\n" for line in lines)
    before = 0
    for line, cells in enumerate(reader, first_line):
        after = reader.line_num
        if not _is_blank(cells):
            record = "\n".join(lines[before:after])
            is_good = '"' not in record or records.dialect.is_well_quoted(record)
            if not is_good and after - before == 1:
                notes.guessed.append((line, record))
            yield line, cells, is_good or after - before == 1
        if after - before > 1 and records.sheet is None:
            shift += after - before - 1
            notes.shifts.append((line + 1, shift))
        before = after


def _is_blank(cells: list[str]) -> bool:
    text = "".join(cells)
    return not text or text.isspace()


# ------------------------------------------------------------------ first records


class _Lines:
    """Iterates over the lines of a file from its current position. `end` is the byte offset after the last line."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self.end = start
        self.last: list[str] = []

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(_MAX_LINE):
            self.end += len(line)
            text = line.decode(errors="replace")
            self.last.append(text)
            yield text


def _first_records(
    file: BinaryIO, dialect: Dialect, lines_before: int, is_sheet: bool, header_line: int | None
) -> list[Record]:
    """Returns the first records that are not blank, from the current position; at least to the header line."""
    lines = _Lines(file, file.tell())
    reader = dialect.read(lines)
    found: list[Record] = []
    count, row = 0, lines_before + 1
    try:
        for count, cells in enumerate(reader, 1):
            lines.last.clear()
            line = lines_before + count
            next_row = line + 1 if is_sheet else lines_before + reader.line_num + 1
            if is_sheet:
                row = line
            if any(cell.strip() for cell in cells):
                if header_line is not None and next_row <= header_line:
                    found.clear()
                found.append(Record(cells, line, row, next_row, lines.end))
            row = next_row
            if len(found) > _SAMPLED_RECORDS or (
                count > _SAMPLED_RECORDS and row > (header_line or 0) + _SAMPLED_RECORDS
            ):
                break
    except csv.Error:
        raise _overlong(lines_before + count + 1) from None
    return found


def _samples(records: list[list[str]], width: int) -> tuple[tuple[str, ...], ...]:
    columns: list[list[str]] = [[] for _ in range(width)]
    for record in records:
        for column, cell in zip(columns, record, strict=False):
            if len(column) < SAMPLES and cell.strip():
                column.append(cell.replace("\0", "").strip()[:_MAX_SAMPLE])
    return tuple(tuple(column) for column in columns)


def _overlong(line: int) -> FileUnreadable:
    return FileUnreadable(
        f"A cell of row {line:,} has more than {MAX_CELL:,} characters. Most likely a quote opens there and is never "
        "closed."
    )


# ------------------------------------------------------------------ blocks


def _blocks(file: BinaryIO, offset: int, dialect: Dialect, rows: int, line: int, row: int) -> Iterator[Block]:
    """`line` and `row` are those of the first record."""
    index, shift = 0, row - line
    while True:
        file.seek(offset)
        plain = _plain_block(file.read(MAX_BLOCK_BYTES), dialect.delimiter, rows)
        length, count, row_count, line_count = plain or _quoted_block(file, offset, dialect, rows, line)
        if not length:
            return
        yield Block(index, offset, length, line, line + shift, count, row_count)
        offset, line, index = offset + length, line + count, index + 1
        shift += line_count - count


def _plain_block(data: bytes, delimiter: str, rows: int) -> tuple[int, int, int, int] | None:
    """Returns the number of bytes, records, rows and lines of the first block of the data.

    Returns None if the block contains a quote or a line that is too long; `_quoted_block` reads it then.
    """
    is_end = len(data) < MAX_BLOCK_BYTES
    length = len(data) if is_end else data.rfind(b"\n") + 1
    if data.find(b'"', 0, length) != -1 or (not length and data):
        return None
    count = data.count(b"\n", 0, length)
    if count >= rows:
        count = rows
        length -= len(data[:length].split(b"\n", rows)[-1])
    elif length and data[length - 1 : length] != b"\n":
        count += 1
    lines = data[:length].split(b"\n")
    if max(map(len, lines)) > MAX_CELL:
        return None
    return length, count, count - _blank_count(lines[:count], delimiter), count


def _blank_count(lines: Sequence[bytes], delimiter: str) -> int:
    """Returns how many of the lines are blank records.

    For nearly all lines, the first byte that is not ASCII whitespace decides.
    """
    blanks = _BLANKS + (delimiter.encode() if delimiter.isascii() else b"")
    count = 0
    for line in lines:
        rest = line.lstrip(blanks)
        if not rest or (rest[0] > 0x7F and _is_blank(line.decode().split(delimiter))):
            count += 1
    return count


def _quoted_block(file: BinaryIO, offset: int, dialect: Dialect, rows: int, line: int) -> tuple[int, int, int, int]:
    """Returns the same counts by reading record by record."""
    file.seek(offset)
    lines = _Lines(file, offset)
    reader = dialect.read(lines)
    count, row_count, last = 0, 0, [""]
    try:
        for count, record in enumerate(reader, 1):
            row_count += not _is_blank(record)
            last, lines.last = lines.last, []
            if count >= rows or lines.end - offset >= MAX_BLOCK_BYTES:
                break
    except csv.Error:
        raise _overlong(line + count) from None
    if _is_cut("".join(last), dialect):
        raise FileUnreadable(
            f"The quote that opens in row {line + count - 1:,} is never closed. The rest of the file would be one cell."
        )
    return lines.end - offset, count, row_count, reader.line_num


def _is_cut(record: str, dialect: Dialect) -> bool:
    """Returns whether the text ends within quotes."""
    try:
        list(dialect.read(io.StringIO(record, newline=""), is_strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False
