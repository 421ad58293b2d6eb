"""The sources of a level, and the readers of their columns."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from keyword import iskeyword
from operator import attrgetter, itemgetter
from typing import Any, Protocol, TypeAlias

from schema.execution.rows import is_row_class, read

from .state import Run


class Reader(Protocol):
    """Reads named values from sources of one kind."""

    def target(self) -> str:
        """Returns the variables that the loop assigns one source to."""

    def expression(self, name: str) -> str:
        """Returns the Python expression that reads the value in the loop."""

    @property
    def may_raise(self) -> bool:
        """True if reading can raise an exception, which is then the error of the value."""

    def getter(self, name: str) -> Callable[[Any], Any]: ...


Kind: TypeAlias = "tuple[str, ...] | type[Reader]"
"""The sources that one Reader can read: those with these columns, or those of a Reader class."""


def common_kind(sources: Sequence[Any], classes: set[type]) -> Kind:
    """Returns the kind of all these sources, which have these classes.

    Rows of one class must come from one query, or from queries that select the same columns in the same order, some
    possibly with more columns. So the function compares the columns of the first and last row, and the number of
    columns of all rows.
    """
    if len(classes) == 1:
        (cls,) = classes
        if not is_row_class(cls):
            return ByAttribute
        if _is_mapping(cls):
            return ByKey
    else:
        rows = sum(map(is_row_class, classes))
        return ByAttribute if rows == 0 else ByKey if rows == len(classes) else ByRead
    columns = tuple(sources[0].keys())
    if len(sources) > 1 and (len(set(map(len, sources))) > 1 or tuple(sources[-1].keys()) != columns):
        return ByKey
    return columns


@lru_cache(maxsize=4096)
def _is_mapping(cls: type) -> bool:
    return issubclass(cls, Mapping)


def reader_for(kind: Kind, needed: Collection[str]) -> "Reader":
    if not isinstance(kind, tuple):
        return kind()
    return ByPosition(kind) if len(set(kind)) == len(kind) and set(kind).issuperset(needed) else ByKey()


class ByPosition:
    """Reads rows that all have these columns, in this order."""

    may_raise = False

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self._positions = {name: position for position, name in enumerate(columns)}

    def target(self) -> str:
        return "(" + "".join(f"c{position}, " for position in range(len(self.columns))) + ")"

    def expression(self, name: str) -> str:
        return f"c{self._positions[name]}"

    def getter(self, name: str) -> Callable[[Any], Any]:
        return itemgetter(self._positions[name])


class ByKey:
    """Reads rows that are mappings, lack a column or have one twice, or have different columns."""

    may_raise = True

    def target(self) -> str:
        return "source"

    def expression(self, name: str) -> str:
        return f"source[{name!r}]"

    def getter(self, name: str) -> Callable[[Any], Any]:
        return itemgetter(name)


class ByAttribute:
    """Reads objects that are not rows."""

    may_raise = True

    def target(self) -> str:
        return "source"

    def expression(self, name: str) -> str:
        return f"source.{name}" if _is_attribute(name) else f"getattr(source, {name!r})"

    def getter(self, name: str) -> Callable[[Any], Any]:
        return attrgetter(name) if _is_attribute(name) else lambda source: getattr(source, name)


class ByRead:
    """Reads rows and other objects."""

    may_raise = True

    def target(self) -> str:
        return "source"

    def expression(self, name: str) -> str:
        return f"read(source, {name!r})"

    def getter(self, name: str) -> Callable[[Any], Any]:
        return lambda source: read(source, name)


def _is_attribute(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


class SourceTable:
    """Sources of one kind."""

    __slots__ = ("reader", "sources")

    def __init__(self, sources: Sequence[Any], reader: Reader) -> None:
        self.sources = sources
        self.reader = reader

    def column(self, run: Run, name: str) -> list[Any]:
        """Returns the value with this name from each source; a Failure if it can't be read."""
        try:
            return list(map(self.reader.getter(name), self.sources))
        except Exception:  # noqa: BLE001  # the failing sources raise it again below
            return [run.attempt(read, source, name) for source in self.sources]

    def subset(self, indices: Sequence[int]) -> "SourceTable":
        return SourceTable([self.sources[index] for index in indices], self.reader)
