"""Coerces the arguments of a field: once if they are constant, otherwise for each request."""

from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    Undefined,
    is_required_argument,
)
from graphql.execution.values import get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value

from schema.execution.run.state import Run

from .literals import Fill, Unfilled, filling, has_variables, is_immutable


class Arguments:
    """The arguments of one field of an operation, by their GraphQL names."""

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._is_constant = not any(has_variables(argument.value) for argument in node.arguments or ())
        self._constants: dict[str, Any] | None = None
        self._fills = None if self._is_constant else self._filling()

    def _filling(self) -> list[tuple[str, Fill]] | None:
        """Returns functions that compute the arguments from the variables; None if that is not supported."""
        given = {argument.name.value: argument.value for argument in self._node.arguments or ()}
        fills: list[tuple[str, Fill]] = []
        for name, argument in self._field.args.items():
            if name in given:
                fill = filling(given[name], argument.type)
                if fill is None:
                    return None
                fills.append((argument.out_name or name, fill))
            elif is_required_argument(argument) or coerce_default_value(argument) is not Undefined:
                return None
        return fills

    def coerced(self, run: Run) -> dict[str, Any]:
        """Returns the coerced arguments. Raises GraphQLError. The caller must convert them, which copies the values."""
        if self._constants is not None:
            return self._constants
        if self._fills is not None:
            try:
                return {name: fill(run.variable_values.coerced) for name, fill in self._fills}
            except Unfilled:
                return self.fresh(run)
        values = self.fresh(run)
        if self._is_constant and all(
            is_immutable(values[name], argument.type) for name, argument in self._field.args.items() if name in values
        ):
            self._constants = values
        return values

    def fresh(self, run: Run) -> dict[str, Any]:
        """Returns newly coerced arguments, for a resolver that gets them without conversion."""
        return get_argument_values(self._field, self._node, run.variable_values)
