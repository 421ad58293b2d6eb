"""Decodes the JSON of clients, with a limit on the number of its values."""

import re
from typing import Any

import orjson

from web.http.errors import refuse

_MAX_REPAIRED = 100_000
# An escaped backslash, a pair of surrogates, or half of a pair, which is the group. Other escapes need no match.
_SURROGATES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


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
    return loaded(text)


def loaded(text: bytes | str) -> Any:
    """Returns the decoded value of a JSON text of any size. Raises orjson.JSONDecodeError.

    Half of a surrogate pair becomes U+FFFD. Programs that cut texts write it, and orjson refuses it.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raw = text.encode(errors="replace") if isinstance(text, str) else text
        escapes = raw.count(b"\\ud") + raw.count(b"\\uD")
        if not escapes or escapes + raw.count(b"\\\\") > _MAX_REPAIRED:  # a repair blocks the event loop
            raise
        return orjson.loads(_SURROGATES.sub(lambda match: rb"\ufffd" if match[1] else match[0], raw))


def _marks(text: bytes | str) -> int:
    if isinstance(text, bytes):
        return text.count(b",") + text.count(b"[") + text.count(b"{")
    return text.count(",") + text.count("[") + text.count("{")
