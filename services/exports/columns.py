"""Defines the columns of an exported file and converts contacts to cells or JSON objects."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from models.db.database import Row
from services.exports.formula_escaping import defused

COLUMNS = (
    "first_name",
    "last_name",
    "phone",
    "email",
    "tags",
    "notes",
    "company_name",
    "name",
    "external_id",
    "sender_number",
    "is_opted_out",
    "status",
    "created_at",
)
CUSTOM = "custom:"
TAGS_JOINED_BY = ";"


def header(labels: Sequence[str]) -> list[str]:
    """Returns the column names. Labels of custom variables are escaped against formula injection like other cells."""
    return [*COLUMNS, *(defused(CUSTOM + label) for label in labels)]


def cells(contact: Row, labels: Sequence[str]) -> list[str]:
    """Returns a contact as cells in the order of the header. A missing value is an empty cell."""
    variables = contact["custom_variables"]
    return [
        defused(contact["first_name"] or ""),
        defused(contact["last_name"] or ""),
        contact["phone"],
        defused(contact["email"] or ""),
        defused(TAGS_JOINED_BY.join(contact["tags"])),
        defused(contact["notes"] or ""),
        defused(contact["company_name"] or ""),
        defused(contact["name"] or ""),
        defused(contact["external_id"] or ""),
        defused(contact["sender_number"] or ""),
        "true" if contact["is_opted_out"] else "false",
        contact["status"],
        _instant(contact),
        *(defused(variables.get(label) or "") for label in labels),
    ]


def members(contact: Row) -> dict[str, Any]:
    """Returns a contact as a JSON object with the same names.

    Lists and objects keep their structure, and a missing value is null.
    """
    found = {name: contact[name] for name in COLUMNS}
    found["created_at"] = _instant(contact)
    return {**found, "custom_variables": contact["custom_variables"]}


def _instant(contact: Row) -> str:
    created_at: datetime = contact["created_at"]
    return created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
