"""Rows: database records, read by column name or, a whole level at once, by position."""

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from graphql import GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

TYPENAME = "__typename"
"""The column in which a row that stands for an interface or a union names its GraphQL type."""


def _is_row_class(cls: type) -> bool:
    return hasattr(cls, "__getitem__") and hasattr(cls, "keys") and not hasattr(cls, "__strawberry_definition__")


is_row_class: Callable[[type], bool] = lru_cache(maxsize=4096)(_is_row_class)
"""Whether objects of this class are rows: `row["column"]`, `row.keys()`, and no Strawberry type.

asyncpg.Record, sqlite3.Row and mappings are rows; so is whatever behaves like them.
"""


def is_row(source: Any) -> bool:
    return is_row_class(type(source))


def read(source: Any, name: str) -> Any:
    """A row's column, or any other object's attribute: StrawberryConfig's default_resolver."""
    return source[name] if is_row_class(type(source)) else getattr(source, name)


def typename(row: Any) -> str | None:
    """The GraphQL type that a row says it is, None where it doesn't."""
    try:
        name = row[TYPENAME]
    except (KeyError, IndexError):
        return None
    return name if isinstance(name, str) else None


class RowField(StrawberryField):
    """A field that says which columns it needs of its row."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]: ...


def definition_of(field: GraphQLField) -> StrawberryField | None:
    """The Strawberry field that a GraphQL field was made of."""
    definition: StrawberryField | None = field.extensions.get("strawberry-definition")
    return definition


def is_row_type(object_type: GraphQLObjectType) -> bool:
    """Whether a type's sources are rows: then its fields without a resolver are columns, too."""
    return any(isinstance(definition_of(field), RowField) for field in object_type.fields.values())


def columns_of(field: GraphQLField, object_type: GraphQLObjectType) -> tuple[str, ...]:
    """The columns that a field of this type needs; none, where its source is no row."""
    definition = definition_of(field)
    if isinstance(definition, RowField):
        return definition.columns
    if definition is None or definition.base_resolver is not None or not is_row_type(object_type):
        return ()
    return (definition.python_name,)
