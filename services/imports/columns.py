"""Maps each column of a file to a contact field, by its header or by the client's mapping."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from services.contacts.fields import MAX_LABEL_LENGTH, MAX_VARIABLES
from services.imports import guesses, headers
from services.imports.errors import FileUnreadable
from services.imports.headers import CUSTOM, FIELDS, IGNORE
from services.imports.record_splitting import Records
from services.imports.warnings import WarningCode, Warnings
from services.input.text import has_control
from services.refusal import Code

_TOLD_HEADERS: Final = 30
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
    columns of tags or lists whose cells are split on commas, too.
    """

    places: Mapping[str, tuple[int, ...]]
    header: tuple[str, ...]
    shown: tuple[dict[str, Any], ...]
    warnings: Warnings = field(default_factory=Warnings)
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


def count_known(header: Sequence[str]) -> int:
    """Returns how many of the headers have a built-in meaning."""
    return sum(headers.field_of(name) is not None for name in header)


def assign(records: Records, mapping: Sequence[MappingEntry]) -> Columns:
    """Maps each column to a field.

    `mapping` overrides the built-in meaning of the headers.

    Raises Unreadable if a header is missing or named twice, if there is no phone column, or if there are too many
    custom variables.
    """
    columns = by_header(records, _mapped(records.header, mapping))
    _check(columns.header, columns.places)
    return columns


def by_header(records: Records, given: Mapping[int, str]) -> Columns:
    """Maps columns without checking that the file can be imported. `given` maps positions to fields."""
    header, samples, warnings = records.header, guesses.sampled(records), Warnings()
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
    phones = _phone_columns(header, fields, places.get("phone", ()))
    labels = {column.label for column in phones if column.label is not None}
    warnings.merge(_left_out(records, fields.keys() | noted | labels))
    in_cells = (*places.get("tags", ()), *places.get("lists", ()))
    commas = frozenset(place for place in in_cells if not any(";" in cell or "|" in cell for cell in samples[place]))
    return Columns(
        {field: tuple(matches) for field, matches in places.items()}, header, shown, warnings, phones, commas
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
        if known is not None and field_problem(known[0]) is None and known[0] not in given.values():
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


def _left_out(records: Records, taken: Collection[int]) -> Warnings:
    """Warns of columns that neither a field nor the mapping takes, except those without a header and cells."""
    warnings = Warnings()
    for place, (name, sample) in enumerate(zip(records.header, records.samples, strict=True)):
        if place not in taken and (name or sample):
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
        if (name := entry.header) is None:
            continue
        matches = [place for place, own in enumerate(header) if own == name.strip()]
        if not matches and (key := headers.key(name)):
            matches = [place for place, own in enumerate(header) if headers.key(own) == key]
        path = ("input", "mapping", str(position), "header")
        if not matches:
            raise FileUnreadable(f"The file has no column {name[:100]!r}. {_described(header)}", Code.NOT_FOUND, path)
        if not given.keys().isdisjoint(matches):
            raise FileUnreadable(
                f"The mapping names the column {header[matches[0]][:100]!r} twice. Map it once.", Code.INVALID, path
            )
        given |= dict.fromkeys(matches, stored_field(entry.field))
    return given


def _check(header: Sequence[str], places: Mapping[str, Sequence[int]]) -> None:
    if "phone" not in places:
        raise FileUnreadable(
            f"No column is recognized as phone numbers. {_described(header)} "
            "Name the column with phone numbers in mapping.",
        )
    labels = [field for field in places if field.startswith(CUSTOM)]
    if len(labels) > MAX_VARIABLES:
        raise FileUnreadable(
            f"The file has {len(labels)} columns for custom variables; at most {MAX_VARIABLES} are allowed.",
            Code.TOO_MANY,
        )


def _described(header: Sequence[str]) -> str:
    names = [name or "(blank)" for name in header[:_TOLD_HEADERS]]
    more = f" and {len(header) - _TOLD_HEADERS} more" if len(header) > _TOLD_HEADERS else ""
    return f"The columns are: {', '.join(names)}{more}."
