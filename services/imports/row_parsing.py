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
from services.imports.columns import Columns
from services.imports.headers import CUSTOM
from services.imports.warnings import Warnings, truncated
from services.phones.numbers import PhonePolicy, PhoneProblem, read
from services.refusal import Code, Refusal

_MOST_REMEMBERED: Final = 1_000
_YES: Final = frozenset({"yes", "true", "1", "1.0", "y", "oui", "si", "sí", "sim", "ndiyo"})
_GOOGLE: Final = " ::: "  # separates several values in one cell of Google Contacts


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


@dataclass(slots=True)
class ParsedRow:
    """A record that has a number. `values` contains the normalized fields; an empty cell has no entry."""

    line: int
    phone: str
    phone_cell: str
    values: dict[str, Any]
    is_opted_out: bool
    errors: list[CellError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings for reading rows: the region of the numbers, the phone policy, and the tags that every row gets.

    `is_opt_outs_only`: the rows only opt out their numbers.
    """

    region: str | None
    phone_policy: PhonePolicy
    tags: tuple[str, ...] = ()
    is_opt_outs_only: bool = False


class Parser:
    """Parses the rows of a file with the given columns. `warnings` counts what the cells need to be warned about."""

    def __init__(self, columns: Columns, rules: Rules) -> None:
        places = columns.places
        self.warnings = Warnings()
        self._header = columns.header
        self._rules = rules
        self._phones = places["phone"]
        self._tags = places.get("tags", ())
        self._opt_outs = places.get("opt_out", ())
        details = {
            name: cell
            for name, cell in places.items()
            if name not in ("phone", "tags", "opt_out") and not name.startswith(CUSTOM)
        }
        # Fast path: most cells are texts of a field with one column, so `parse` handles them inline.
        self._plain = [
            (name, cell[0], MAX_LENGTHS[name])
            for name, cell in details.items()
            if len(cell) == 1 and name in MAX_LENGTHS and name != "email"
        ]
        plain = {name for name, _, _ in self._plain}
        self._details = [(name, cell) for name, cell in details.items() if name not in plain]
        self._tags_of: dict[str, tuple[list[str], list[Refusal]]] = {}
        self._variables = [(name[len(CUSTOM) :], cell) for name, cell in places.items() if name.startswith(CUSTOM)]

    def parse(self, line: int, cells: Sequence[str], *, is_well_quoted: bool = True) -> ParsedRow | CellError:
        """Returns the row, or the reason for its rejection."""
        if not is_well_quoted:
            return CellError(line, Code.UNREADABLE, None, None, _QUOTES, None, True)
        place, text = self._phone(cells)
        phone = read(text, region=self._rules.region, policy=self._rules.phone_policy)
        if isinstance(phone, PhoneProblem):
            code = Code.MISSING_CONTACT if phone.is_blank else Code.INVALID_PHONE_NUMBER
            value = None if phone.is_blank else truncated(text)
            return CellError(line, code, self._header[place], value, phone.message, phone.suggestion, True)
        values: dict[str, Any] = {}
        row = ParsedRow(line, phone, text, values, False)
        width = len(cells)
        for name, at, longest in self._plain:
            if at < width and (cell := cells[at]):
                if len(cell) <= longest and cell.isascii() and cell.isprintable() and cell[0] != "'":
                    if kept := cell.strip():  # same result as `normalized`
                        values[name] = kept
                elif not cell.isspace():
                    self._keep(row, name, at, unescape(cell))
        for name, places in self._details:
            found = _first(cells, places)
            if found is None:
                continue
            if name == "email" and (email := plain_email(found[1])) is not None:
                values["email"] = email
            else:
                self._keep(row, name, found[0], unescape(found[1]))
        if self._variables:
            self._keep_variables(row, cells)
        if self._tags or self._rules.tags:
            self._keep_tags(row, cells)
        for place in self._opt_outs:
            if place < len(cells) and cells[place].strip().casefold() in _YES:
                row.is_opted_out = True
        if len(cells) > len(self._header) and any(cell.strip() for cell in cells[len(self._header) :]):
            message = (
                f"The row has {len(cells)} cells; the header has {len(self._header)}. The extra cells are ignored."
            )
            row.errors.append(CellError(line, Code.UNREADABLE, None, None, message, None, False))
        return row

    def _phone(self, cells: Sequence[str]) -> tuple[int, str]:
        """Returns the first phone cell that is not blank, and its position.

        If the cell contains several numbers of Google Contacts, the first one counts.
        """
        cell = _first(cells, self._phones)
        if cell is None:
            return self._phones[0], ""
        place, text = cell
        return place, text.split(_GOOGLE, 1)[0] if _GOOGLE in text else text

    def _keep(self, row: ParsedRow, name: str, place: int, text: str) -> None:
        if name == "email" and _GOOGLE in text:
            text = text.split(_GOOGLE, 1)[0]
        values, wrong = normalized({name: text}, region=self._rules.region, policy=self._rules.phone_policy)
        if wrong:
            self._add_error(row, place, text, wrong[0])
        elif values[name] is not None:
            row.values[name] = values[name]

    def _keep_variables(self, row: ParsedRow, cells: Sequence[str]) -> None:
        kept: dict[str, str] = {}
        for label, places in self._variables:
            cell = _first(cells, places)
            if cell is None:
                continue
            text = unescape(cell[1])
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
            known, wrong = self._tags_in(text)
            if not wrong and len(known) <= MAX_TAGS:
                if known:
                    row.values["tags"] = known
                return
        kept = set(self._rules.tags)
        for place in self._tags:
            text = cells[place] if place < len(cells) else ""
            known, wrong = self._tags_in(text)
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

    def _tags_in(self, text: str) -> tuple[list[str], list[Refusal]]:
        """Returns the sorted tags of a cell, and the errors of its invalid tags."""
        known = self._tags_of.get(text)
        if known is None:
            tags, wrong = normalization.tags(split_tags(unescape(text)))
            known = (sorted(tags), wrong)
            if len(self._tags_of) < _MOST_REMEMBERED:
                self._tags_of[text] = known
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


def split_tags(text: str) -> list[str]:
    """Splits the tags of a cell.

    - `vip;nairobi` and `vip|nairobi`
    - Mailchimp: `"VIP","Blog"`
    - Google Contacts: `* myContacts ::: VIP`, without Google's built-in groups, which begin with `* `
    """
    if text.startswith("* ") or _GOOGLE in text:
        tags = [part for part in text.split(_GOOGLE) if not part.startswith("* ")]
    elif text.startswith('"') and text.endswith('"') and '","' in text:
        tags = text[1:-1].split('","')
    else:
        tags = text.replace("|", ";").split(";")
        if len(tags) == 1 and text.startswith('"') and text.endswith('"') and len(text) > 2:
            tags = [text[1:-1]]
    return [part.strip() for part in tags if part.strip()]
