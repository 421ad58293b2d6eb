"""Limits a number for each key, such as the concurrent connections of an address."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Quota(Generic[K]):
    """Counts up to `most` for each key; 0 means no limit. It keeps only keys with a count above zero."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._counts: dict[K, int] = {}

    def take(self, key: K) -> bool:
        """Adds one to the key's count. Returns False, and adds nothing, if the count is at its limit."""
        count = self._counts.get(key, 0)
        if self.most and count >= self.most:
            return False
        self._counts[key] = count + 1
        return True

    def give_back(self, key: K) -> None:
        """Takes one from the key's count, after `take` has returned True."""
        count = self._counts[key] - 1
        if count:
            self._counts[key] = count
        else:
            del self._counts[key]

    def __len__(self) -> int:
        """Returns the number of keys with a count above zero."""
        return len(self._counts)
