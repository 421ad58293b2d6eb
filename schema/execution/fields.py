"""Fields whose values can be read for a whole level: columns, functions of columns, and relations.

Each one is an ordinary Strawberry field, so any executor can run the schema. The compiled executor reads them without
a call for each row.
"""

from abc import ABC, abstractmethod
from asyncio import shield
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias

from aiodataloader import DataLoader
from strawberry import Info
from strawberry.permission import BasePermission

from .answer_size import LONGEST_TEXT
from .rows import RowField, read
from .run_cache import memory_of
from .selection import Selection, selection

_METADATA_KEY = "execution.source"


class Loads(Protocol):
    """Loads values by keys. An aiodataloader.DataLoader implements it."""

    @property
    def batch_load_fn(self) -> Callable[[list[Any]], Awaitable[Any]]:
        """Returns the values in the order of the keys. An Exception among them is an error of its key."""


class LoadingContext(Protocol):
    """The context that a schema with relations requires."""

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> Loads:
        """Returns a new loader."""


class Source(ABC):
    """The source of a field's values."""

    @property
    def needs_info(self) -> bool:
        """True if `get` needs the info."""
        return False

    @property
    def is_async(self) -> bool:
        return False

    @abstractmethod
    def columns(self, python_name: str) -> tuple[str, ...]:
        """Returns the columns that the field with this name reads from its row."""

    @abstractmethod
    def get(self, field: "SourceField", source: Any, info: Info | None, arguments: Mapping[str, Any]) -> Any:
        """Returns the value for one source."""


@dataclass(frozen=True, slots=True)
class Column(Source):
    """The value of a column, converted unless it is null."""

    name: str | None
    convert: Callable[[Any], Any] | None
    convert_many: Callable[[list[Any]], list[Any]] | None
    longest: int = LONGEST_TEXT

    def columns(self, python_name: str) -> tuple[str, ...]:
        return (self.name or python_name,)

    def get(self, field: "SourceField", source: Any, info: Info | None, arguments: Mapping[str, Any]) -> Any:
        return self.converted(read(source, self.name or field.python_name))

    def converted(self, value: Any) -> Any:
        if value is None:
            return None
        if self.convert is not None:
            return self.convert(value)
        if self.convert_many is not None:
            return self.convert_many([value])[0]
        return value


@dataclass(frozen=True, slots=True)
class Computed(Source):
    """A function of the values of columns, and of the context if `takes_context` is True."""

    names: tuple[str, ...]
    resolve: Callable[..., Any]
    takes_context: bool

    @property
    def needs_info(self) -> bool:
        return self.takes_context

    def columns(self, python_name: str) -> tuple[str, ...]:
        return self.names

    def get(self, field: "SourceField", source: Any, info: Info | None, arguments: Mapping[str, Any]) -> Any:
        values = [read(source, name) for name in self.names]
        return self.resolve(*values) if info is None else self.resolve(info.context, *values)


@dataclass(frozen=True, slots=True)
class Relation(Source):
    """The value that a loader finds by the value of a column."""

    loader: str
    key: str

    @property
    def needs_info(self) -> bool:
        return True

    @property
    def is_async(self) -> bool:
        return True

    def columns(self, python_name: str) -> tuple[str, ...]:
        return (self.key,)

    async def get(self, field: "SourceField", source: Any, info: Info | None, arguments: Mapping[str, Any]) -> Any:
        assert info is not None
        key = read(source, self.key)
        if key is None:
            return None
        raw_info = info._raw_info
        loaders = memory_of(raw_info).loaders
        # A loader serves one root field only: mutations run in sequence, and each must see the writes of the previous.
        place = (self.loader, raw_info.path.as_list()[0], *map(id, raw_info.field_nodes))
        loader = loaders.get(place)
        if loader is None:
            made = info.context.loader(self.loader, selection(info), arguments)
            loader = made if isinstance(made, DataLoader) else DataLoader(made.batch_load_fn)
            loaders[place] = loader
        # graphql-core cancels the siblings of a failed field, but other fields may wait for the same key.
        return await shield(loader.load(key))


class SourceField(RowField):
    """A Strawberry field with a Source instead of a resolver. If it has arguments, a signature declares them."""

    @property
    def source(self) -> Source:
        source: Source = self.metadata[_METADATA_KEY]
        return source

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that this field reads from its row."""
        return self.source.columns(self.python_name)

    @property
    def is_basic_field(self) -> bool:
        return not self.source.needs_info and not self.extensions

    @property
    def is_async(self) -> bool:
        return self.source.is_async

    def get_result(self, source: Any, info: Info | None, args: list[Any], kwargs: Any) -> Any:
        return self.source.get(self, source, info if self.source.needs_info else None, kwargs)

    def __call__(self, resolver: Any) -> Self:
        super().__call__(resolver)
        assert self.base_resolver is not None
        for parameter in self.base_resolver.reserved_parameters.values():
            if parameter is not None:
                raise TypeError(f"{self.python_name}: the signature names GraphQL arguments only, not {parameter.name}")
        return self


Permissions: TypeAlias = Sequence[type[BasePermission]]


def _field(source: Source, description: str | None, permission_classes: Permissions) -> SourceField:
    return SourceField(
        description=description,
        permission_classes=list(permission_classes),
        metadata={_METADATA_KEY: source},
    )


def column(
    name: str | None = None,
    *,
    convert: Callable[[Any], Any] | None = None,
    convert_many: Callable[[list[Any]], list[Any]] | None = None,
    longest: int = LONGEST_TEXT,
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Any:
    """Returns a field that reads `row[name]`; by default the column with the field's Python name.

    `convert` converts a value that is not null. Null stays null. `convert_many` converts a list of such values into a
    list of the same length; it converts a whole level in one call. `longest` is the most characters of
    a value, which for a list or an object includes all texts in it.
    """
    return _field(Column(name, convert, convert_many, longest), description, permission_classes)


def computed(
    *columns: str,
    resolve: Callable[..., Any],
    takes_context: bool = False,
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Any:
    """Returns a field that is a pure function of its row: `resolve(*values)`, or `resolve(context, *values)`.

    The values are those of the columns, including nulls.
    """
    return _field(Computed(columns, resolve, takes_context), description, permission_classes)


def relation(
    loader: str,
    *,
    key: str = "id",
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Any:
    """Returns a field whose value the context's loader with this name finds by `row[key]`.

    If the key is null, the value is null without a call. For a field with arguments the returned object is a
    decorator, like `loaded_by`. The decorated function is the field's signature and is never called.
    """
    return _field(Relation(loader, key), description, permission_classes)


def loaded_by(
    loader: str,
    *,
    key: str = "id",
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Callable[[Callable[..., Any]], Any]:
    """Returns the same as `relation`, but typed as a decorator, for type checkers that require typed decorators."""
    return _field(Relation(loader, key), description, permission_classes)


def longest_of(source: Source | None) -> int:
    """Returns the most characters of a field's values that are not objects."""
    return source.longest if isinstance(source, Column) else LONGEST_TEXT


def source_of(field: object) -> Source | None:
    """Returns the Source of a Strawberry field; None if it has a resolver or neither."""
    return field.source if isinstance(field, SourceField) else None
