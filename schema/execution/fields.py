"""Fields whose values are known for a whole level at once: columns, what follows from columns, and relations.

Each is an ordinary Strawberry field, so a schema with them runs on any executor; the compiled one reads them without
a call per row.
"""

from abc import ABC, abstractmethod
from asyncio import shield
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias

from aiodataloader import DataLoader
from strawberry import Info
from strawberry.permission import BasePermission

from .memory import memory_of
from .rows import RowField, read
from .selection import Selection, selection

_METADATA_KEY = "execution.source"


class Loads(Protocol):
    """What finds values for keys; an aiodataloader.DataLoader does."""

    @property
    def batch_load_fn(self) -> Callable[[list[Any]], Awaitable[Any]]:
        """Gives values in the keys' order; an Exception among them is an error."""


class LoadingContext(Protocol):
    """What a schema with relations asks of its context."""

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> Loads:
        """A fresh loader."""


class Source(ABC):
    """Where a field's value comes from."""

    @property
    def needs_info(self) -> bool:
        """Whether `get` is to be given the info."""
        return False

    @property
    def is_async(self) -> bool:
        return False

    @abstractmethod
    def columns(self, python_name: str) -> tuple[str, ...]:
        """The columns that the field called `python_name` needs of its row."""

    @abstractmethod
    def get(self, field: "SourceField", source: Any, info: Info | None, arguments: Mapping[str, Any]) -> Any:
        """The value for one source."""


@dataclass(frozen=True, slots=True)
class Column(Source):
    """One column's value, converted where it isn't null."""

    name: str | None
    convert: Callable[[Any], Any] | None
    convert_many: Callable[[list[Any]], list[Any]] | None

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
    """A function of some columns' values, and of the context where it asks for it."""

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
    """What a loader finds under a column's value."""

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
        # Mutations run one after another, and each has to see what the last one wrote: a loader serves one root field.
        place = (self.loader, raw_info.path.as_list()[0], *map(id, raw_info.field_nodes))
        loader = loaders.get(place)
        if loader is None:
            made = info.context.loader(self.loader, selection(info), arguments)
            loader = made if isinstance(made, DataLoader) else DataLoader(made.batch_load_fn)
            loaders[place] = loader
        # graphql-core cancels the siblings of what failed; others may be waiting for the same key.
        return await shield(loader.load(key))


class SourceField(RowField):
    """A Strawberry field with a Source in the place of a resolver. If it has arguments, a signature declares them."""

    @property
    def source(self) -> Source:
        source: Source = self.metadata[_METADATA_KEY]
        return source

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that this field needs of its row."""
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
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Any:
    """A field that reads `row[name]`, or the column of its own Python name.

    `convert` maps a value that isn't null; null stays null. `convert_many` does the same for a list of such values,
    same length out, and is used for a whole level where there is one.
    """
    return _field(Column(name, convert, convert_many), description, permission_classes)


def computed(
    *columns: str,
    resolve: Callable[..., Any],
    takes_context: bool = False,
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Any:
    """A field that is a pure function of its row: `resolve(*values)`, or `resolve(context, *values)`.

    The values are the columns' as they are, nulls too.
    """
    return _field(Computed(columns, resolve, takes_context), description, permission_classes)


def relation(
    loader: str,
    *,
    key: str = "id",
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Any:
    """A field whose value the context's loader of this name finds under `row[key]`.

    A null key gives null without a call. Also a decorator, as `loaded_by` is, for a field with arguments: the function
    is its signature and is never run.
    """
    return _field(Relation(loader, key), description, permission_classes)


def loaded_by(
    loader: str,
    *,
    key: str = "id",
    description: str | None = None,
    permission_classes: Permissions = (),
) -> Callable[[Callable[..., Any]], Any]:
    """`relation`, with the type of a decorator and nothing else, for type checkers that want decorators typed."""
    return _field(Relation(loader, key), description, permission_classes)


def source_of(field: object) -> Source | None:
    """The Source of a Strawberry field, None where it has a resolver or nothing."""
    return field.source if isinstance(field, SourceField) else None
