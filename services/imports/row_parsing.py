"""Converts a record's cells to a contact, or to the reason for its rejection. Pure: does not use the database.

A row whose number is readable is accepted. Any other invalid cell is omitted and reported in an error that is not a
rejection. Of tags, only the invalid ones are omitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from services.contacts import normalization
from services.contacts.fields import MAX_LENGTHS, MAX_TAGS
from services.contacts.normalization import normalized, plain_email
from services.exports.formula_escaping import unescape
from services.imports.cells import GOOGLE, CellError
from services.imports.columns import Columns
from services.imports.headers import CUSTOM, LINKS
from services.imports.phones.cells import PhoneCells
from services.imports.warnings import Warnings, truncated
from services.input.text import INVISIBLE, trimmed
from services.phones.numbers import DigitsOnlyNumbers, PhonePolicy, read
from services.refusal import Code, Refusal

_MOST_REMEMBERED: Final = 1_000
_NO_DETAILS: Final = frozenset({"phone", "tags", "opt_out", "country", "calling_code", *LINKS})


class RowLinks(NamedTuple):
    """The names of the lists, of the owner and of the assignee that a row names, as its cells have them."""

    lists: tuple[str, ...]
    owner_email: str | None
    assignee_email: str | None


@dataclass(slots=True)
class ParsedRow:
    """A record that has a number. `values` contains the normalized fields; an empty cell has no entry.

    `phone_place` is the position of the number's cell, or None if the file has only one phone column.
    """

    line: int
    phone: str
    phone_cell: str
    values: dict[str, Any]
    errors: list[CellError] = field(default_factory=list)
    links: RowLinks | None = None
    phone_place: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings for reading rows: the region of the numbers, the phone policy, and the tags that every row gets.

    `is_opt_outs_only`: the rows only opt out their numbers. `digits_only`: how digits that lost a plus are read.
    """

    region: str | None
    phone_policy: PhonePolicy
    tags: tuple[str, ...] = ()
    is_opt_outs_only: bool = False
    digits_only: DigitsOnlyNumbers = DigitsOnlyNumbers.INTERNATIONAL


class Parser:
    """Parses the rows of a file with the given columns. `warnings` counts what the cells need to be warned about."""

    def __init__(self, columns: Columns, rules: Rules) -> None:
        places = columns.places
        self.warnings = Warnings()
        self._header = columns.header
        self._rules = rules
        self._numbers = PhoneCells(
            columns,
            self.warnings,
            region=rules.region,
            policy=rules.phone_policy,
            digits_only=rules.digits_only,
        )
        self._number_place = columns.phones[0].place if self._numbers.is_simple else None
        self._tags = places.get("tags", ())
        details = {
            name: cell for name, cell in places.items() if name not in _NO_DETAILS and not name.startswith(CUSTOM)
        }
        # Fast path: most cells are texts of a field with one column, so `parse` handles them inline.
        self._plain = [
            (name, cell[0], MAX_LENGTHS[name])
            for name, cell in details.items()
            if len(cell) == 1 and name in MAX_LENGTHS and name != "email"
        ]
        plain = {name for name, _, _ in self._plain}
        self._details = [(name, cell) for name, cell in details.items() if name not in plain]
        self._comma_places = columns.comma_places
        self._tags_of: dict[tuple[str, bool], tuple[list[str], list[Refusal]]] = {}
        self._lists = places.get("lists", ())
        self._owners, self._assignees = places.get("owner_email", ()), places.get("assignee_email", ())
        self._has_links = bool(self._lists or self._owners or self._assignees)
        self._variables = [(name[len(CUSTOM) :], cell) for name, cell in places.items() if name.startswith(CUSTOM)]

    def parse(self, line: int, cells: Sequence[str], *, is_well_quoted: bool = True) -> ParsedRow | CellError:
        """Returns the row, or the reason for its rejection."""
        if not is_well_quoted:
            return CellError(line, Code.UNREADABLE, None, None, _QUOTES, None, True)
        values: dict[str, Any] = {}
        if (number := self._plain_number(cells)) is not None:
            row = ParsedRow(line, number, cells[self._number_place or 0], values)
        else:
            found = self._numbers.read(line, cells)
            if isinstance(found, CellError):
                return found
            row = ParsedRow(line, found.number, found.text, values, found.errors, phone_place=found.place)
        width = len(cells)
        for name, at, longest in self._plain:
            if at < width and (cell := cells[at]):
                if len(cell) <= longest and cell.isascii() and cell.isprintable() and cell[0] not in "'=":
                    if kept := cell.strip():  # same result as `normalized`
                        values[name] = kept
                elif not cell.isspace():
                    self._keep(row, name, at, unescape(cell))
        for name, places in self._details:
            first = _first(cells, places)
            if first is None:
                continue
            if name == "email" and (email := plain_email(first[1])) is not None:
                values["email"] = email
            else:
                self._keep(row, name, first[0], unescape(first[1]))
        if self._has_links:
            self._keep_links(row, cells)
        if self._variables:
            self._keep_variables(row, cells)
        if self._tags or self._rules.tags:
            self._keep_tags(row, cells)
        if len(cells) > len(self._header) and any(cell.strip() for cell in cells[len(self._header) :]):
            message = (
                f"The row has {len(cells)} cells; the header has {len(self._header)}. The extra cells are ignored."
            )
            row.errors.append(CellError(line, Code.UNREADABLE, None, None, message, None, False))
        return row

    def region_of(self, cells: Sequence[str]) -> str | None:
        """Returns the region for the row's numbers without a country code."""
        return self._numbers.region_of(cells)

    def _plain_number(self, cells: Sequence[str]) -> str | None:
        """Returns the number of a file's only phone column if there is nothing to tell about it, else None."""
        place = self._number_place
        if place is None or place >= len(cells):
            return None
        text, rules = cells[place], self._rules
        number = read(text, region=rules.region, policy=rules.phone_policy, digits_only=rules.digits_only)
        return number if isinstance(number, str) and self._numbers.is_plainly_read(text, number) else None

    def _keep(self, row: ParsedRow, name: str, place: int, text: str) -> None:
        if name == "email" and GOOGLE in text:
            text = text.split(GOOGLE, 1)[0]
        values, wrong = normalized({name: text}, region=self._rules.region, policy=self._rules.phone_policy)
        if wrong:
            self._add_error(row, place, text, wrong[0])
        elif values[name] is not None:
            row.values[name] = values[name]

    def _keep_links(self, row: ParsedRow, cells: Sequence[str]) -> None:
        lists: dict[str, None] = {}
        for place in self._lists:
            if place < len(cells):
                lists |= dict.fromkeys(split_tags(unescape(cells[place]), has_commas=False))
        owner, assignee = _first(cells, self._owners), _first(cells, self._assignees)
        if lists or owner or assignee:
            row.links = RowLinks(tuple(lists), owner and trimmed(owner[1]), assignee and trimmed(assignee[1]))

    def _keep_variables(self, row: ParsedRow, cells: Sequence[str]) -> None:
        kept: dict[str, str] = {}
        for label, places in self._variables:
            cell = _first(cells, places)
            if cell is None:
                continue
            text = unescape(cell[1]).strip(INVISIBLE)
            values, wrong = normalized(
                {"custom_variables": {label: text}}, region=None, policy=self._rules.phone_policy
            )
            if wrong:
                self._add_error(row, cell[0], text, wrong[0])
            else:
                kept |= values["custom_variables"]
        if kept:
            row.values["custom_variables"] = kept

    def _keep_tags(self, row: ParsedRow, cells: Sequence[str]) -> None:
        if len(self._tags) == 1 and not self._rules.tags:  # most files have few distinct values
            text = cells[self._tags[0]] if self._tags[0] < len(cells) else ""
            known, wrong = self._tags_in(text, self._tags[0])
            if not wrong and len(known) <= MAX_TAGS:
                if known:
                    row.values["tags"] = known
                return
        kept = set(self._rules.tags)
        for place in self._tags:
            text = cells[place] if place < len(cells) else ""
            known, wrong = self._tags_in(text, place)
            tags = set(known)
            if wrong:
                self._add_error(row, place, text, wrong[0])
            if len(kept | tags) > MAX_TAGS:
                message = f"The row has {len(kept | tags)} tags; a contact can have at most {MAX_TAGS}."
                self._add_error(row, place, text, Refusal(Code.TOO_MANY, message))
                tags = set(sorted(tags - kept)[: MAX_TAGS - len(kept)])
            kept |= tags
        if kept:
            row.values["tags"] = sorted(kept)

    def _tags_in(self, text: str, place: int) -> tuple[list[str], list[Refusal]]:
        """Returns the sorted tags of a cell, and the errors of its invalid tags."""
        key = (text, place in self._comma_places)
        known = self._tags_of.get(key)
        if known is None:
            tags, wrong = normalization.tags(split_tags(unescape(text), has_commas=key[1]))
            known = (sorted(tags), wrong)
            if len(self._tags_of) < _MOST_REMEMBERED:
                self._tags_of[key] = known
        return known

    def _add_error(self, row: ParsedRow, place: int, text: str, wrong: Refusal) -> None:
        row.errors.append(
            CellError(
                row.line, wrong.code, self._header[place], truncated(text), wrong.message, wrong.suggestion, False
            )
        )


_QUOTES: Final = (
    "The quotes of this row are unreadable: a quote opens or closes in the middle of a cell that spans several lines. "
    "Double each quote within a cell."
)


def _first(cells: Sequence[str], places: Sequence[int]) -> tuple[int, str] | None:
    """Returns the first of these cells that is not blank, and its position."""
    for place in places:
        if place < len(cells):
            text = cells[place]
            if text and not text.isspace():
                return place, text
    return None


def split_tags(text: str, *, has_commas: bool) -> list[str]:
    """Splits the tags of a cell.

    - `vip;nairobi` and `vip|nairobi`, or else `vip, nairobi` if `has_commas`
    - Mailchimp: `"VIP","Blog"`
    - Google Contacts: `* myContacts ::: VIP`, without Google's built-in groups, which begin with `* `
    """
    if text.startswith("* ") or GOOGLE in text:
        tags = [part for part in text.split(GOOGLE) if not part.startswith("* ")]
    elif text.startswith('"') and text.endswith('"') and '","' in text:
        tags = text[1:-1].split('","')
    else:
        tags = text.replace("|", ";").split(";")
        if len(tags) == 1 and has_commas and "," in text:
            tags = text.split(",")
        elif len(tags) == 1 and text.startswith('"') and text.endswith('"') and len(text) > 2:
            tags = [text[1:-1]]
    return [tag for part in tags if (tag := trimmed(part))]
