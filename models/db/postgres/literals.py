"""Values as literals of SQL, for statements that travel without parameters."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson


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


_PLACEHOLDER = re.compile(r"\$(\d+)(::\w+\[\])?")


def inlined(sql: str, args: Sequence[Any]) -> str:
    """Returns a statement with its arguments as literals, and a semicolon. The text of the statement is trusted.

    A list or a dict is JSON. A list is an array of UUIDs if the placeholder has a cast to an array.
    """

    def text(found: re.Match[str]) -> str:
        value, cast = args[int(found[1]) - 1], found[2] or ""
        if isinstance(value, list | dict):
            value = f"{{{','.join(map(str, value))}}}" if cast else orjson.dumps(value, default=str).decode()
        return literal(value) + cast

    return _PLACEHOLDER.sub(text, sql) + ";"
