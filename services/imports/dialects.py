"""Detects the delimiter and the quotes of a text by its first records."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from services.imports.warnings import WarningCode, Warnings

KnownFields = Callable[[Sequence[str]], Sequence[str | None]]
"""Returns the field that each header of a row names, or None for an unknown header."""

_USUAL: Final = ",;\t|"
_UNUSUAL: Final = "^~"
_SAMPLE_BYTES: Final = 1 << 17
_SAMPLED_RECORDS: Final = 100
_HEADER_RECORDS: Final = 15
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_BACKSLASHED_QUOTE: Final = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
_BLANK_AND_QUOTE: Final = re.compile(r' +"')
_DIGITS: Final = 15
_PHONE: Final = re.compile(r"\+?\(?\d[\d\s().\-/\u00a0]{5,24}\d")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:[-/. ]?\d\d){2}|\d\d?[-/. ]\d\d?[-/. ]\d{2,4}|\d{4}\s*-\s*\d{4}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter and the quotes of a text.

    `has_blank_before_quote`: `1, "two"` has a quoted cell. `has_backslashes`: a backslash escapes a quote in a cell.
    """

    delimiter: str = ","
    has_blank_before_quote: bool = False
    has_backslashes: bool = False

    def read(self, lines: Iterable[str], *, is_strict: bool = False) -> Any:
        """Returns a reader of the csv module. The lines keep their ends."""
        if self.has_backslashes:
            lines = map(_with_doubled_quotes, lines)
        if self.has_blank_before_quote:  # such files often have blanks behind quotes, too
            behind = re.compile(rf'" +(?={re.escape(self.delimiter)}|\r?\n|$)')
            lines = (behind.sub('"', line) for line in lines)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            skipinitialspace=self.has_blank_before_quote,
            strict=is_strict,
        )

    def is_well_quoted(self, record: str) -> bool:
        """Returns whether the text is one record in which no quote opens or closes in the middle of a cell."""
        try:
            return len(list(self.read(io.StringIO(record, newline=""), is_strict=True))) == 1
        except csv.Error:
            return False


def as_delimiter(text: str) -> str:
    r"""Returns the delimiter that a client names. A tab may be written as \t or tab."""
    return "\t" if text.lower() in ("\\t", "tab") else text


def is_delimiter(text: str) -> bool:
    """Returns whether a client's delimiter can separate cells."""
    character = as_delimiter(text)
    return len(character) == 1 and not character.isalnum() and character not in '\r\n"\0'


def looks_like_phone(cell: str) -> bool:
    """Returns whether the whole cell may be a phone number. Dates and periods are none."""
    text = cell.strip().strip("'")
    if not _PHONE.fullmatch(text) or _DATE.fullmatch(text):
        return False
    return 7 <= sum(map(str.isdigit, text)) <= _DIGITS


def skip_separator_line(file: BinaryIO) -> str | None:
    """Returns the delimiter of Excel's `sep=;` line, and moves the file past the line; None without such a line."""
    start = file.tell()
    match = _SEPARATOR_LINE.fullmatch(file.readline(64).decode(errors="replace"))
    if match is None or match[1] in '\r\n"':
        file.seek(start)
        return None
    return match[1]


def detect(
    file: BinaryIO, delimiter: str | None, known_fields: KnownFields, warnings: Warnings, *, first_line: int
) -> Dialect:
    """Returns the dialect of the text from the file's position on, and adds warnings about guesses.

    `delimiter` is None if neither the client nor the file names it.
    """
    start = file.tell()
    data = file.read(_SAMPLE_BYTES)
    file.seek(start)
    is_end = len(data) < _SAMPLE_BYTES
    sample = (data if is_end else data[: data.rfind(b"\n") + 1]).decode(errors="replace")
    has_backslashes = _has_backslashes(sample)
    if delimiter is None:
        delimiter = _likely_delimiter(sample, has_backslashes, known_fields, warnings)
    if has_backslashes and _with_doubled_quotes(sample).count('"') % 2 == 0:
        message = 'The file has \\" within quotes. Each was read as a quote within the cell. Check the samples.'
        place = sample.index('\\"')
        line = sample.count("\n", 0, place)
        warnings.add(WarningCode.QUOTES_GUESSED, message, line=first_line + line, value=sample.split("\n")[line])
    else:
        has_backslashes = False
    plain = Dialect(delimiter, has_backslashes=has_backslashes)
    blank = replace(plain, has_blank_before_quote=True)
    return blank if _has_blank_before_quote(sample, plain, blank, is_end=is_end) else plain


def _has_blank_before_quote(sample: str, plain: Dialect, blank: Dialect, *, is_end: bool) -> bool:
    """Returns whether a cell has blanks before its first quote, and all quotes follow the rules without the blanks.

    A cell that begins with a blank and a quote may also be within quotes.
    """
    if f"{plain.delimiter} " not in sample or '"' not in sample:
        return False
    pairs = zip(_records(sample, plain), _records(sample, blank), strict=False)
    is_different = any(
        any(_BLANK_AND_QUOTE.match(cell) and _quoted(cell) not in sample for cell in one)
        and [cell.lstrip(" ") for cell in one] != [cell.lstrip(" ") for cell in other]
        for one, other in pairs
    )
    return is_different and _is_strict(sample, blank, is_end=is_end)


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _has_backslashes(sample: str) -> bool:
    r"""Returns whether a \" cannot be the end of a cell, because it is in the middle of one."""
    return re.search(r'\\"[^\S\r\n]*[^\s,;|\t"]', sample) is not None


def _with_doubled_quotes(line: str) -> str:
    return _BACKSLASHED_QUOTE.sub(r'\1""', line) if '\\"' in line else line


def _records(sample: str, dialect: Dialect, most: int = _SAMPLED_RECORDS) -> Iterator[list[str]]:
    """Yields records that are not blank; stops at one that is too long."""
    reader = dialect.read(io.StringIO(sample, newline=""))
    try:
        for _, record in zip(range(most), reader, strict=False):
            if any(cell.strip() for cell in record):
                yield record
    except csv.Error:
        return


def _likely_delimiter(sample: str, has_backslashes: bool, known_fields: KnownFields, warnings: Warnings) -> str:
    """Returns the most plausible delimiter.

    The criteria are, in this order: headers without quotes in the middle of a cell, cells that are phone numbers, most
    known headers, most columns.
    """

    def score(delimiter: str) -> tuple[bool, bool, int, int]:
        dialect = Dialect(delimiter, has_backslashes=has_backslashes)
        records = list(_records(sample, dialect, _HEADER_RECORDS))
        if not records:
            return False, False, -1, 0
        known = [sum(field is not None for field in known_fields(record)) for record in records]
        has_phones = any(looks_like_phone(cell) for record in records for cell in record)
        header = records[known.index(max(known))]
        return not any(map(_has_stray_quote, header)), has_phones, max(known), len(max(records, key=len))

    scores = {delimiter: score(delimiter) for delimiter in _USUAL + _UNUSUAL}
    best = max(_USUAL + _UNUSUAL, key=lambda delimiter: (scores[delimiter], delimiter in _USUAL))
    rivals = [each for each in scores if each != best and scores[each][:3] == scores[best][:3] and scores[each][3] > 1]
    if scores[best][3] > 1 and (rivals or best in _UNUSUAL):
        shown = {"\t": "tab"}.get(best, best)
        message = f"The delimiter was guessed: {shown}. If the columns are wrong, name the delimiter in delimiter."
        warnings.add(WarningCode.DELIMITER_GUESSED, message, value=sample.split("\n", 1)[0].rstrip("\r"))
    return best


def _has_stray_quote(cell: str) -> bool:
    """Returns whether a quote opens or closes in the middle of the cell, as it does with a wrong delimiter."""
    return cell.count('"') % 2 == 1


def _is_strict(text: str, dialect: Dialect, *, is_end: bool) -> bool:
    """Returns whether no quote opens or closes in the middle of a cell. `is_end`: the text is not cut off."""
    try:
        for _ in dialect.read(io.StringIO(text, newline=""), is_strict=True):
            pass
    except csv.Error as error:
        return not is_end and "end of data" in str(error)
    return True
