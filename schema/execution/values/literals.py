"""Compiles literals that contain variables into functions that compute their values from the variables."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

Fill: TypeAlias = Callable[[dict[str, Any]], Any]
"""Returns the literal's value for coerced values of the variables. Raises Unfilled."""

_IMMUTABLE = (str, int, float, bool, bytes, Enum, date, datetime, time, Decimal, UUID, type(None))


class Unfilled(Exception):
    """A variable is null or has no value, so graphql-core must compute the literal's value."""


def has_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(has_variables, value.values))
    if isinstance(value, ObjectValueNode):
        return any(has_variables(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def filling(node: ValueNode, type_: GraphQLInputType) -> Fill | None:
    """Returns a function that computes the value of a literal in a valid operation; None if that is not supported."""
    if isinstance(type_, GraphQLNonNull):
        return filling(node, type_.of_type)
    if isinstance(node, VariableNode):
        return _from_variable(node.name.value)
    if not has_variables(node):
        value = coerce_input_literal(node, type_)
        return None if value is Undefined or not is_immutable(value, type_) else lambda variables: value
    if isinstance(node, ObjectValueNode) and isinstance(type_, GraphQLInputObjectType):
        return _filled_object(node, type_)
    return None


def _from_variable(name: str) -> Fill:
    def fill(variables: dict[str, Any]) -> Any:
        value = variables.get(name)
        if value is None:
            raise Unfilled
        return value

    return fill


def _filled_object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Fill | None:
    fields: list[tuple[str, Fill]] = []
    given = {field.name.value: field.value for field in node.fields}
    for name, field in type_.fields.items():
        if name in given:
            fill = filling(given[name], field.type)
            if fill is None:
                return None
            fields.append((field.out_name or name, fill))
        elif is_required_input_field(field) or coerce_default_value(field) is not Undefined:
            return None
    if type_.is_one_of and len(fields) != 1:
        return None
    out_type = type_.out_type
    return lambda variables: out_type({name: fill(variables) for name, fill in fields})


def is_immutable(value: Any, type_: Any) -> bool:
    """Returns True if only lists and inputs in the value are mutable. They are copied for each resolver anyway."""
    if isinstance(type_, GraphQLNonNull):
        return is_immutable(value, type_.of_type)
    if value is None:
        return True
    if isinstance(type_, GraphQLList):
        return isinstance(value, list) and all(is_immutable(item, type_.of_type) for item in value)
    if isinstance(type_, GraphQLInputObjectType):
        return isinstance(value, dict) and all(
            is_immutable(value[name], field.type) for name, field in type_.fields.items() if name in value
        )
    return isinstance(value, _IMMUTABLE)
