"""Chooses the number of a row among its phone cells, and reads it in the country that the row names."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.imports.cells import GOOGLE, CellError, is_placeholder
from services.imports.columns import Columns
from services.imports.phones import headers as phone_headers
from services.imports.warnings import WarningCode, Warnings, truncated
from services.phones import numbers
from services.phones.countries import country_in
from services.phones.numbering_plan import calling_code_of
from services.phones.numbers import DigitsOnlyNumbers, PhonePolicy, PhoneProblem, identity
from services.refusal import Code

_FIELDS_OF_COUNTRY: Final = ("calling_code", "country")


class NumberCell(NamedTuple):
    """The number of a row, the position and the text of its cell, and the errors of the row's other phone cells."""

    place: int
    text: str
    number: str
    errors: list[CellError]


class _Country(NamedTuple):
    """The region that a row names. `is_unknown`: its cell names none that the server knows."""

    region: str | None
    place: int
    text: str
    is_unknown: bool


class PhoneCells:
    """Reads the numbers of rows. `warnings` counts what was decided about them."""

    def __init__(
        self,
        columns: Columns,
        warnings: Warnings,
        *,
        region: str | None,
        policy: PhonePolicy,
        digits_only: DigitsOnlyNumbers,
    ) -> None:
        self._header = columns.header
        self._first = columns.phones[0].place
        self._columns = sorted(columns.phones, key=lambda column: column.rank)
        self._has_labels = any(column.label is not None for column in columns.phones)
        self._countries = [place for field in _FIELDS_OF_COUNTRY for place in columns.places.get(field, ())]
        self._region = region
        self._policy = policy
        self._digits_only = digits_only
        self._warnings = warnings
        code = calling_code_of(region) if region else None
        self._home = "+" + code if code else None
        self.is_simple = len(self._columns) == 1 and not self._countries and not self._has_labels

    def read(self, line: int, cells: Sequence[str]) -> NumberCell | CellError:
        """Returns the row's number, or the reason why it has none.

        The first number that can be mobile counts, in the order of the columns' kinds, or else the first valid one, or
        else the first possible one.
        """
        country = self._country(cells)
        found: list[tuple[int, str, str]] = []
        errors: list[CellError] = []
        for place, text in self._texts(cells):
            number = self._number(line, place, text, country)
            if isinstance(number, CellError):
                errors.append(number)
            else:
                found.append((place, text, number))
        if not found:
            blank = CellError(line, Code.MISSING_CONTACT, self._header[self._first], None, _MISSING, None, True)
            return errors[0] if errors else blank
        place, text, number = found[0]
        if len(found) > 1:
            place, text, number = min(found, key=lambda each: numbers.reach(each[2]))
            self._warn_of_others(line, identity(number), found)
        self._warn_of_reading(line, place, text, number, country)
        return NumberCell(place, text, number, [error._replace(is_rejected=False) for error in errors])

    def is_plainly_read(self, text: str, number: str, region: str | None = None) -> bool:
        """Returns whether there is nothing to tell about how a number was read. `region` is that of its row."""
        return "+" in text or (region is None and self._home is not None and number.startswith(self._home))

    def region_of(self, cells: Sequence[str]) -> str | None:
        """Returns the region in which numbers without a country code are read: the row's, or else the import's."""
        country = self._country(cells) if self._countries else None
        return self._region if country is None or country.region is None else country.region

    def _texts(self, cells: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Yields the texts that should be numbers, with their places, by the kind of their columns or labels."""
        ranked = []
        for column in self._columns:
            text = cells[column.place] if column.place < len(cells) else ""
            if not text or is_placeholder(text):
                continue
            rank = None
            if column.label is not None and column.label < len(cells):
                rank = phone_headers.rank_of_label(cells[column.label])
            if rank != phone_headers.FAX:
                ranked.append((column.rank if rank is None else rank, column.place, text))
        if self._has_labels:
            ranked.sort(key=lambda each: each[0])
        for _, place, text in ranked:
            if GOOGLE in text:
                yield from ((place, part) for part in text.split(GOOGLE) if not is_placeholder(part))
            else:
                yield place, text

    def _country(self, cells: Sequence[str]) -> _Country | None:
        for place in self._countries:
            text = cells[place] if place < len(cells) else ""
            if text and not is_placeholder(text):
                region = country_in(text)
                return _Country(region, place, text, region is None)
        return None

    def _number(self, line: int, place: int, text: str, country: _Country | None) -> str | CellError:
        region = self._region if country is None or country.region is None else country.region
        number = self._read(text, region)
        if country is not None and country.is_unknown and not numbers.has_country_code(text):
            return CellError(
                line, Code.UNKNOWN_VALUE, self._header[country.place], truncated(country.text), _UNKNOWN, None, True
            )
        if country is not None and country.region is not None:
            other = self._contradiction(text, number, country.region)
            if other is not None:
                message = f"The row names {country.region} as its country, but the number is one of {other[0]}."
                return CellError(
                    line, Code.COUNTRY_MISMATCH, self._header[place], truncated(text), message, other[1], True
                )
        if isinstance(number, PhoneProblem):
            value = None if number.code is Code.MISSING_CONTACT else truncated(text)
            return CellError(line, number.code, self._header[place], value, number.message, number.suggestion, True)
        return number

    def _read(self, text: str, region: str | None) -> str | PhoneProblem:
        return numbers.read(text, region=region, policy=self._policy, digits_only=self._digits_only)

    def _contradiction(self, text: str, number: str | PhoneProblem, region: str) -> tuple[str, str] | None:
        """Returns the place of a number that belongs elsewhere than the row says, and the number; else None.

        A number that is not valid in the row's country, but in the account's region, belongs there.
        """
        likely = number.suggestion if isinstance(number, PhoneProblem) else number
        if likely is not None and not likely.startswith(f"+{calling_code_of(region)}"):
            return numbers.place_of(likely), likely
        if likely is None or not numbers.is_valid(likely):
            home = self._read(text, self._region)
            if isinstance(home, str) and home != likely and numbers.is_valid(home):
                return numbers.place_of(home), home
        return None

    def _warn_of_others(self, line: int, kept: str, found: Sequence[tuple[int, str, str]]) -> None:
        told = {kept}
        for place, _, number in found:
            if identity(number) not in told:
                told.add(identity(number))
                self._warnings.add(WarningCode.EXTRA_NUMBERS_LEFT_OUT, _EXTRA, column=self._header[place], line=line)

    def _warn_of_reading(self, line: int, place: int, text: str, number: str, country: _Country | None) -> None:
        region = None if country is None else country.region
        if self.is_plainly_read(text, number, region) or numbers.has_country_code(text):
            return
        if region is not None and country is not None and region != self._region:
            self._warnings.add(
                WarningCode.REGION_FROM_FILE, _REGION, column=self._header[country.place], line=line, value=region
            )
        elif numbers.lost_its_plus(text, number, region=region or self._region):
            self._warnings.add(WarningCode.DIGITS_ONLY_NUMBERS, _DIGITS, column=self._header[place], line=line)


_MISSING: Final = "No phone number is given."
_UNKNOWN: Final = "The server knows no country with this name or code, so it can't read the number without one."
_EXTRA: Final = (
    "Rows have several numbers. A contact has one, so the import left the others out. Map the column to custom:<label> "
    "to keep them."
)
_REGION: Final = "Numbers without a country code were read as numbers of this country, which their rows name."
_DIGITS: Final = (
    "Digits without a plus that are no numbers of the region were read as international numbers. Set the account's "
    "digitsOnlyNumbers to REFUSE to reject them."
)
