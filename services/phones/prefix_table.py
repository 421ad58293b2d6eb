"""A compact table of number prefixes, small enough to keep in every process."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

LONGEST_PREFIX: Final = 9
"""In digits. A PrefixTable accepts no longer prefix."""

Value = TypeVar("Value")


class PrefixTable(Generic[Value]):
    """Finds the longest known prefix of a number and its value. Needs 14 bytes per prefix and under 1 µs per lookup.

    The prefixes are sorted. Each row also stores the length and the position of the longest other prefix that begins
    this prefix. The result is the last row that does not sort after the number, or one of the prefixes that begin it.
    """

    __slots__ = ("_keys", "_parents", "_places", "_values")

    def __init__(self, rows: Iterable[tuple[str, Value]]) -> None:
        places: dict[Value, int] = {}
        packed = array("Q")  # a list of the rows would be ten times as large
        for prefix, value in rows:
            if not 0 < len(prefix) <= LONGEST_PREFIX:
                raise ValueError(f"a prefix has 1 to {LONGEST_PREFIX} digits, not {prefix!r}")
            packed.append(_key(prefix) << 16 | places.setdefault(value, len(places)))
        self._values = list(places)
        self._keys, self._places, self._parents = array("Q"), array("H"), array("i")
        beginning: list[tuple[str, int]] = []
        for row, number in enumerate(sorted(packed)):
            prefix = _prefix(number >> 16)
            while beginning and not prefix.startswith(beginning[-1][0]):
                beginning.pop()
            self._parents.append(beginning[-1][1] if beginning else -1)
            beginning.append((prefix, row))
            self._keys.append(number >> 16)
            self._places.append(number & 0xFFFF)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        """Yields all rows, sorted by prefix."""
        for key, place in zip(self._keys, self._places, strict=True):
            yield _prefix(key), self._values[place]

    def find(self, digits: str) -> tuple[int, Value] | None:
        """Returns the length and the value of the longest prefix of these ASCII digits, or None."""
        if not digits or digits[0] == "0":
            return None
        searched = int(digits[:LONGEST_PREFIX].ljust(LONGEST_PREFIX, "0"))
        row = bisect_right(self._keys, searched << 4 | 15) - 1
        while row >= 0:
            key = self._keys[row]
            length = key & 15
            shorter = _TENS[length]
            if length <= len(digits) and searched // shorter == (key >> 4) // shorter:
                return length, self._values[self._places[row]]
            row = self._parents[row]
        return None


def _key(prefix: str) -> int:
    return int(prefix.ljust(LONGEST_PREFIX, "0")) << 4 | len(prefix)


def _prefix(key: int) -> str:
    return str(key >> 4)[: key & 15]


_TENS: Final = tuple(10 ** (LONGEST_PREFIX - length) for length in range(LONGEST_PREFIX + 1))
