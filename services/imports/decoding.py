"""Converts any file to UTF-8 text whose lines end in \\n or \\r\\n.

A file that already is such text is used as it is; any other file is rewritten.

- UTF-8, UTF-16 and UTF-32 are recognized by their byte order mark.
- UTF-16 without a byte order mark is recognized by its zero bytes.
- UTF-8 without a byte order mark is recognized by its validity. A few lines may be invalid.
- `encodings` guesses all other encodings by the names in the file.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from services.imports.encodings.guess import codec_of, label_of
from services.imports.encodings.rewriting import Reading, reading, write
from services.imports.errors import FileUnreadable, Sheet
from services.imports.warnings import WarningCode, Warnings
from services.imports.xlsx import to_csv

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
_UTF8: Final = "utf-8"
_WITH_ESCAPES: Final = "iso2022_jp"
"""Japanese in seven bits: escape sequences switch between sets of characters."""
_WIDE: Final = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32"})
_PLAIN: Final = frozenset(b"\r\n\t,;| 0123456789")
_LEAST_ZEROS: Final = 0.7
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
    """The path of the text and the byte offset of its start. A sheet of a workbook is text with commas.

    `encoding` is the one of the file; None for a workbook. `sheet` is the name of the sheet, None for other files, and
    `sheets` are all sheets of the workbook.
    """

    path: str
    start: int
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
    if head.startswith(to_csv.ZIP):
        return _read_workbook(source, scratch, options)
    if head.startswith(to_csv.OLE):
        raise FileUnreadable(
            "The workbook is protected by a password, or has the format of Excel before 2007 (.xls). "
            "Save it as .xlsx without a password."
        )
    for other, message in _OTHERS:
        if head.startswith(other):
            raise FileUnreadable(message)
    if sheet is not None:
        raise FileUnreadable("This file is not an XLSX file and has no sheets. Omit sheet.", path=("input", "sheet"))
    return _read_text(source, scratch, head, options)


def _read_workbook(source: Path, scratch: Path, options: LookOptions) -> Text:
    for name in ("encoding", "delimiter"):
        if getattr(options, name) is not None:
            raise FileUnreadable(f"An XLSX file has no {name}. Omit {name}.", path=("input", name))
    found = to_csv.write_as_csv(source, scratch, sheet=options.sheet)
    warnings = Warnings()
    if options.sheet is None:
        for each in found.sheets:
            if each.is_hidden and each.name != found.sheet:
                message = "The workbook hides this sheet, so it was left out. To import it, name it in sheet."
                warnings.add(WarningCode.HIDDEN_SHEET_SKIPPED, message, value=each.name)
    if found.hidden_rows:
        message = "The sheet hides rows, for example by a filter. They were read like all others."
        warnings.add(WarningCode.FILTERED_ROWS, message, line=found.first_hidden_row, count=found.hidden_rows)
    return Text(str(scratch), 0, sheet=found.sheet, sheets=found.sheets, warnings=warnings)


def _read_text(source: Path, scratch: Path, head: bytes, options: LookOptions) -> Text:
    given = codec_of(options.encoding or "")
    wide = _marked(head) or (given if given and not _is_like_ascii(given) else None)
    if wide is not None:
        _write_out(source, scratch, wide)
        return Text(str(scratch), 0, encoding=label_of(wide))
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    found = _scan(source, start)
    warnings = Warnings()
    if given and label_of(given) != _UTF8 and not start:
        how = Reading(given)
        if found.is_utf8 and found.has_other_letters:
            message = f"The file is valid UTF-8, but encoding is {options.encoding}, so it was read as such."
            warnings.add(WarningCode.ENCODING_GUESSED, message)
    elif found.has_escapes and not found.has_other_letters:
        how = Reading(_WITH_ESCAPES)
    elif found.is_utf8 and found.has_plain_lines:
        return Text(str(source), start, encoding=_UTF8)
    elif found.is_utf8:
        how = Reading(_UTF8)
    elif b"\0" in head:
        raise FileUnreadable("This is not a text file. Upload a CSV or XLSX file.")
    else:
        how = reading(source, start, warnings, is_marked=bool(start or given))
    write(source, start, scratch, how, warnings)
    return Text(str(scratch), 0, encoding=_UTF8 if how.is_mixed else label_of(how.codec), warnings=warnings)


def _is_like_ascii(codec: str) -> bool:
    """Returns whether the encoding has ASCII's delimiters and line ends, so that a file can be read line by line."""
    plain = b'aZ09+-~ ,;\t|"\r\n'
    return plain.decode(codec, "replace") == plain.decode()


def _marked(head: bytes) -> str | None:
    """Returns the encoding with wide characters that the beginning of the file shows, or None."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    for encoding, low, high in (("utf-16-le", head[0::2], head[1::2]), ("utf-16-be", head[1::2], head[0::2])):
        # Delimiters, digits and line ends are ASCII in texts of every language.
        plain = [second for first, second in zip(low, high, strict=False) if first in _PLAIN]
        if plain.count(0) > max(1, len(plain) * _LEAST_ZEROS):
            return encoding
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yields chunks that never end between the two bytes of \\r\\n."""
    while chunk := file.read(_CHUNK):
        if chunk.endswith(b"\r"):
            chunk += file.read(1)
        yield chunk


class _Scan(NamedTuple):
    """Result of a scan. `has_plain_lines`: a \\n follows each \\r. `has_other_letters`: some are beyond ASCII."""

    is_utf8: bool
    has_plain_lines: bool
    has_other_letters: bool
    has_escapes: bool = False


def _scan(source: Path, start: int) -> _Scan:
    """Raises Unreadable if the file ends in the middle of a UTF-8 character."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_plain_lines, has_other_letters, has_escapes = True, False, False
    with source.open("rb") as file:
        file.seek(start)
        for chunk in _chunks(file):
            has_escapes = has_escapes or b"\x1b$" in chunk
            has_plain_lines = has_plain_lines and chunk.count(b"\r") == chunk.count(b"\r\n")
            try:
                has_other_letters = not decoder.decode(chunk).isascii() or has_other_letters
            except UnicodeDecodeError:
                return _Scan(False, False, True)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if has_other_letters:
            raise FileUnreadable(_CUT) from None
        return _Scan(False, False, True)
    return _Scan(True, has_plain_lines, has_other_letters, has_escapes)


def _write_out(source: Path, scratch: Path, encoding: str) -> None:
    """Writes the text as UTF-8 with \\n line endings."""
    try:
        with (
            source.open(encoding=encoding, newline=None) as file,
            scratch.open("w", encoding="utf-8", newline="\n") as written,
        ):
            while text := file.read(_CHUNK):
                written.write(text)
    except UnicodeDecodeError:
        raise FileUnreadable(
            _CUT if label_of(encoding) in _WIDE else f"The file is not valid {label_of(encoding)}. Save it as UTF-8."
        ) from None
    except UnicodeEncodeError:
        raise FileUnreadable("The file contains half characters and is not valid UTF-16. Save it as UTF-8.") from None
