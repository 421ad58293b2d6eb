"""Lists of rows in which the same rows stand, as a relation's loader may give them."""

from collections.abc import Iterator, Sequence
from typing import Any


class Shared:
    """A list for each key, out of rows that may be in several of them: `places[i]` are the lists that `rows[i]` is in.

    Iterated, it gives the lists. A plan that asks nothing but a row's own fields answers for each row once.
    """

    __slots__ = ("_count", "_places", "rows")

    def __init__(self, rows: Sequence[Any], places: Sequence[Sequence[int]], count: int) -> None:
        self.rows = rows
        self._places = places
        self._count = count

    def lists(self, of: Sequence[Any]) -> list[list[Any]]:
        """The lists, with what is given for each row in its stead."""
        lists: list[list[Any]] = [[] for _ in range(self._count)]
        for value, places in zip(of, self._places, strict=True):
            for place in places:
                lists[place].append(value)
        return lists

    def __iter__(self) -> Iterator[list[Any]]:
        return iter(self.lists(self.rows))

    def __len__(self) -> int:
        return self._count
