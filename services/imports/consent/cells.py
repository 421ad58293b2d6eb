"""Finds the numbers that the rows of a file opt out, and warns of cells of consent that it cannot read. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.imports.cells import CellError
from services.imports.columns import CONSENT_LEFT_OUT, Columns
from services.imports.consent.columns import Sense
from services.imports.consent.values import Verdict, verdict
from services.imports.warnings import WarningCode, Warnings, truncated
from services.phones.numbers import identity, numbers_in
from services.refusal import Code

_MOST_REMEMBERED: Final = 1_000
_UNKNOWN: Final = "The value says neither yes nor no, so it had no effect. Use yes or no, or map the column to ignore."
_STILL_OPTED_OUT: Final = (
    "The value says that the person did not opt out. The import opted the number out, because optOutsOnly opts out "
    "every number of the file."
)


class ConsentCells:
    """Reads the cells of consent of a file with the given columns."""

    def __init__(self, columns: Columns) -> None:
        self._header = columns.header
        self._phones = columns.places["phone"]
        self._taken = [
            (place, columns.senses.get(place, Sense.OPT_OUT), dict[str, Verdict]())
            for place in columns.places.get("opt_out", ())
        ]
        self._left_out = columns.consent_left_out
        self._counts: dict[tuple[WarningCode, str, int, str], tuple[int, int]] = {}
        """The first line and the number of rows of each warning: code, message, column and value."""

    def opts_out(self, line: int, cells: Sequence[str]) -> tuple[bool, list[CellError]]:
        """Returns whether the row opts its numbers out, and the errors of cells that say neither yes nor no."""
        is_out = False
        errors: list[CellError] = []
        for place, said, sense in self._said(cells):
            if said is Verdict.OPTED_OUT:
                is_out = True
            elif said is Verdict.UNKNOWN:
                self._count(WarningCode.CONSENT_VALUE_UNKNOWN, _UNKNOWN, line, place, cells)
                if sense is not Sense.STATEMENT:
                    value = truncated(cells[place])
                    errors.append(
                        CellError(line, Code.UNKNOWN_VALUE, self._header[place], value, _UNKNOWN, None, False)
                    )
        for place in self._left_out:
            if place < len(cells) and cells[place].strip():
                self._count(WarningCode.CONSENT_COLUMN_LEFT_OUT, CONSENT_LEFT_OUT, line, place, cells)
        return is_out, errors

    def note_contradictions(self, line: int, cells: Sequence[str]) -> None:
        """Warns of cells that say no in a file whose numbers are all opted out."""
        for place, said, _ in self._said(cells):
            if said is Verdict.NOT_OPTED_OUT:
                self._count(WarningCode.CONSENT_VALUE_UNKNOWN, _STILL_OPTED_OUT, line, place, cells)

    def numbers(self, cells: Sequence[str], *, region: str | None) -> list[str]:
        """Returns every number in each phone cell of the row, as the register keeps it."""
        return [
            identity(number)
            for place in self._phones
            if place < len(cells)
            for number in numbers_in(cells[place], region=region)
        ]

    def add_warnings(self, warnings: Warnings) -> None:
        """Adds the warnings of the rows that were read."""
        for (code, message, place, value), (line, count) in self._counts.items():
            warnings.add(code, message, column=self._header[place], line=line, value=value, count=count)

    def _said(self, cells: Sequence[str]) -> Iterator[tuple[int, Verdict, Sense]]:
        for place, sense, known in self._taken:
            if place < len(cells) and (text := cells[place]):
                said = known.get(text)
                if said is None:
                    said = verdict(text, sense)
                    if len(known) < _MOST_REMEMBERED:
                        known[text] = said
                yield place, said, sense

    def _count(self, code: WarningCode, message: str, line: int, place: int, cells: Sequence[str]) -> None:
        key = (code, message, place, truncated(cells[place].strip()))
        first, count = self._counts.get(key, (line, 0))
        self._counts[key] = (first, count + 1)
