"""Converts arguments to Python with the results of Strawberry's convert_argument, but examines each type only once."""

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any, TypeAlias

import strawberry
from strawberry.relay.types import GlobalID
from strawberry.types.arguments import _is_leaf_type, _is_optional_leaf_type, convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.maybe import Some
from strawberry.types.unset import UNSET

from .batch_rows import PartialRow, convert_row

Convert: TypeAlias = Callable[[Any], Any]
"""Converts a value that GraphQL's coercion has accepted."""

ConvertArguments: TypeAlias = Callable[[dict[str, Any], strawberry.Info], dict[str, Any]]


class Conversion:
    """The conversions of one schema."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._config = schema.config
        self._scalars = schema.schema_converter.scalar_registry
        self._by_type: dict[int, tuple[Any, Convert]] = {}
        self._by_field: dict[StrawberryField, ConvertArguments] = {}

    def of_arguments(self, field: StrawberryField) -> ConvertArguments:
        """Returns the conversion of a field's arguments by GraphQL name to its resolver's arguments by Python name."""
        known = self._by_field.get(field)
        if known is None:
            known = self._by_field[field] = self._of_arguments(field)
        return known

    def _of_arguments(self, field: StrawberryField) -> ConvertArguments:
        arguments = [
            (argument.python_name, self._config.name_converter.from_argument(argument), argument.type)
            for argument in field.arguments
        ]
        converts: list[tuple[str, str, Any, Convert | None]] = [
            (python_name, name, type_, None if _makes_itself(type_, set()) else self._of(type_))
            for python_name, name, type_ in arguments
        ]

        def convert(values: dict[str, Any], info: strawberry.Info) -> dict[str, Any]:
            return {
                python_name: convert_argument(values[name], type_, self._scalars, self._config, info, path=(name,))
                if convert is None
                else convert(values[name])
                for python_name, name, type_, convert in converts
                if name in values
            }

        return convert

    def _of(self, type_: Any) -> Convert:
        known = self._by_type.get(id(type_))
        if known is None:
            known = self._by_type[id(type_)] = (
                type_,
                self._make(type_),
            )  # keeps the type, so that its id is not reused
        return known[1]

    def _make(self, type_: Any) -> Convert:
        if isinstance(type_, StrawberryMaybe):
            return self._maybe(type_)
        if isinstance(type_, StrawberryOptional):
            return self._of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return self._list(type_)
        if isinstance(type_, LazyType):
            return self._of(type_.resolve_type())
        if (type_ is not GlobalID and _is_leaf_type(type_, self._scalars)) or has_enum_definition(type_):
            return _as_it_is
        if has_object_definition(type_):
            return self._input(type_)
        return lambda value: convert_argument(value, type_, self._scalars, self._config)

    def _maybe(self, type_: StrawberryMaybe) -> Convert:
        convert = self._of(type_.of_type)
        if isinstance(type_.of_type, StrawberryOptional):
            return lambda value: Some(convert(value))

        def some(value: Any) -> Any:
            if value is None:
                return convert_argument(value, type_, self._scalars, self._config)
            return Some(convert(value))

        return some

    def _list(self, type_: StrawberryList) -> Convert:
        item, leaf = type_.of_type, {"skip_classes": (GlobalID,)}
        if _is_leaf_type(item, self._scalars, **leaf) or _is_optional_leaf_type(item, self._scalars, **leaf):
            return lambda value: value if value is None or value is UNSET else list(value)
        convert = self._of(item)
        return lambda value: value if value is None or value is UNSET else [convert(item) for item in value]

    def _input(self, type_: Any) -> Convert:
        definition = type_.__strawberry_definition__
        absent = {
            field.python_name: None
            for field in definition.fields
            if definition.is_input and field.default_value is MISSING and field.default_factory is MISSING
        }
        fields: dict[str, tuple[str, Convert]] = {}

        def convert(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            if not fields:  # not earlier, because an input can contain its own type
                for field in definition.fields:
                    of_field = self._of(field.resolve_type(type_definition=definition))
                    fields[self._config.name_converter.from_field(field)] = field.python_name, of_field
            given: dict[str, Any] = absent.copy()
            for name, of_name in value.items():
                python_name, convert = fields[name]
                given[python_name] = convert(of_name)
            if value.__class__ is PartialRow:
                given["misfits"] = value.misfits
            return type_(**given)

        return convert


def _as_it_is(value: Any) -> Any:
    return value


def _makes_itself(type_: Any, seen: set[int]) -> bool:
    """Returns True if the type contains an input that constructs itself, as Pydantic inputs do.

    Such an input needs more than its value.
    """
    if isinstance(type_, StrawberryOptional | StrawberryList):
        return _makes_itself(type_.of_type, seen)
    if isinstance(type_, LazyType):
        return _makes_itself(type_.resolve_type(), seen)
    if not has_object_definition(type_) or id(type_) in seen:
        return False
    seen.add(id(type_))
    definition = type_.__strawberry_definition__
    return definition.from_input not in (None, convert_row) or any(
        _makes_itself(field.resolve_type(type_definition=definition), seen) for field in definition.fields
    )
