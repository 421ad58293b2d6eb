"""JSON objects as callers give them: whatever both databases can keep and give back, within limits. Pure."""

import math
from collections.abc import Mapping
from typing import Any

import orjson

from services.refusal import Code, Refusal

MAX_BYTES = 65_536
MAX_DEPTH = 32
_INTEGERS = range(-(2**63), 2**63)


def problem_with(value: Mapping[str, Any]) -> Refusal | None:
    """Why an object can't be kept: INVALID or TOO_LONG; None where it can."""
    if (message := _unfit(value)) is not None:
        return Refusal(Code.INVALID, message)
    size = len(orjson.dumps(value))
    if size > MAX_BYTES:
        return Refusal(Code.TOO_LONG, f"At most {MAX_BYTES} bytes as JSON, not {size}.")
    return None


def _unfit(value: Any) -> str | None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, Mapping):
                if any(_is_unfit_text(key) for key in one):
                    return "Its keys can't hold the character U+0000, nor half of a surrogate pair."
                inner += one.values()
            elif isinstance(one, list | tuple):
                inner += one
            elif isinstance(one, str):
                if _is_unfit_text(one):
                    return "Its texts can't hold the character U+0000, nor half of a surrogate pair."
            elif isinstance(one, int) and not isinstance(one, bool):
                if one not in _INTEGERS:
                    return "Its whole numbers must fit into 64 bits."
            elif isinstance(one, float) and not math.isfinite(one):
                return "Its numbers must be finite."
        level = inner
        if not level:
            return None
    return f"It may nest at most {MAX_DEPTH} deep."


def _is_unfit_text(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
