"""Converts any file to UTF-8 text whose lines end in \\n or \\r\\n.

A file that already is such text is used as it is; any other file is rewritten.

- UTF-8, UTF-16 and UTF-32 are recognized by their byte order mark.
- UTF-16 without a byte order mark is recognized by its zero bytes.
- UTF-8 without a byte order mark is recognized by its validity.
- Everything else is read as cp1252, the encoding of Western European Windows.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from services.imports import xlsx_to_csv
from services.imports.errors import FileUnreadable
from services.imports.warnings import Warnings
from services.imports.xlsx_to_csv import Sheet

_CHUNK: Final = 1 << 20
_MARKS: Final = (  # UTF-32 comes first because its mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS: Final = (
    (b"%PDF", "This is a PDF file. Upload a CSV or XLSX file."),
    (b"\x89PNG", "This is an image. Upload a CSV or XLSX file."),
    (b"\xff\xd8\xff", "This is an image. Upload a CSV or XLSX file."),
    (b"\x1f\x8b", "This file is compressed. Upload the CSV or XLSX file that it contains."),
    (b"{\\rtf", "This is a text document. Upload a CSV or XLSX file."),
)
_CUT: Final = "The file ends in the middle of a character, so it is incomplete. Upload the whole file again."


@dataclass(frozen=True, slots=True)
class LookOptions:
    """The form of the file as the client describes it; None where the server detects it.

    `sheet` selects a sheet of a workbook, so the file must be a workbook. `header_line` counts from 1.
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    has_header: bool | None = None


DETECT: Final = LookOptions()


@dataclass(frozen=True, slots=True)
class Text:
    """The path of the text and the byte offset of its start. `is_sheet`: converted from a workbook, with commas.

    `encoding` is the one of the file; None for a workbook. `sheet` is the name of the sheet, and `sheets` are all
    sheets of the workbook.
    """

    path: str
    start: int
    is_sheet: bool = False
    encoding: str | None = None
    sheet: str | None = None
    sheets: tuple[Sheet, ...] = ()
    warnings: Warnings = field(default_factory=Warnings)


def to_utf8(source: Path, scratch: Path, options: LookOptions) -> Text:
    """Returns the file's text, in the file itself or in a copy at `scratch`. Raises Unreadable."""
    sheet = options.sheet
    with source.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise FileUnreadable("The file is empty.")
    if head.startswith(xlsx_to_csv.ZIP):
        xlsx_to_csv.write_as_csv(source, scratch, sheet=sheet)
        return Text(str(scratch), 0, is_sheet=True)
    if head.startswith(xlsx_to_csv.OLE):
        raise FileUnreadable(
            "The workbook is protected by a password, or has the format of Excel before 2007 (.xls). "
            "Save it as .xlsx without a password."
        )
    for other, message in _OTHERS:
        if head.startswith(other):
            raise FileUnreadable(message)
    if sheet is not None:
        raise FileUnreadable("This file is not an XLSX file and has no sheets. Omit sheet.", path=("input", "sheet"))
    encoding = _marked(head)
    if encoding is not None:
        _write_out(source, scratch, encoding)
        return Text(str(scratch), 0, encoding=encoding)
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    is_utf8, has_plain_lines = _scan(source, start)
    if is_utf8 and has_plain_lines:
        return Text(str(source), start, encoding="utf-8")
    if start and not is_utf8:
        raise FileUnreadable(
            "The file has a UTF-8 byte order mark but contains bytes that are not UTF-8. Save it as UTF-8."
        )
    if not is_utf8 and b"\0" in head:
        raise FileUnreadable("This is not a text file. Upload a CSV or XLSX file.")
    _write_out(source, scratch, "utf-8-sig" if is_utf8 else "cp1252")
    return Text(str(scratch), 0, encoding="utf-8" if is_utf8 else "cp1252")


def _marked(head: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    pairs = len(head) // 2
    if pairs > 1:
        if head[1::2].count(0) > pairs * 0.7 and head[0::2].count(0) < pairs * 0.1:
            return "utf-16-le"
        if head[0::2].count(0) > pairs * 0.7 and head[1::2].count(0) < pairs * 0.1:
            return "utf-16-be"
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yields chunks that never end between the two bytes of \\r\\n."""
    while chunk := file.read(_CHUNK):
        if chunk.endswith(b"\r"):
            chunk += file.read(1)
        yield chunk


def _scan(source: Path, start: int) -> tuple[bool, bool]:
    """Returns whether the file is UTF-8, and whether a \\n follows each \\r."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_plain_lines, has_other_letters = True, False
    with source.open("rb") as file:
        file.seek(start)
        for chunk in _chunks(file):
            has_plain_lines = has_plain_lines and chunk.count(b"\r") == chunk.count(b"\r\n")
            try:
                has_other_letters = not decoder.decode(chunk).isascii() or has_other_letters
            except UnicodeDecodeError:
                return False, False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if has_other_letters:
            raise FileUnreadable(_CUT) from None
        return False, False
    return True, has_plain_lines


def _write_out(source: Path, scratch: Path, encoding: str) -> None:
    """Writes the text as UTF-8 with \\n line endings."""
    errors = "replace" if encoding == "cp1252" else "strict"
    try:
        with (
            source.open(encoding=encoding, errors=errors, newline=None) as file,
            scratch.open("w", encoding="utf-8", newline="\n") as written,
        ):
            while text := file.read(_CHUNK):
                written.write(text)
    except UnicodeDecodeError:
        raise FileUnreadable(
            _CUT if encoding.startswith("utf-") else "The file's encoding is unknown. Save it as UTF-8."
        ) from None
    except UnicodeEncodeError:
        raise FileUnreadable("The file contains half characters and is not valid UTF-16. Save it as UTF-8.") from None
