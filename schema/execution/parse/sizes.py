"""Measures a request's variables before they are coerced."""

from collections.abc import Iterator, Mapping
from typing import Any

LARGE = 500
_CONTAINERS = (list, dict)


def is_large(variables: Mapping[str, Any]) -> bool:
    """Returns True if the variables contain more than 500 values at all depths. Stops counting there."""
    left = LARGE - len(variables)
    for value in variables.values():
        if isinstance(value, _CONTAINERS):  # most operations have none
            for _, container in _containers(value):
                left -= len(container)
                if left < 0:
                    return True
    return left < 0


def too_long_list(variables: Mapping[str, Any], most: int) -> tuple[str, int] | None:
    """Returns the first variable that contains a list with more items than `most`, and the length of the list."""
    for name, value in variables.items():
        for is_list, container in _containers(value):
            if is_list and len(container) > most:
                return name, len(container)
    return None


def _containers(value: Any) -> Iterator[tuple[bool, Any]]:
    """Returns the lists and objects in a value, including the value, each with True if it is a list."""
    pending = [value]
    while pending:
        container = pending.pop()
        if isinstance(container, list):
            yield True, container
            pending += [item for item in container if isinstance(item, _CONTAINERS)]
        elif isinstance(container, dict):
            yield False, container
            pending += [item for item in container.values() if isinstance(item, _CONTAINERS)]
