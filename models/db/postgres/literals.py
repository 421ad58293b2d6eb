"""Values as literals of SQL, for statements that travel without parameters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID


def literal(value: UUID | str | int | datetime | None) -> str:
    """Returns a value as a literal. It does not depend on the setting standard_conforming_strings.

    Raises ValueError for a text with NUL, and TypeError for a value of another type.
    """
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if not isinstance(value, UUID | str | datetime):
        raise TypeError(f"a {type(value).__name__} has no literal here")
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if "\0" in text:
        raise ValueError("PostgreSQL stores no NUL in a text")
    quoted = text.replace("'", "''").replace("\\", "\\\\")
    return f"E'{quoted}'" if "\\" in text else f"'{quoted}'"


def insertion(table: str, row: Mapping[str, Any]) -> str:
    """Returns the INSERT statement of a row, with a semicolon. The names of table and columns are trusted."""
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(map(literal, row.values()))});"
