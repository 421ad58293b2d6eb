"""Finds the record with the headers: title rows, or a first row of two, may precede it, and a file may have none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.imports.dialects import KnownFields, looks_like_phone
from services.imports.warnings import WarningCode, Warnings

_MOST_BEFORE: Final = 15
_SHOWN_CELLS: Final = 10


@dataclass(frozen=True, slots=True)
class Record:
    """A record at the beginning of a text, and the byte offset of its end.

    `line` counts records. `row` counts rows as people see them: lines of a text, or rows of a sheet. Both start at 1
    and include blank ones. `next_row` is the row after the record, which may have several lines.
    """

    cells: list[str]
    line: int
    row: int
    next_row: int
    end: int


def find_header(records: Sequence[Record], known_fields: KnownFields, warnings: Warnings) -> int | None:
    """Returns the position of the record with the headers, or None if the file has none. Warns if it is not the first.

    `records` are the first records that are not blank; at least one.
    """
    place = _likely_place(records, known_fields)
    if place is None:
        message = (
            "The first row holds a phone number, so the file seems to have no headers. No row was read as headers."
        )
        warnings.add(WarningCode.NO_HEADER, message, line=records[0].row, value=_shown(records[0]))
    elif place:
        message = (
            f"Line {records[place].row} was read as the headers; the lines above it were left out. If this is wrong, "
            "name the line in headerLine."
        )
        warnings.add(
            WarningCode.HEADER_LINE_GUESSED, message, line=records[place].row, value=_shown(records[place]), count=place
        )
    return place


def _likely_place(records: Sequence[Record], known_fields: KnownFields) -> int | None:
    first = known_fields(records[0].cells)
    if "phone" not in first and _has_phone(records[0]):
        return None
    best, most = 0, _weight(first)
    for place, record in enumerate(records[:_MOST_BEFORE]):
        if _has_phone(record):
            break
        weight = _weight(known_fields(record.cells))
        if weight[0] and weight[1] > 1 and weight > most:
            best, most = place, weight
    if not best and not any(most):
        return _after_titles(records)
    return best


def _weight(fields: Sequence[str | None]) -> tuple[bool, int]:
    return "phone" in fields, len({field for field in fields if field is not None})


def _after_titles(records: Sequence[Record]) -> int:
    """Returns the position of the first record with several cells that are not blank, after titles of one cell."""
    for place, record in enumerate(records[:_MOST_BEFORE]):
        if _has_phone(record):
            return 0
        if sum(bool(cell.strip()) for cell in record.cells) > 1:
            return place
    return 0


def _has_phone(record: Record) -> bool:
    return any(map(looks_like_phone, record.cells))


def _shown(record: Record) -> str:
    return "; ".join(cell.strip() for cell in record.cells[:_SHOWN_CELLS] if cell.strip())
