"""Decodes the JSON of clients, with a limit on the number of its values."""

from typing import Any

import orjson

from web.http.errors import refuse


def decoded(text: bytes | str, *, max_values: int) -> Any:
    """Returns the decoded value of a JSON text. Raises HttpRefusal with 400, and orjson.JSONDecodeError.

    orjson blocks the event loop while it decodes, for up to a third of a microsecond for each value. So the function
    first estimates the number of values by counting commas and opening brackets, including those inside strings.
    """
    if len(text) > max_values:
        marks = _marks(text)
        if marks > max_values:
            raise refuse(
                400, f"The JSON has {marks} commas and opening brackets; at most {max_values} are allowed. Send less."
            )
    return orjson.loads(text)


def _marks(text: bytes | str) -> int:
    if isinstance(text, bytes):
        return text.count(b",") + text.count(b"[") + text.count(b"{")
    return text.count(",") + text.count("[") + text.count("{")
