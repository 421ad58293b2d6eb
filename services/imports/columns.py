"""Maps each column of a file to a contact field, by its header or by the client's mapping."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from services.contacts.fields import MAX_LABEL_LENGTH, MAX_VARIABLES
from services.imports import guesses, headers
from services.imports.consent import columns as consent_columns
from services.imports.consent.columns import Sense
from services.imports.errors import FileUnreadable
from services.imports.headers import ADDED, CUSTOM, FIELDS, IGNORE, OPT_OUT
from services.imports.record_splitting import Records
from services.imports.warnings import WarningCode, Warnings
from services.input.text import has_control
from services.refusal import Code

CONSENT_LEFT_OUT: Final = (
    "The column looks like consent, but the import does not read it. If it says who opted out, map it to opt_out."
)
_CONSENT: Final = (
    "The import reads this column as consent: a row that says no opts its numbers out, and a row that says yes does "
    "not. Map the column to ignore if it means something else."
)
_TOLD_HEADERS: Final = 30
_TOLD_SHEETS: Final = 20
_MAX_SHOWN: Final = 200
"""In characters. Longer headers are shortened in Job.columns and in row errors."""
_OF_SEVERAL_COLUMNS: Final = frozenset({"phone", "email", "tags", "opt_out", "lists", IGNORE})


class MappingEntry(NamedTuple):
    """Maps a column to a field. Exactly one of `header` and `column` is set. `column` is a position, from 1."""

    header: str | None
    column: int | None
    field: str


class PhoneColumn(NamedTuple):
    """A column of phone numbers. `rank` orders the columns by kind; the label of a row at `label`, if any, replaces it.

    Google Contacts writes `Phone 1 - Label` beside `Phone 1 - Value`.
    """

    place: int
    rank: int
    label: int | None


@dataclass(frozen=True, slots=True)
class Columns:
    """Maps each field to the positions of its cells, in order of precedence.

    The first cell of a field that is not blank counts. For tags and lists, all cells count; for phones see `phones`.
    `shown` is the value of Job.columns. `warnings` tells which columns were guessed or left out. `comma_places` are
    columns of tags or lists whose cells are split on commas, too. `senses` maps the positions of columns of consent to
    what their cells say. `consent_left_out` are the positions of columns that look like consent and that the import
    does not read.
    """

    places: Mapping[str, tuple[int, ...]]
    header: tuple[str, ...]
    shown: tuple[dict[str, Any], ...]
    warnings: Warnings = field(default_factory=Warnings)
    senses: Mapping[int, Sense] = field(default_factory=dict)
    consent_left_out: tuple[int, ...] = ()
    phones: tuple[PhoneColumn, ...] = ()
    comma_places: frozenset[int] = frozenset()


def stored_field(field: str) -> str:
    """Returns the stored form of a mapping's field. The label of a custom variable is stripped."""
    return CUSTOM + field[len(CUSTOM) :].strip() if field.startswith(CUSTOM) else field


def is_of_one_column(field: str) -> bool:
    """Returns whether a mapping may assign the field to only one header.

    With two headers, one of the two cells would be lost silently.
    """
    return field not in _OF_SEVERAL_COLUMNS


def field_problem(field: str) -> str | None:
    """Returns an error message for a mapping's field, or None if the field is valid."""
    if field in FIELDS or field == IGNORE:
        return None
    if not field.startswith(CUSTOM):
        return f"{field[:50]!r} is not a field. Use one of {', '.join(FIELDS)}, custom:<label> or ignore."
    label = field[len(CUSTOM) :].strip()
    if not label or len(label) > MAX_LABEL_LENGTH or has_control(label):
        return f"The label of a custom variable must have 1 to {MAX_LABEL_LENGTH} characters and no control characters."
    return None


def known_fields(header: Sequence[str]) -> list[str | None]:
    """Returns the field that each header names by its built-in meaning, or None."""
    return [None if (known := headers.field_of(name)) is None else known[0] for name in header]


def added_columns(header: Sequence[str]) -> int:
    """Returns how many columns a file of skipped rows has in front; 0 for other files.

    Earlier files have three columns, without the suggestion.
    """
    return next((length for length in (len(ADDED), len(ADDED) - 1) if tuple(header[:length]) == ADDED[:length]), 0)


def assign(records: Records, mapping: Sequence[MappingEntry]) -> Columns:
    """Maps each column to a field.

    `mapping` overrides the built-in meaning of the headers.

    Raises Unreadable if a header is missing or named twice, if there is no phone column, or if there are too many
    custom variables.
    """
    columns = by_header(records, _mapped(records.header, mapping))
    _check(records, columns.places)
    return columns


def by_header(records: Records, given: Mapping[int, str]) -> Columns:
    """Maps columns without checking that the file can be imported. `given` maps positions to fields."""
    header, samples, warnings = tuple(map(_shortened, records.header)), guesses.sampled(records), Warnings()
    fields, unsure = _of_headers(header, given)
    guessed = guesses.decide(header, fields, unsure, samples, has_phone="phone" in given.values())
    noted = set()
    for place, guess in list(guessed):
        if guess.field is None:
            del fields[place]
        elif guess.field not in given.values():
            fields[place] = (guess.field, guess.rank)
        if guess.message is not None:
            noted.add(place)
            warnings.add(WarningCode.COLUMN_GUESSED, guess.message, column=header[place])
    named = {field for field, _ in fields.values()}.union(given.values())
    for place in fields:
        if better := headers.by_neighbours(header[place], named):
            fields[place] = (better, 0)
    fields |= {place: (field, 0) for place, field in given.items()}
    places: dict[str, list[int]] = {}
    for place in sorted(fields, key=lambda place: (fields[place][1], place)):
        if fields[place][0] != IGNORE:
            places.setdefault(fields[place][0], []).append(place)
    shown = tuple(
        {
            "header": name,
            "field": fields[place][0] if place in fields and fields[place][0] != IGNORE else None,
            "sample": list(records.samples[place]),
        }
        for place, name in enumerate(header)
    )
    senses = {place: consent_columns.sense_of(header[place]) or Sense.OPT_OUT for place in places.get(OPT_OUT, ())}
    left_out = tuple(
        place for place, name in enumerate(header) if place not in fields and consent_columns.looks_like_consent(name)
    )
    for place, sense in senses.items():
        if sense is Sense.CONSENT:
            warnings.add(WarningCode.COLUMN_GUESSED, _CONSENT, column=header[place])
    phones = _phone_columns(header, fields, places.get("phone", ()))
    labels = {column.label for column in phones if column.label is not None}
    warnings.merge(_left_out(records, fields.keys() | noted | labels, left_out))
    in_cells = (*places.get("tags", ()), *places.get("lists", ()))
    commas = frozenset(place for place in in_cells if not any(";" in cell or "|" in cell for cell in samples[place]))
    return Columns(
        {field: tuple(matches) for field, matches in places.items()},
        header,
        shown,
        warnings,
        senses,
        left_out,
        phones,
        commas,
    )


def _of_headers(header: Sequence[str], given: Mapping[int, str]) -> tuple[dict[int, tuple[str, int]], set[int]]:
    """Returns the fields of headers that the mapping does not name, and the places that only their words identify."""
    fields: dict[int, tuple[str, int]] = {}
    unsure: set[int] = set()
    for place, name in enumerate(header):
        if place in given:
            continue
        known = headers.field_of(name)
        if known is None and (known := headers.by_words(name)) is not None:
            unsure.add(place)
        if known is None or field_problem(known[0]) is not None:
            continue
        if known[0] == OPT_OUT or known[0] not in given.values():
            fields[place] = known
    return fields, unsure


def _phone_columns(
    header: Sequence[str], fields: Mapping[int, tuple[str, int]], phones: Sequence[int]
) -> tuple[PhoneColumn, ...]:
    names = {headers.key(name): place for place, name in enumerate(header)}
    columns = []
    for place in phones:
        stem = headers.key(header[place]).removesuffix("value")
        label = names.get(f"{stem}label", names.get(f"{stem}type"))
        columns.append(PhoneColumn(place, fields[place][1], label))
    return tuple(columns)


def _left_out(records: Records, taken: Collection[int], consent: Collection[int]) -> Warnings:
    """Warns of columns that neither a field nor the mapping takes, except those without a header and cells.

    The rows add the values of columns that look like consent.
    """
    warnings, added = Warnings(), added_columns(records.header)
    for place, (name, sample) in enumerate(zip(records.header, records.samples, strict=True)):
        if place in consent:
            warnings.add(WarningCode.CONSENT_COLUMN_LEFT_OUT, CONSENT_LEFT_OUT, column=name)
        elif place not in taken and place >= added and (name or sample):
            warnings.add(
                WarningCode.COLUMN_LEFT_OUT,
                f"No field takes this column (number {place + 1}), so the import ignores it. Map it to a field, or to "
                "custom:<label>, to keep its cells.",
                column=name or None,
                value=next(iter(sample), None),
            )
    return warnings


def _mapped(header: Sequence[str], mapping: Sequence[MappingEntry]) -> dict[int, str]:
    given: dict[int, str] = {}
    for position, entry in enumerate(mapping):
        path: tuple[str, ...] = ("input", "mapping", str(position))
        if entry.column is not None:
            places, path = [entry.column - 1], (*path, "column")
            if entry.column > len(header):
                message = f"The file has no column {entry.column}. {_described(header)}"
                raise FileUnreadable(message, Code.NOT_FOUND, path)
        else:
            places, path = _places_of(header, entry.header or ""), (*path, "header")
            if not places:
                message = f"The file has no column {(entry.header or '')[:100]!r}. {_described(header)}"
                raise FileUnreadable(message, Code.NOT_FOUND, path)
        if not given.keys().isdisjoint(places):
            raise FileUnreadable(
                f"The mapping names the column {header[places[0]][:100]!r} twice. Map it once.", Code.INVALID, path
            )
        given |= dict.fromkeys(places, stored_field(entry.field))
    return given


def _places_of(header: Sequence[str], name: str) -> list[int]:
    """Returns the positions of a header as the client writes it: in full, shortened, or in another case."""
    name = name.strip()
    places = [place for place, own in enumerate(header) if name in (own, _shortened(own))]
    if not places and (key := headers.key(name)):
        places = [place for place, own in enumerate(header) if headers.key(own) == key]
    return places


def _check(records: Records, places: Mapping[str, Sequence[int]]) -> None:
    if "phone" not in places and records.header_line is None:
        raise FileUnreadable(
            f"The file has no headers, and no column is mapped to phone. It has {len(records.header)} columns. Map "
            "them by position in mapping. If the first row has the headers, set hasHeader to true."
        )
    if "phone" not in places:
        raise FileUnreadable(
            f"No column is recognized as phone numbers. {_described(records.header)} "
            f"Name the column with phone numbers in mapping.{_other_sheets(records)}",
        )
    labels = [field for field in places if field.startswith(CUSTOM)]
    if len(labels) > MAX_VARIABLES:
        raise FileUnreadable(
            f"The file has {len(labels)} columns for custom variables; at most {MAX_VARIABLES} are allowed.",
            Code.TOO_MANY,
        )


def _other_sheets(records: Records) -> str:
    if len(records.sheets) < 2:
        return ""
    names = ", ".join(sheet.name for sheet in records.sheets[:_TOLD_SHEETS])
    return f" The sheet is {records.sheet}. To read another one, name it in sheet: {names}."


def _shortened(header: str) -> str:
    return header[:_MAX_SHOWN].strip()


def _described(header: Sequence[str]) -> str:
    names = [_shortened(name) or "(blank)" for name in header[:_TOLD_HEADERS]]
    more = f" and {len(header) - _TOLD_HEADERS} more" if len(header) > _TOLD_HEADERS else ""
    return f"The columns are: {', '.join(names)}{more}."
