"""Prepares a Strawberry schema for the engine."""

from collections.abc import Collection
from typing import Any

import strawberry
from graphql import (
    GraphQLAbstractType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLUnionType,
)

from .fields import Relation, source_of
from .graphql_core import FallbackExecutor
from .rows import definition_of, is_row, typename


class UnknownLoaderError(ValueError):
    """A relation names a loader that does not exist."""


def prepare(schema: strawberry.Schema, *, loaders: Collection[str] | None = None) -> None:
    """Makes a schema accept rows as objects, interfaces and unions, and load relations. Call it at start.

    A row of an interface or a union must have its type in the column `__typename`. `loaders` are the names that the
    context's `loader` accepts. If they are passed, raises UnknownLoaderError for a relation to any other loader.
    """
    schema.execution_context_class = FallbackExecutor
    for type_ in schema._schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            _accept_rows(type_)
            if loaders is not None:
                _check_loaders(type_, loaders)
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            _resolve_rows(type_)
        elif isinstance(type_, GraphQLInputObjectType):
            # Strawberry checks OneOf inputs itself. It does not tell graphql-core, and therefore not introspection.
            type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of


def _accept_rows(object_type: GraphQLObjectType) -> None:
    is_type_of = object_type.is_type_of
    if is_type_of is None:
        return

    def is_row_or_type_of(source: Any, info: GraphQLResolveInfo[Any]) -> Any:
        return is_row(source) or is_type_of(source, info)

    object_type.is_type_of = is_row_or_type_of


def _resolve_rows(abstract_type: GraphQLInterfaceType | GraphQLUnionType) -> None:
    resolve_type = abstract_type.resolve_type
    assert resolve_type is not None, "Strawberry sets resolve_type on every interface and union"

    def typename_or_resolve_type(source: Any, info: GraphQLResolveInfo[Any], type_: GraphQLAbstractType) -> Any:
        return typename(source) if is_row(source) else resolve_type(source, info, type_)

    abstract_type.resolve_type = typename_or_resolve_type


def _check_loaders(object_type: GraphQLObjectType, loaders: Collection[str]) -> None:
    for name, field in object_type.fields.items():
        source = source_of(definition_of(field))
        if isinstance(source, Relation) and source.loader not in loaders:
            raise UnknownLoaderError(f"{object_type.name}.{name}: there is no loader {source.loader}")
