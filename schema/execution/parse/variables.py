"""Coerces an operation's variables with the results of graphql-core, but examines their types once."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, Undefined, VariableValues, is_non_null_type
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource, get_variable_values, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value

from schema.execution.request_errors import RequestError, RequestErrorKind
from schema.execution.values.coercion import Coerce, can_nest, coercion

MAX_ERRORS = 50


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._signatures = [get_variable_signature(schema, definition) for definition in self._definitions]
        self._coercions: dict[str, tuple[Coerce, bool]] = {}

    def values(self, given: Mapping[str, Any]) -> VariableValues:
        """Returns the coerced values. Raises RequestError if a value does not fit its variable."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self._signatures:
            if isinstance(signature, GraphQLError):
                return self._values_or_errors(given)
            value = given.get(signature.name, Undefined)
            sources[signature.name] = VariableValueSource(signature, value)
            if value is not Undefined:
                coerce, may_nest = self._coercions.get(signature.name) or self._coercion(signature)
                if may_nest and input_is_nested_too_deeply(value, signature.type):
                    return self._values_or_errors(given)
                value = coerce(value)
                if value is Undefined:
                    return self._values_or_errors(given)
                coerced[signature.name] = value
            elif not _takes_default(signature, coerced):
                return self._values_or_errors(given)
        return VariableValues(sources, coerced)

    def _coercion(self, signature: GraphQLVariableSignature) -> tuple[Coerce, bool]:
        """Makes and keeps the coercion of a variable, and True if its values can be nested without limit."""
        made = self._coercions[signature.name] = coercion(signature.type), can_nest(signature.type)
        return made

    def _values_or_errors(self, given: Mapping[str, Any]) -> VariableValues:
        values = get_variable_values(self._schema, self._definitions, dict(given), max_errors=MAX_ERRORS)
        if isinstance(values, list):
            raise RequestError(RequestErrorKind.VARIABLES, values)
        return values


def _takes_default(signature: GraphQLVariableSignature, coerced: dict[str, Any]) -> bool:
    """Adds a variable's default to the values, if it has one. Returns False if the variable needs a value."""
    default = coerce_default_value(signature)
    if default is not Undefined:
        coerced[signature.name] = default
    return default is not Undefined or not is_non_null_type(signature.type)
