"""Coerces values of variables with the results of graphql-core's coerce_input_value, but examines each type once.

Unusual types and values are left to graphql-core. Lists of batch rows accept more: see batch_rows.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from .batch_rows import is_batch_row, partial_row

Coerce: TypeAlias = Callable[[Any], Any]
"""Returns the coerced value, or Undefined if the value does not fit the type."""


def coercion(type_: GraphQLInputType) -> Coerce:
    """Returns the function that coerces values to a type."""
    return _Coercions().of(type_)


def can_nest(type_: GraphQLInputType) -> bool:
    """Returns True if values of the type can be nested without limit: an input object in it can contain itself."""
    return _can_nest(type_, ())


def _can_nest(type_: Any, around: tuple[GraphQLInputObjectType, ...]) -> bool:
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        type_ = type_.of_type
    if not isinstance(type_, GraphQLInputObjectType):
        return False
    return type_ in around or any(_can_nest(field.type, (*around, type_)) for field in type_.fields.values())


class _Coercions:
    """Makes the coercions of one type and of the types in it."""

    def __init__(self) -> None:
        self._objects: dict[GraphQLInputObjectType, Coerce] = {}

    def of(self, type_: Any) -> Coerce:
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type)
        coerce = self._present(type_)
        return lambda value: None if value is None or value is Undefined else coerce(value)

    def _present(self, type_: Any) -> Coerce:
        """Returns the coercion to the type without null."""
        if isinstance(type_, GraphQLList):
            return self._list(type_)
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        return _text if type_ is GraphQLString else _leaf(type_)

    def _list(self, type_: Any) -> Coerce:
        item_type = type_.of_type.of_type if isinstance(type_.of_type, GraphQLNonNull) else type_.of_type
        if is_batch_row(item_type):
            return self._batch(type_, item_type)
        coerce = self.of(type_.of_type)

        def coerce_list(value: Any) -> Any:
            if value.__class__ is not list:
                return Undefined if value is None else coerce_input_value(value, type_)
            coerced = []
            for item in value:
                one = coerce(item)
                if one is Undefined:
                    return Undefined
                coerced.append(one)
            return coerced

        return coerce_list

    def _batch(self, type_: Any, row_type: GraphQLInputObjectType) -> Coerce:
        coerce = self._object(row_type)
        coercions = {name: self.of(field.type) for name, field in row_type.fields.items()}

        def coerce_batch(value: Any) -> Any:
            if not isinstance(value, list | dict):
                return Undefined if value is None else coerce_input_value(value, type_)
            coerced = []
            for row in value if isinstance(value, list) else [value]:
                one = coerce(row)
                coerced.append(partial_row(row_type, coercions, row) if one is Undefined else one)
            return coerced

        return coerce_batch

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        if type_ in self._objects:
            return self._objects[type_]
        if type_.out_type is not GraphQLInputObjectType.out_type:
            return lambda value: Undefined if value is None else coerce_input_value(value, type_)
        fields: list[tuple[str, str, Coerce, Any]] = []
        is_one_of = type_.is_one_of

        def coerce_object(value: Any) -> Any:
            if value.__class__ is not dict:
                return Undefined if value is None else coerce_input_value(value, type_)
            coerced, given = {}, 0
            for name, out_name, coerce, otherwise in fields:
                if name in value:
                    one = coerce(value[name])
                    if one is Undefined:
                        return Undefined
                    coerced[out_name] = one
                    given += 1
                elif otherwise is _REQUIRED:
                    return Undefined
                elif otherwise is not Undefined:
                    coerced[out_name] = otherwise
            if given != len(value) or (is_one_of and (given != 1 or None in coerced.values())):
                return Undefined
            return coerced

        self._objects[type_] = coerce_object  # before its fields, which can have this type
        fields += [
            (name, field.out_name or name, self.of(field.type), _otherwise(field))
            for name, field in type_.fields.items()
        ]
        return coerce_object


_REQUIRED = object()


def _otherwise(field: GraphQLInputField) -> Any:
    """Returns the value of an unset field: its default, Undefined if it has none, _REQUIRED if it must be set."""
    return _REQUIRED if is_required_input_field(field) else coerce_default_value(field)


def _text(value: Any) -> Any:
    return value if value.__class__ is str else Undefined


def _leaf(type_: Any) -> Coerce:
    coerce = type_.coerce_input_value

    def coerce_leaf(value: Any) -> Any:
        if value is None:
            return Undefined
        try:
            return coerce(value)
        except Exception:  # noqa: BLE001  # graphql-core reports the errors, for all variables together
            return Undefined

    return coerce_leaf
