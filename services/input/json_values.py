"""Validates JSON objects from input: limits, and values that both databases can store. Pure."""

import math
from collections.abc import Mapping
from typing import Any

import orjson

from services.refusal import Code, Refusal

MAX_BYTES = 65_536
MAX_DEPTH = 32
_INTEGERS = range(-(2**63), 2**63)


def problem_with(value: Mapping[str, Any]) -> Refusal | None:
    """Returns why an object can't be stored (INVALID or TOO_LONG), or None if it can."""
    if (message := _unfit(value)) is not None:
        return Refusal(Code.INVALID, message)
    size = len(orjson.dumps(value))
    if size > MAX_BYTES:
        return Refusal(Code.TOO_LONG, f"The object has {size} bytes as JSON; at most {MAX_BYTES} are allowed.")
    return None


def _unfit(value: Any) -> str | None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, Mapping):
                if any(_is_unfit_text(key) for key in one):
                    return "Keys must not contain the character U+0000 or half of a surrogate pair."
                inner += one.values()
            elif isinstance(one, list | tuple):
                inner += one
            elif isinstance(one, str):
                if _is_unfit_text(one):
                    return "Texts must not contain the character U+0000 or half of a surrogate pair."
            elif isinstance(one, int) and not isinstance(one, bool):
                if one not in _INTEGERS:
                    return "Integers must fit into 64 bits."
            elif isinstance(one, float) and not math.isfinite(one):
                return "Numbers must be finite."
        level = inner
        if not level:
            return None
    return f"The object is nested too deeply; at most {MAX_DEPTH} levels are allowed."


def _is_unfit_text(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
