"""Rows: database records, whose columns are read by name, or for a whole level by position."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

TYPENAME = "__typename"
"""The column that contains the GraphQL type of a row of an interface or a union."""


def _is_row_class(cls: type) -> bool:
    return hasattr(cls, "__getitem__") and hasattr(cls, "keys") and not hasattr(cls, "__strawberry_definition__")


is_row_class: Callable[[type], bool] = lru_cache(maxsize=4096)(_is_row_class)
"""Returns True if objects of this class are rows: `row["column"]`, `row.keys()`, and no Strawberry type.

asyncpg.Record, sqlite3.Row and mappings are rows, and all classes with the same interface.
"""


def is_row(source: Any) -> bool:
    return is_row_class(type(source))


def read(source: Any, name: str) -> Any:
    """Returns a column of a row, or an attribute of any other object. Use it as StrawberryConfig's default_resolver."""
    return source[name] if is_row_class(type(source)) else getattr(source, name)


def typename(row: Any) -> str | None:
    """Returns the GraphQL type in a row's column `__typename`; None if there is none."""
    try:
        name = row[TYPENAME]
    except (KeyError, IndexError):
        return None
    return name if isinstance(name, str) else None


def typenames(rows: Iterable[Any]) -> list[str | None]:
    """Returns the `typename` of each row."""
    try:
        return [row[TYPENAME] for row in rows]
    except (KeyError, IndexError):
        return [typename(row) for row in rows]


class RowField(StrawberryField):
    """A field that declares the columns that it reads from its row."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]: ...


def definition_of(field: GraphQLField) -> StrawberryField | None:
    """Returns the Strawberry field from which a GraphQL field was made."""
    definition: StrawberryField | None = field.extensions.get("strawberry-definition")
    return definition


def is_row_type(object_type: GraphQLObjectType) -> bool:
    """Returns True if a type's sources are rows. Then its fields without a resolver are columns, too."""
    return any(isinstance(definition_of(field), RowField) for field in object_type.fields.values())


def columns_of(field: GraphQLField, object_type: GraphQLObjectType) -> tuple[str, ...]:
    """Returns the columns that a field of this type reads; none if its source is not a row."""
    definition = definition_of(field)
    if isinstance(definition, RowField):
        return definition.columns
    if definition is None or definition.base_resolver is not None or not is_row_type(object_type):
        return ()
    return (definition.python_name,)
