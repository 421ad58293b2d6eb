"""Defines the columns of an exported file and converts contacts to cells or JSON objects."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from models.db.database import Row
from services.contacts.fields import EXPORTED
from services.exports.formula_escaping import escape

COLUMNS = (*EXPORTED, "is_opted_out", "status", "created_at")
CUSTOM = "custom:"
TAGS_JOINED_BY = ";"


def header(labels: Sequence[str]) -> list[str]:
    """Returns the column names. Labels of custom variables are escaped against formula injection like other cells."""
    return [*COLUMNS, *(escape(CUSTOM + label) for label in labels)]


def _text(value: str | None) -> str:
    return escape(value) if value else ""


def _tags(values: Sequence[str]) -> str:
    """Joins the tags. A final separator protects the comma of a single tag, because imports split cells on commas."""
    is_split_on_commas = len(values) == 1 and "," in values[0]
    return escape(TAGS_JOINED_BY.join(values) + (TAGS_JOINED_BY if is_split_on_commas else ""))


_CELL_OF: Final[dict[str, Callable[[Any], str]]] = {"phone": str, "tags": _tags}
_CELLS: Final = [(name, _CELL_OF.get(name, _text)) for name in EXPORTED]


def cells(contact: Row, labels: Sequence[str]) -> list[str]:
    """Returns a contact as cells in the order of the header. A missing value is an empty cell."""
    variables = contact["custom_variables"]
    return [
        *[cell(contact[name]) for name, cell in _CELLS],
        "true" if contact["is_opted_out"] else "false",
        contact["status"],
        _instant(contact),
        *(escape(variables.get(label) or "") for label in labels),
    ]


def json_object(contact: Row) -> dict[str, Any]:
    """Returns a contact as a JSON object with the same names.

    Lists and objects keep their structure, and a missing value is null.
    """
    values = {name: contact[name] for name in COLUMNS}
    values["created_at"] = _instant(contact)
    return {**values, "custom_variables": contact["custom_variables"]}


def _instant(contact: Row) -> str:
    created_at: datetime = contact["created_at"]
    return created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
