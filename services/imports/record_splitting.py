"""Splits a text into records: detects the delimiter and the header, and cuts blocks of whole records.

Each block can be read independently. The whole file is scanned before the first write, so an unreadable file is
rejected with nothing written. The cuts are deterministic, so that a checkpoint can refer to a block.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from services.imports.decoding import LookOptions, Text
from services.imports.errors import FileUnreadable
from services.imports.warnings import Warnings
from services.imports.xlsx_to_csv import Sheet

MAX_COLUMNS: Final = 1_000
MAX_CELL: Final = 131_072
"""In characters. A longer cell is most likely caused by a quote that is never closed."""
MAX_BLOCK_BYTES: Final = 1 << 19
SAMPLES: Final = 3
_SAMPLED_RECORDS: Final = 20
_MAX_SAMPLE: Final = 100
_MAX_HEADER: Final = 200
_MAX_LINE: Final = 4 * MAX_CELL * 4
_DELIMITERS: Final = ",;\t|"
_BLANKS: Final = b" \t\r\v\f\x1c\x1d\x1e\x1f"
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of whole records: its byte range, its number of records, and its first line.

    `row_count` is the number of records that are not blank.
    """

    index: int
    offset: int
    length: int
    first_line: int
    count: int
    row_count: int


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a text, and how the file was read. `samples` contains a few cells of each column.

    `header_line` is the line of the header, from 1; None without a header. `encoding` is None for a workbook; `sheet`
    and `sheets` are those of a workbook. `warnings` tells what was guessed about the file.
    """

    path: str
    delimiter: str
    header: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    blocks: tuple[Block, ...]
    header_line: int | None = 1
    encoding: str | None = None
    sheet: str | None = None
    sheets: tuple[Sheet, ...] = ()
    warnings: Warnings = field(default_factory=Warnings)

    @property
    def row_count(self) -> int:
        return sum(block.row_count for block in self.blocks)


def scan(text: Text, options: LookOptions, *, block_rows: int, count_known: Callable[[Sequence[str]], int]) -> Records:
    """Returns the records of the whole text.

    `count_known` returns how many headers of a row are recognized. Raises Unreadable.
    """
    csv.field_size_limit(MAX_CELL)
    with open(text.path, "rb") as file:
        file.seek(text.start)
        delimiter, is_declared = (",", False) if text.is_sheet else _declared_delimiter(file)
        start = file.tell()
        if not is_declared and not text.is_sheet:
            delimiter = _likely_delimiter(file, start, count_known)
        file.seek(start)
        first = _first_records(file, delimiter)
        header, end = next(first, (None, start))
        if header is None:
            raise FileUnreadable("The file has no header. Its first row must contain the names of the columns.")
        if len(header) > MAX_COLUMNS:
            raise FileUnreadable(f"The file has {len(header):,} columns; at most {MAX_COLUMNS:,} are allowed.")
        samples = _samples([record for record, _ in first], len(header))
        blocks = tuple(_blocks(file, end, delimiter, block_rows))
    names = tuple(cell.replace("\0", "").strip()[:_MAX_HEADER] for cell in header)
    return Records(
        text.path,
        delimiter,
        names,
        samples,
        blocks,
        encoding=text.encoding,
        sheet=text.sheet,
        sheets=text.sheets,
        warnings=text.warnings,
    )


def read_block(records: Records, block: Block) -> Iterator[tuple[int, list[str], bool]]:
    """Yields each record that is not blank: its line, its cells, and whether its quotes are valid."""
    with open(records.path, "rb") as file:
        file.seek(block.offset)
        text = file.read(block.length).decode()
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=records.delimiter)
    if '"' not in text:
        for line, cells in enumerate(reader, block.first_line):
            if not _is_blank(cells):
                yield line, cells, True
        return
    lines = text.split("\n")
    before = 0
    for line, cells in enumerate(reader, block.first_line):
        after = reader.line_num
        if not _is_blank(cells):
            yield line, cells, after - before == 1 or _is_well_quoted("\n".join(lines[before:after]), records.delimiter)
        before = after


def _is_blank(cells: list[str]) -> bool:
    text = "".join(cells)
    return not text or text.isspace()


def _is_well_quoted(record: str, delimiter: str) -> bool:
    try:
        return len(list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


# ------------------------------------------------------------------ header and delimiter


def _declared_delimiter(file: BinaryIO) -> tuple[str, bool]:
    """Returns the delimiter of Excel's `sep=;` line and True, and moves the file past the line.

    Without such a line, returns a comma and False and keeps the file position.
    """
    start = file.tell()
    match = _SEPARATOR_LINE.fullmatch(file.readline(64).decode(errors="replace"))
    if match is None or match[1] in '\r\n"':
        file.seek(start)
        return ",", False
    return match[1], True


def _likely_delimiter(file: BinaryIO, start: int, count_known: Callable[[Sequence[str]], int]) -> str:
    """Returns the most plausible delimiter.

    The criteria are, in this order: no quote opens or closes in the middle of a cell, most known headers, most columns.
    """

    def score(delimiter: str) -> tuple[bool, int, int]:
        file.seek(start)
        try:
            header, end = next(_first_records(file, delimiter), ([], start))
        except FileUnreadable:
            return False, -1, 0
        file.seek(start)
        text = file.read(end - start).decode(errors="replace").strip()
        return _is_well_quoted(text, delimiter), count_known(header), len(header)

    return max(_DELIMITERS, key=score)


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


def _first_records(file: BinaryIO, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Yields records that are not blank, from the current position, each with the offset of its end."""
    lines = _Lines(file, file.tell())
    count = 0
    try:
        for count, record in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            if any(cell.strip() for cell in record):
                yield record, lines.end
            if count > _SAMPLED_RECORDS:
                return
    except csv.Error:
        raise _overlong(count + 1) from None


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


def _blocks(file: BinaryIO, offset: int, delimiter: str, rows: int) -> Iterator[Block]:
    line, index = 2, 0
    while True:
        file.seek(offset)
        length, count, row_count = _plain_block(file.read(MAX_BLOCK_BYTES), delimiter, rows) or _quoted_block(
            file, offset, delimiter, rows, line
        )
        if not length:
            return
        yield Block(index, offset, length, line, count, row_count)
        offset, line, index = offset + length, line + count, index + 1


def _plain_block(data: bytes, delimiter: str, rows: int) -> tuple[int, int, int] | None:
    """Returns the number of bytes, records and rows of the first block of the data.

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
    return length, count, count - _blank_count(lines[:count], delimiter)


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


def _quoted_block(file: BinaryIO, offset: int, delimiter: str, rows: int, line: int) -> tuple[int, int, int]:
    """Returns the same counts by reading record by record."""
    file.seek(offset)
    lines = _Lines(file, offset)
    count, row_count, last = 0, 0, [""]
    try:
        for count, record in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            row_count += not _is_blank(record)
            last, lines.last = lines.last, []
            if count >= rows or lines.end - offset >= MAX_BLOCK_BYTES:
                break
    except csv.Error:
        raise _overlong(line + count) from None
    if _is_cut("".join(last), delimiter):
        raise FileUnreadable(
            f"The quote that opens in row {line + count - 1:,} is never closed. The rest of the file would be one cell."
        )
    return lines.end - offset, count, row_count


def _is_cut(record: str, delimiter: str) -> bool:
    """Returns whether the text ends within quotes."""
    try:
        list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False
