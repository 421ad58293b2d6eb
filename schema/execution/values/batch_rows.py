"""Rows of batches: a value in a row that does not fit its type fails the row, and not the whole request.

`BatchRow` marks an input type whose lists are read this way, in variables and (see `parse.row_literals`) in the text of
an operation.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING
from typing import Any, NamedTuple

import strawberry
from graphql import GraphQLError, GraphQLInputObjectType, Undefined, get_named_type, is_required_input_field
from graphql.utilities import validate_input_value
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.types.arguments import InputContext

_LARGEST_WHOLE = 10**15
_LONGEST_MESSAGE = 400
_REQUIRED = "This can't be unset or null."


class Misfit(NamedTuple):
    """A value of a row that does not fit its type. It is None if it must be set.

    `path` starts at the row. It is empty if the row is no object.
    """

    path: tuple[str, ...]
    message: str
    type_name: str
    value: Any


@strawberry.input
class BatchRow:
    """Base of an input type for the rows of batches. If it has `misfits`, their fields are unset."""

    misfits: strawberry.Private[tuple[Misfit, ...]] = ()


class PartialRow(dict[str, Any]):
    """The coerced values of a row that fit their types, and the misfits."""

    def __init__(self, values: Mapping[str, Any], misfits: Collection[Misfit]) -> None:
        super().__init__(values)
        self.misfits = tuple(misfits)


def is_batch_row(type_: Any) -> bool:
    definition = type_.extensions.get("strawberry-definition") if isinstance(type_, GraphQLInputObjectType) else None
    return definition is not None and issubclass(definition.origin, BatchRow)


def partial_row(
    type_: GraphQLInputObjectType, coercions: Mapping[str, Callable[[Any], Any]], row: Any
) -> PartialRow | dict[str, Any]:
    """Returns the coerced row. Numbers become texts where only a text fits. `coercions` are those of the fields."""
    if not isinstance(row, dict):
        return PartialRow({}, [Misfit((), "A row must be an object.", type_.name, row)])
    values: dict[str, Any] = {}
    misfits = [
        Misfit((name[:100],), f"{type_.name} has no such field.", type_.name, name)
        for name in row
        if name not in type_.fields
    ]
    for name, field in type_.fields.items():
        value = row.get(name, Undefined)
        coerced = coercions[name](value) if value is not Undefined else Undefined
        if coerced is Undefined and value is not Undefined:
            coerced = coercions[name](_in_text(value))
        if coerced is Undefined:
            coerced = coerce_default_value(field)
            if value is not Undefined or is_required_input_field(field):
                misfits.append(_misfit(name, field.type, None if value is Undefined else value))
        if coerced is not Undefined:
            values[field.out_name or name] = coerced
    return PartialRow(values, misfits) if misfits else values


def _misfit(name: str, type_: Any, value: Any) -> Misfit:
    type_name = get_named_type(type_).name
    if value is None:
        return Misfit((name,), _REQUIRED, type_name, None)
    found: list[Misfit] = []

    def note(error: GraphQLError, path: list[str | int]) -> None:
        found.append(Misfit((name, *map(str, path)), error.message[:_LONGEST_MESSAGE], type_name, value))

    validate_input_value(_in_text(value), type_, note, hide_suggestions=True)
    return found[0]


def _in_text(value: Any) -> Any:
    """Returns a number, and the numbers directly in a list or an object, as texts. Other values stay as they are."""
    if isinstance(value, list):
        return [_number_in_text(item) for item in value]
    if isinstance(value, dict):
        return {key: _number_in_text(item) for key, item in value.items()}
    return _number_in_text(value)


def _number_in_text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_WHOLE:
        value = int(value)  # table programs write a column of whole numbers with gaps as 254712345678.0
    return str(value)


def convert_row(type_: Any, values: Mapping[str, Any], context: InputContext) -> Any:
    """Converts a coerced row for Strawberry's convert_argument, which would drop the misfits."""
    definition = type_.__strawberry_definition__
    named = {context.config.name_converter.from_field(field): field for field in definition.fields}
    given: dict[str, Any] = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    for name, value in values.items():
        field = named[name]
        given[field.python_name] = context.convert(value, field.resolve_type(type_definition=definition), name)
    return type_(**given, misfits=getattr(values, "misfits", ()))
