"""Lists that have rows in common, as the result of a relation's loader."""

from collections.abc import Iterator, Sequence
from typing import Any


class SharedRows:
    """A list for each key, made of rows that can be in several lists. `places[i]` are the lists that contain `rows[i]`.

    Iteration returns the lists. A plan that selects only columns of the rows completes each row once.
    """

    __slots__ = ("_count", "_places", "rows")

    def __init__(self, rows: Sequence[Any], places: Sequence[Sequence[int]], count: int) -> None:
        self.rows = rows
        self._places = places
        self._count = count

    def lists(self, of: Sequence[Any]) -> list[list[Any]]:
        """Returns the lists with the items of `of` in place of the rows."""
        lists: list[list[Any]] = [[] for _ in range(self._count)]
        for value, places in zip(of, self._places, strict=True):
            for place in places:
                lists[place].append(value)
        return lists

    @property
    def repeated(self) -> int:
        """The number of items in the lists beyond one for each row."""
        return sum(map(len, self._places)) - len(self.rows)

    def __iter__(self) -> Iterator[list[Any]]:
        return iter(self.lists(self.rows))

    def __len__(self) -> int:
        return self._count
