"""Defines the columns of an exported file and converts contacts to cells or JSON objects."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from services.contacts.fields import EXPORTED, GRAPHQL_NAMES
from services.exports.formula_escaping import escape
from services.ids import IdPrefix, encode
from services.refusal import Code, Refusal

COLUMNS: Final = (*EXPORTED, "is_opted_out", "status", "created_at")
CUSTOM: Final = "custom:"
VARIABLES: Final = "custom_variables"
MAX_COLUMNS: Final = 1_000
TAGS_JOINED_BY: Final = ";"
_JSON_COLUMNS: Final = (
    "id", "phone", "first_name", "last_name", "name", "email", "company_name", "notes", "tags", VARIABLES,
    "external_id", "sender_number", "country", "status", "is_opted_out", "lists", "created_at", "updated_at",
)  # fmt: skip
_JSON_NAMES: Final = {
    **{name: GRAPHQL_NAMES.get(name, name) for name in _JSON_COLUMNS},
    "is_opted_out": "isOptedOut",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
}
_COLUMN_OF: Final = {**{key: name for name, key in _JSON_NAMES.items()}, **{name: name for name in _JSON_COLUMNS}}
"""The column of each name that a client may use, as in CSV or as in JSON."""

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of a file's columns, and for each the column of a contact with a function that converts its value."""

    names: tuple[str, ...]
    conversions: tuple[tuple[str, _Convert], ...]

    @property
    def has_lists(self) -> bool:
        return any(name == "lists" for name, _ in self.conversions)

    def values(self, contact: Any) -> list[Any]:
        """Returns the cells of a contact, or its values in JSON."""
        return [convert(contact[name]) for name, convert in self.conversions]


def wrong_columns(names: Sequence[str]) -> Iterator[Refusal]:
    """Yields the errors of a client's choice of columns."""
    if not 1 <= len(names) <= MAX_COLUMNS:
        yield Refusal(Code.INVALID, f"An export must have 1 to {MAX_COLUMNS:,} columns, not {len(names):,}.")
    seen: set[str] = set()
    for place, name in enumerate(names[:MAX_COLUMNS]):
        column = _COLUMN_OF.get(name) or (name if name.startswith(CUSTOM) and name != CUSTOM else None)
        if column is None:
            message = f"{name[:50]!r} is not a column. Use {', '.join(_JSON_COLUMNS)} or custom:<label>."
            yield Refusal(Code.INVALID, message, (str(place),))
        elif column in seen:
            yield Refusal(Code.INVALID, "The column is named twice. Name it once.", (str(place),))
        else:
            seen.add(column)


def has_labels(names: Sequence[str] | None) -> bool:
    """Returns whether the columns of a sheet depend on the labels of the contacts' custom variables."""
    return names is None or VARIABLES in map(_COLUMN_OF.get, names)


def sheet_layout(names: Sequence[str] | None, labels: Sequence[str]) -> Layout:
    """Returns the columns of CSV and XLSX. The column `custom_variables` has a column for each label in its place.

    Labels of custom variables are escaped against formula injection like other cells.
    """
    found: list[tuple[str, str, _Convert]] = []
    for name in (*COLUMNS, VARIABLES) if names is None else names:
        column = _COLUMN_OF.get(name)
        if column == VARIABLES:
            found += [_variable(label) for label in labels]
        elif column is None:
            found.append(_variable(name.removeprefix(CUSTOM)))
        else:
            found.append((column, column, _CELL_OF.get(column, _text)))
    return _layout(found)


def json_layout(names: Sequence[str] | None) -> Layout:
    """Returns the fields of the objects in JSON, by default those that a client would select of Contact."""
    found: list[tuple[str, str, _Convert]] = []
    for name in _JSON_COLUMNS if names is None else names:
        column = _COLUMN_OF.get(name)
        if column is None:
            found.append((name, VARIABLES, partial(_of_label, name.removeprefix(CUSTOM))))
        else:
            stored = "full_name" if column == "name" else column
            found.append((_JSON_NAMES[column], stored, _VALUE_OF.get(column, _unchanged)))
    return _layout(found)


def _layout(found: Sequence[tuple[str, str, _Convert]]) -> Layout:
    return Layout(tuple(name for name, _, _ in found), tuple((column, convert) for _, column, convert in found))


def _variable(label: str) -> tuple[str, str, _Convert]:
    return escape(CUSTOM + label), VARIABLES, partial(_cell_of_label, label)


def _cell_of_label(label: str, variables: Mapping[str, str]) -> str:
    return escape(variables.get(label) or "")


def _of_label(label: str, variables: Mapping[str, str]) -> str | None:
    return variables.get(label)


def _text(value: str | None) -> str:
    return escape(value) if value else ""


def _texts(values: Sequence[str]) -> str:
    return escape(TAGS_JOINED_BY.join(values))


def _tags(values: Sequence[str]) -> str:
    """Joins the tags. A final separator protects the comma of a single tag, because imports split cells on commas."""
    is_split_on_commas = len(values) == 1 and "," in values[0]
    return escape(TAGS_JOINED_BY.join(values) + (TAGS_JOINED_BY if is_split_on_commas else ""))


def _names(lists: Sequence[Mapping[str, Any]]) -> str:
    return _texts([each["name"] for each in lists])


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _unchanged(value: Any) -> Any:
    return value


def _lists(lists: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{"id": encode(IdPrefix.CONTACT_LIST, each["id"]), "name": each["name"]} for each in lists]


_ID: Final = partial(encode, IdPrefix.CONTACT)
_CELL_OF: Final[dict[str, _Convert]] = {
    "id": _ID,
    "phone": str,
    "tags": _tags,
    "lists": _names,
    "is_opted_out": _truth,
    "created_at": _instant,
    "updated_at": _instant,
}
_VALUE_OF: Final[dict[str, _Convert]] = {
    "id": _ID,
    "lists": _lists,
    "is_opted_out": bool,
    "created_at": _in_utc,
    "updated_at": _in_utc,
}
