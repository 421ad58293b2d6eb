"""Sums of numbers, some of which depend on the variables of a request."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

HIGHEST = 10**12
"""Larger amounts count as this one, so that no amount is too long a number for JSON."""

Variables: TypeAlias = Mapping[str, Any]


class Later(NamedTuple):
    """A number that depends on the variables: the result of a step."""

    step: int


Amount: TypeAlias = int | Later


class Sums:
    """Adds and multiplies amounts.

    With `variables`, every amount is an int. Without, an amount that depends on variables is a Later, and each
    operation on it appends one step, which `total` runs for the variables of a request. A step runs once,
    regardless of how often its result is used.
    """

    def __init__(self, variables: Variables | None = None) -> None:
        self._variables = variables
        self._steps: list[Callable[[list[int], Variables], int]] = []

    def read(self, read: Callable[[Variables], int]) -> Amount:
        """Returns the number that `read` finds in the variables."""
        if self._variables is not None:
            return min(read(self._variables), HIGHEST)
        return self._later(lambda _, variables: read(variables))

    def add(self, amount: Amount, other: Amount, times: Amount = 1) -> Amount:
        """Returns amount + other * times."""
        if 0 in (other, times):
            return amount
        if isinstance(amount, int) and isinstance(other, int) and isinstance(times, int):
            return min(amount + other * times, HIGHEST)
        return self._later(lambda done, _: _known(amount, done) + _known(other, done) * _known(times, done))

    def total(self, amount: Later, variables: Variables) -> int:
        done: list[int] = []
        for step in self._steps:
            done.append(min(step(done, variables), HIGHEST))
        return done[amount.step]

    def _later(self, step: Callable[[list[int], Variables], int]) -> Later:
        self._steps.append(step)
        return Later(len(self._steps) - 1)


def _known(amount: Amount, done: list[int]) -> int:
    return amount if isinstance(amount, int) else done[amount.step]
