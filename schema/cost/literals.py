"""Converts arguments in the text of an operation to JSON values, which may contain variables."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from .amounts import Amount, Sums, Variables

_MOST_DIGITS = 15
_HUGE = 10**_MOST_DIGITS


class Literals:
    """The arguments of one operation."""

    def __init__(self, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._defaults = {
            definition.variable.name.value: _value(definition.default_value, [])
            for definition in definitions
            if definition.default_value is not None
        }

    def read(self, sums: Sums, node: Any, price: Callable[[Any], int]) -> Amount:
        """Returns `price(value)` for the value of an argument. It is an int if the argument contains no variables."""
        variables: list[VariableNode] = []
        value = _value(node, variables)
        if not variables:
            return price(value)
        return sums.read(lambda given: price(self._filled(value, given)))

    def _filled(self, value: Any, variables: Variables) -> Any:
        if isinstance(value, VariableNode):
            name = value.name.value
            return variables[name] if name in variables else self._defaults.get(name)
        if isinstance(value, list):
            return [self._filled(item, variables) for item in value]
        if isinstance(value, dict):
            return {name: self._filled(inner, variables) for name, inner in value.items()}
        return value


def _value(node: Any, variables: list[VariableNode]) -> Any:
    """Returns the value of a literal. Variables stay in it as nodes, and are appended to `variables`."""
    if isinstance(node, VariableNode):
        variables.append(node)
        return node
    if isinstance(node, ListValueNode):
        return [_value(item, variables) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {field.name.value: _value(field.value, variables) for field in node.fields}
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) <= _MOST_DIGITS else _HUGE
    if isinstance(node, StringValueNode | EnumValueNode | BooleanValueNode | FloatValueNode):
        return node.value
    return None
