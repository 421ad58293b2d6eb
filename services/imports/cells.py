"""Single cells: their errors, placeholders of blanks, and texts that look like phone numbers."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.phones.normalization import candidate_numbers

GOOGLE: Final = " ::: "
"""Separates several values in one cell of Google Contacts."""
_PLACEHOLDERS: Final = frozenset(
    "- -- --- \u2014 \u2013 . .. ... ? / n/a na n.a. n.a #n/a none null nil nan undefined (none) (blank) (empty) blank "
    "empty aucun aucune néant ninguno ninguna nenhum nenhuma hakuna x".split()
)
_FEWEST_DIGITS: Final = 7
_MOST_DIGITS: Final = 15
_MOST_OF_THEM: Final = 0.6


class CellError(NamedTuple):
    """An error of a row. `column` is the header. `value` is the cell, truncated to 250 characters.

    `row_number` is the row as people see it, or None if it is `line`.
    """

    line: int
    code: str
    column: str | None
    value: str | None
    message: str
    suggestion: str | None
    is_rejected: bool
    row_number: int | None = None


def is_placeholder(text: str) -> bool:
    """Returns whether a text of a phone cell means that there is no number: `-`, `N/A`, `none`, `0`."""
    plain = text.strip().casefold()
    return plain in _PLACEHOLDERS or plain.strip("0.") == ""


def look_like_phones(cells: Sequence[str]) -> bool:
    """Returns whether most of the cells look like phone numbers, of those that have content."""
    told = [cell for cell in cells if not is_placeholder(cell)]
    return bool(told) and sum(map(_looks_like_phone, told)) >= len(told) * _MOST_OF_THEM


def _looks_like_phone(cell: str) -> bool:
    forms = candidate_numbers(cell.split(GOOGLE, 1)[0])
    return bool(forms) and _FEWEST_DIGITS <= len(forms[0].lstrip("+")) <= _MOST_DIGITS
