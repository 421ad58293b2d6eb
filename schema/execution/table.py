"""A level's sources, and how their columns are read."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from keyword import iskeyword
from operator import attrgetter, itemgetter
from typing import Any, Protocol, TypeAlias

from .rows import is_row_class, read
from .run import Run


class Reader(Protocol):
    """How a named value is read from each of a level's sources, which are all of a kind."""

    def target(self) -> str:
        """The loop's variables that one source is assigned to."""

    def expression(self, name: str) -> str:
        """Source text that reads the value in the loop."""

    @property
    def may_raise(self) -> bool:
        """Whether reading can fail, and what is raised is the value's error."""

    def getter(self, name: str) -> Callable[[Any], Any]: ...


Kind: TypeAlias = Hashable
"""What sources must have in common to be read by one Reader: their columns, where they are rows."""


def kind_of(source: Any) -> Kind:
    cls = type(source)
    if not is_row_class(cls):
        return ByAttribute
    return ByKey if issubclass(cls, Mapping) else tuple(source.keys())


def common_kind(sources: Sequence[Any], classes: set[type]) -> Kind | None:
    """The kind of all these sources, which are of these classes; None where they differ.

    Rows of one class come from one query, or from queries that select the same columns in the same order, or more of
    them: the first, the last and everyone's number of columns are looked at, not everyone's names.
    """
    first = kind_of(sources[0])
    if not isinstance(first, tuple):
        return first if len(classes) == 1 or not any(map(is_row_class, classes)) else None
    if len(sources) == 1:
        return first
    alike = len(classes) == 1 and kind_of(sources[-1]) == first and len(set(map(len, sources))) == 1
    return first if alike else None


def reader_for(kind: Kind, needed: Collection[str]) -> "Reader":
    if kind is ByAttribute:
        return ByAttribute()
    if isinstance(kind, tuple) and len(set(kind)) == len(kind) and set(kind).issuperset(needed):
        return ByPosition(kind)
    return ByKey()


class ByPosition:
    """Rows that all have these columns, in this order."""

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
    """Rows that are mappings, lack a column or have one twice."""

    may_raise = True

    def target(self) -> str:
        return "source"

    def expression(self, name: str) -> str:
        return f"source[{name!r}]"

    def getter(self, name: str) -> Callable[[Any], Any]:
        return itemgetter(name)


class ByAttribute:
    """Objects that are no rows."""

    may_raise = True

    def target(self) -> str:
        return "source"

    def expression(self, name: str) -> str:
        return f"source.{name}" if _is_attribute(name) else f"getattr(source, {name!r})"

    def getter(self, name: str) -> Callable[[Any], Any]:
        return attrgetter(name) if _is_attribute(name) else lambda source: getattr(source, name)


def _is_attribute(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


class Table:
    """Sources of one kind."""

    __slots__ = ("reader", "sources")

    def __init__(self, sources: Sequence[Any], reader: Reader) -> None:
        self.sources = sources
        self.reader = reader

    def column(self, run: Run, name: str) -> list[Any]:
        """The value of this name, of each source; a Failure where it can't be read."""
        try:
            return list(map(self.reader.getter(name), self.sources))
        except Exception:  # noqa: BLE001  # whatever it is, it is raised again below, by the sources that it is about
            return [run.attempt(read, source, name) for source in self.sources]

    def subset(self, indices: Sequence[int]) -> "Table":
        return Table([self.sources[index] for index in indices], self.reader)
