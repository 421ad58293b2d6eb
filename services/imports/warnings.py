"""Warnings of an import: what the server noticed and decided, once for a file or a column, with the number of rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

MAX_ENTRIES: Final = 500
_MAX_WITH_VALUE: Final = 400
_MAX_WITH_COLUMN: Final = 480
_MAX_TEXT: Final = 250


class WarningCode(StrEnum):
    """The codes of JobWarningCode."""

    COLUMN_LEFT_OUT = "COLUMN_LEFT_OUT"
    EXISTING_SKIPPED = "EXISTING_SKIPPED"
    QUOTES_GUESSED = "QUOTES_GUESSED"
    CONSENT_COLUMN_LEFT_OUT = "CONSENT_COLUMN_LEFT_OUT"
    CONSENT_VALUE_UNKNOWN = "CONSENT_VALUE_UNKNOWN"
    COLUMN_GUESSED = "COLUMN_GUESSED"
    ENCODING_GUESSED = "ENCODING_GUESSED"
    UNREADABLE_BYTES = "UNREADABLE_BYTES"
    DELIMITER_GUESSED = "DELIMITER_GUESSED"
    HEADER_LINE_GUESSED = "HEADER_LINE_GUESSED"
    NO_HEADER = "NO_HEADER"
    NUMBER_IN_TRASH = "NUMBER_IN_TRASH"
    HIDDEN_SHEET_SKIPPED = "HIDDEN_SHEET_SKIPPED"
    FILTERED_ROWS = "FILTERED_ROWS"
    REGION_FROM_FILE = "REGION_FROM_FILE"
    DIGITS_ONLY_NUMBERS = "DIGITS_ONLY_NUMBERS"
    EXISTING_NOT_ADDED_TO_LIST = "EXISTING_NOT_ADDED_TO_LIST"
    EXTRA_NUMBERS_LEFT_OUT = "EXTRA_NUMBERS_LEFT_OUT"


@dataclass(frozen=True, slots=True)
class JobWarning:
    """A warning. `line` is the first line that it is about, `count` the number of rows, columns or sheets."""

    code: WarningCode
    message: str
    column: str | None = None
    line: int | None = None
    value: str | None = None
    count: int = 1


class Warnings:
    """Warnings with one entry for each code, column and value; at most MAX_ENTRIES.

    If there are too many values, the entry of their column without a value counts the others. If there are too many
    columns, the entry of the code without a column does. The first message of an entry stays, so it must not depend on
    the line.
    """

    def __init__(self, entries: Iterable[JobWarning] = ()) -> None:
        self._entries: dict[tuple[WarningCode, str | None, str | None], JobWarning] = {}
        for entry in entries:
            self._take(entry)

    def __iter__(self) -> Iterator[JobWarning]:
        """Iterates over the warnings by code, then by line."""
        order = list(WarningCode)
        return iter(sorted(self._entries.values(), key=lambda entry: (order.index(entry.code), entry.line or 0)))

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Warnings) and self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]  # mutable

    def add(
        self,
        code: WarningCode,
        message: str,
        *,
        column: str | None = None,
        line: int | None = None,
        value: str | None = None,
        count: int = 1,
    ) -> None:
        """Counts rows in the entry of the code, column and value. Texts are truncated to 250 characters."""
        if (known := self._entries.get((code, column, value))) is not None:
            self._entries[code, column, value] = _counted(known, line, count)
            return
        self._take(
            JobWarning(
                code,
                storable(message),
                None if column is None else truncated(column),
                line,
                None if value is None else truncated(value),
                count,
            )
        )

    def merge(self, other: "Warnings") -> None:
        """Adds the warnings of another part of the file."""
        for entry in other._entries.values():
            self._take(entry)

    def clear(self) -> None:
        self._entries.clear()

    def renumber(self, row_number: Callable[[int], int | None]) -> None:
        """Replaces lines by the rows as people see them. `row_number` returns None if they are equal."""
        self._entries = {
            key: entry if entry.line is None else replace(entry, line=row_number(entry.line) or entry.line)
            for key, entry in self._entries.items()
        }

    def to_json(self) -> list[list[Any]]:
        """Returns the value of job.warnings: a list of code, message, column, line, value and count each, in order."""
        return [[each.code.value, each.message, each.column, each.line, each.value, each.count] for each in self]

    @classmethod
    def from_json(cls, stored: Iterable[Sequence[Any]]) -> "Warnings":
        return cls(JobWarning(WarningCode(code), *rest) for code, *rest in stored)

    def _take(self, entry: JobWarning) -> None:
        key = (entry.code, entry.column, entry.value)
        if key not in self._entries and entry.value is not None and len(self._entries) >= _MAX_WITH_VALUE:
            key, entry = (*key[:2], None), replace(entry, value=None)
        if key not in self._entries and entry.column is not None and len(self._entries) >= _MAX_WITH_COLUMN:
            key, entry = (key[0], None, None), replace(entry, column=None)
        known = self._entries.get(key)
        self._entries[key] = entry if known is None else _counted(known, entry.line, entry.count)


def _counted(known: JobWarning, line: int | None, count: int) -> JobWarning:
    """Returns the warning with more rows, of which `line` is the first."""
    if line is None or (known.line is not None and known.line < line):
        line = known.line
    return JobWarning(known.code, known.message, known.column, line, known.value, known.count + count)


def storable(text: str) -> str:
    """Returns the text without what neither the databases nor JSON can store."""
    return text.replace("\0", "").encode(errors="replace").decode()


def truncated(text: str) -> str:
    """Returns a cell for display in an error or a warning."""
    plain = storable(text)
    return plain if len(plain) <= _MAX_TEXT else plain[:_MAX_TEXT] + "\u2026"
