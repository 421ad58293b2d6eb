"""A cache of texts with a limit on their total length instead of their number."""

from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec

P = ParamSpec("P")

_OVERHEAD = 500
"""Bytes of an entry in addition to its texts."""
_LARGEST_PART = 8


def cache_texts(most_bytes: int) -> Callable[[Callable[P, str]], Callable[P, str]]:
    """Caches the texts that a function of positional arguments returns, in at most `most_bytes` bytes. Thread-safe.

    Entries are young or old. When the young entries take half of the bytes, they become old, and the previous old
    entries are deleted. A used old entry becomes young. A text that takes more than an eighth of the bytes is not kept.
    """

    def caching(make: Callable[P, str]) -> Callable[P, str]:
        young: dict[tuple[Hashable, ...], str] = {}
        old: dict[tuple[Hashable, ...], str] = {}
        taken = 0

        @wraps(make)
        def kept(*arguments: P.args, **named: P.kwargs) -> str:
            nonlocal young, old, taken
            assert not named, "The arguments must be positional."
            text = young.get(arguments)
            if text is not None:
                return text
            text = old.get(arguments)
            if text is None:
                text = make(*arguments, **named)
            size = _OVERHEAD + len(text) + sum([len(part) for part in arguments if isinstance(part, str)])
            if size * _LARGEST_PART > most_bytes:
                return text
            if 2 * (taken + size) > most_bytes:
                young, old, taken = {}, young, 0
            young[arguments] = text
            taken += size
            return text

        return kept

    return caching
