"""A field's arguments: what an operation gives for them, coerced as often as it can change and no more."""

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import get_argument_values

from .run import Run

_IMMUTABLE = (str, int, float, bool, bytes, Enum, date, datetime, time, Decimal, UUID, type(None))


class Arguments:
    """The arguments of one field of an operation, by their GraphQL names."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._is_constant = not any(_variables(argument.value) for argument in node.arguments or ())
        self._constants: dict[str, Any] | None = None

    def coerced(self, run: Run) -> dict[str, Any]:
        """As GraphQL coerces them. Raises GraphQLError. The values are to be converted, which copies them."""
        if self._constants is not None:
            return self._constants
        values = self.fresh(run)
        if self._is_constant and all(
            _is_immutable(values[name], argument.type) for name, argument in self._field.args.items() if name in values
        ):
            self._constants = values
        return values

    def fresh(self, run: Run) -> dict[str, Any]:
        """The same, for a resolver that gets them as they are."""
        return get_argument_values(self._field, self._node, run.variable_values)


def _variables(value: ValueNode) -> bool:
    """Whether there is a variable in the value."""
    if isinstance(value, ListValueNode):
        return any(map(_variables, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_variables(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def _is_immutable(value: Any, type_: Any) -> bool:
    """Whether nothing in the value can be changed but lists and inputs, which are copied for each resolver anyway."""
    if isinstance(type_, GraphQLNonNull):
        return _is_immutable(value, type_.of_type)
    if value is None:
        return True
    if isinstance(type_, GraphQLList):
        return isinstance(value, list) and all(_is_immutable(item, type_.of_type) for item in value)
    if isinstance(type_, GraphQLInputObjectType):
        return isinstance(value, dict) and all(
            _is_immutable(value[name], field.type) for name, field in type_.fields.items() if name in value
        )
    return isinstance(value, _IMMUTABLE)
