"""What each column of a file is taken for: by its header, or as whoever sends it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.contact_details import MAX_LABEL_LENGTH, MAX_VARIABLES
from services.contact_import import headers
from services.contact_import.headers import CUSTOM, FIELDS, IGNORE
from services.contact_import.records import Records
from services.contact_import.unreadable import Unreadable
from services.refusal import Code
from services.texts import has_control

_TOLD_HEADERS: Final = 30
_OF_SEVERAL_COLUMNS: Final = frozenset({"phone", "email", "tags", "opt_out", IGNORE})


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the cells of each field, in the order in which they are looked at.

    The first cell of a field that is not blank counts; of tags, all do. `shown` is Job.columns.
    """

    places: Mapping[str, tuple[int, ...]]
    header: tuple[str, ...]
    shown: tuple[dict[str, Any], ...]


def kept_field(field: str) -> str:
    """A field of a mapping, with the label of a custom variable as it is kept."""
    return CUSTOM + field[len(CUSTOM) :].strip() if field.startswith(CUSTOM) else field


def is_of_one_column(field: str) -> bool:
    """Whether a mapping may give it to one header alone: of the cells of two, one would be lost in silence."""
    return field not in _OF_SEVERAL_COLUMNS


def field_problem(field: str) -> str | None:
    """What is wrong with a field of a mapping, in a sentence; None: nothing."""
    if field in FIELDS or field == IGNORE:
        return None
    if not field.startswith(CUSTOM):
        return f"{field[:50]!r} is not a field: {', '.join(FIELDS)}, custom:<label> or ignore."
    label = field[len(CUSTOM) :].strip()
    if not label or len(label) > MAX_LABEL_LENGTH or has_control(label):
        return f"The label of a custom variable has 1 to {MAX_LABEL_LENGTH} characters, and no control characters."
    return None


def count_known(header: Sequence[str]) -> int:
    """How many of the headers are known by themselves."""
    return sum(headers.field_of(name) is not None for name in header)


def assign(records: Records, mapping: Sequence[tuple[str, str]]) -> Columns:
    """`mapping`: headers and their fields, which come before what the headers say themselves.

    Raises Unreadable: a header that is not there or named twice, no phone column, too many custom variables.
    """
    columns = by_header(records, _mapped(records.header, mapping))
    _check(columns.header, columns.places)
    return columns


def by_header(records: Records, given: Mapping[int, str]) -> Columns:
    """What is known of the columns without asking whether a file can be read so. `given`: fields by their places."""
    header = records.header
    fields: dict[int, tuple[str, int]] = {}
    for place, name in enumerate(header):
        if place in given:
            fields[place] = (given[place], 0)
        elif (
            (known := headers.field_of(name)) is not None
            and field_problem(known[0]) is None
            and known[0] not in given.values()
        ):
            fields[place] = known
    named = {field for field, _ in fields.values()}
    for place in fields:
        if place not in given and (better := headers.by_neighbours(header[place], named)):
            fields[place] = (better, 0)
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
    return Columns({field: tuple(found) for field, found in places.items()}, header, shown)


def _mapped(header: Sequence[str], mapping: Sequence[tuple[str, str]]) -> dict[int, str]:
    given: dict[int, str] = {}
    for position, (name, field) in enumerate(mapping):
        found = [place for place, own in enumerate(header) if own == name.strip()]
        if not found and (key := headers.key(name)):
            found = [place for place, own in enumerate(header) if headers.key(own) == key]
        path = ("input", "mapping", str(position), "header")
        if not found:
            raise Unreadable(f"There is no column {name[:100]!r}. {_told(header)}", Code.NOT_FOUND, path)
        if not given.keys().isdisjoint(found):
            raise Unreadable(f"The mapping names the column {header[found[0]][:100]!r} twice.", Code.INVALID, path)
        given |= dict.fromkeys(found, kept_field(field))
    return given


def _check(header: Sequence[str], places: Mapping[str, Sequence[int]]) -> None:
    if "phone" not in places:
        raise Unreadable(
            f"No column is known to hold phone numbers. {_told(header)} Name the one that does in mapping.",
        )
    labels = [field for field in places if field.startswith(CUSTOM)]
    if len(labels) > MAX_VARIABLES:
        raise Unreadable(f"At most {MAX_VARIABLES} columns can be custom variables, not {len(labels)}.", Code.TOO_MANY)


def _told(header: Sequence[str]) -> str:
    names = [name or "(blank)" for name in header[:_TOLD_HEADERS]]
    more = f" and {len(header) - _TOLD_HEADERS} more" if len(header) > _TOLD_HEADERS else ""
    return f"The columns are: {', '.join(names)}{more}."
