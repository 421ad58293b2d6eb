"""Completes leaves with the results of graphql-core: scalars, enums and lists of them.

The generated loop (see plan/codegen.py) has an inline check for values that are complete as they are. It calls
`complete` only for other values.
"""

from abc import abstractmethod
from collections.abc import Callable
from enum import Enum, Flag
from typing import Any, NamedTuple, TypeVar

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.pyutils import is_async_iterable, is_awaitable

from .completion import Shape
from .state import Failure, Run, is_null, is_plain_class

Serializer = TypeVar("Serializer", bound=Callable[[Any], Any])

_PASSING = "execution_passing"


class CompleteValues(NamedTuple):
    """The values that are complete as they are: those of exactly these classes."""

    classes: tuple[type, ...]
    having: str | None = None
    """An attribute that must not be None, if any."""

    def condition(self, value: str, variable: str, environment: dict[str, Any]) -> str:
        """Returns a Python expression that is true if the value with this name is complete as it is."""
        if len(self.classes) > 1:
            environment[f"classes_{variable}"] = frozenset(self.classes)
            text = f"{value}.__class__ in classes_{variable}"
        else:
            environment[f"class_{variable}"] = self.classes[0]
            text = f"{value}.__class__ is class_{variable}"
        return text if self.having is None else f"{text} and {value}.{self.having} is not None"


def serialized_as_is(*classes: type, having: str | None = None) -> Callable[[Serializer], Serializer]:
    """Declares that a scalar's serializer returns objects of exactly these classes unchanged.

    The serializer is not called with these objects. `having` restricts this to objects whose attribute of this name is
    not None.
    """

    def decorate(serializer: Serializer) -> Serializer:
        setattr(serializer, _PASSING, CompleteValues(classes, having))
        return serializer

    return decorate


class LeafShape(Shape):
    """The shape of a leaf, or of a list of leaves."""

    @abstractmethod
    def lines(self, variable: str, environment: dict[str, Any]) -> list[str]:
        """Returns source lines that complete a variable in place. Most values need only a check.

        Adds the names that the lines use to the environment; they contain the variable's name. `run` is in it already.
        """

    @abstractmethod
    def plain(self, run: Run, value: Any) -> Any:
        """Completes a value that is no null, no error and not awaitable."""

    @abstractmethod
    async def plain_later(self, run: Run, value: Any) -> Any:
        """Completes such a value, and awaits the awaitables in it."""

    def is_pending(self, value: Any) -> bool:
        """Returns True if the value must be awaited before it can be completed."""
        return self.may_wait and is_awaitable(value)

    def complete(self, run: Run, value: Any) -> Any:
        if isinstance(value, Failure):
            return value
        if self.is_pending(value):
            return run.defer(self.complete_later(run, value))
        if isinstance(value, Exception):
            return run.fail(value)
        return self.null(run) if is_null(value) else self.plain(run, value)

    async def complete_later(self, run: Run, value: Any) -> Any:
        if self.may_wait:
            (value,) = await run.awaited([value])
        return await self.complete_awaited(run, value)

    async def complete_awaited(self, run: Run, value: Any) -> Any:
        if is_null(value) or isinstance(value, Failure | Exception):
            return self.complete(run, value)
        return await self.plain_later(run, value)

    def lines_unless(self, fine: str | None, variable: str, environment: dict[str, Any]) -> list[str]:
        """Returns source lines that call `complete` unless the value is an allowed null or `fine` is true."""
        environment[f"complete_{variable}"] = self.complete
        conditions = [f"{variable} is not None"] if self.nullable else []
        if fine is not None:
            conditions.append(f"not ({fine})")
        return [f"if {' and '.join(conditions) or True}:", f"    {variable} = complete_{variable}(run, {variable})"]


class Leaf(LeafShape):
    def __init__(self, label: str, nullable: bool, type_: GraphQLLeafType) -> None:
        super().__init__(label, nullable)
        self.type = type_
        self.passing = _complete_values(type_)

    def plain(self, run: Run, value: Any) -> Any:
        return run.attempt(Executor.complete_leaf_value, self.type, value)

    async def plain_later(self, run: Run, value: Any) -> Any:
        return self.plain(run, value)

    def lines(self, variable: str, environment: dict[str, Any]) -> list[str]:
        if isinstance(self.type, GraphQLEnumType):
            return self._enum_lines(self.type, variable, environment)
        fine = self._fine(variable, environment)
        if fine is None:
            return self._serializer_lines(variable, environment)
        return self.lines_unless(fine, variable, environment)

    def _fine(self, variable: str, environment: dict[str, Any]) -> str | None:
        if self.type is GraphQLInt:
            return f"{variable}.__class__ is int and -2147483648 <= {variable} <= 2147483647"
        if self.type is GraphQLFloat:
            return f"{variable}.__class__ is float and {variable} - {variable} == 0.0"
        return None if self.passing is None else self.passing.condition(variable, variable, environment)

    def _serializer_lines(self, variable: str, environment: dict[str, Any]) -> list[str]:
        """Returns source lines that call the serializer directly. It must not return null."""
        completing = self.lines_unless(None, variable, environment)
        environment[f"serialize_{variable}"] = self.type.coerce_output_value
        environment["is_plain_class"] = is_plain_class
        environment["Undefined"] = Undefined
        return [
            f"if is_plain_class({variable}.__class__):",
            "    try:",
            f"        serialized = serialize_{variable}({variable})",
            "    except Exception as error:",
            f"        {variable} = fail(error)",
            "    else:",
            "        if serialized is None or serialized is Undefined:",
            f"            {variable} = complete_{variable}(run, {variable})",
            "        else:",
            f"            {variable} = serialized",
            f"el{completing[0]}",
            *completing[1:],
        ]

    def _enum_lines(self, type_: GraphQLEnumType, variable: str, environment: dict[str, Any]) -> list[str]:
        enum = getattr(type_, "wrapped_cls", None)
        if not (isinstance(enum, type) and issubclass(enum, Enum)) or issubclass(enum, Flag):
            return self.lines_unless(None, variable, environment)
        environment[f"enum_{variable}"] = enum
        environment[f"names_{variable}"] = {member.name: type_.coerce_output_value(member) for member in enum}
        values = [enum_value.value for enum_value in type_.values.values() if type(enum_value.value) is str]
        environment[f"values_{variable}"] = {value: type_.coerce_output_value(value) for value in values}
        first, *rest = self.lines_unless(None, variable, environment)
        return [
            f"if {variable}.__class__ is enum_{variable}:",
            f"    {variable} = names_{variable}[{variable}._name_]",
            f"elif {variable}.__class__ is str and {variable} in values_{variable}:",
            f"    {variable} = values_{variable}[{variable}]",
            f"el{first}",
            *rest,
        ]


class LeafList(LeafShape):
    item: LeafShape

    def __init__(self, label: str, nullable: bool, item: LeafShape) -> None:
        super().__init__(label, nullable)
        self.item = item

    def is_pending(self, value: Any) -> bool:
        return super().is_pending(value) or is_async_iterable(value)

    def plain(self, run: Run, value: Any) -> Any:
        items = self.listed(run, value)
        if isinstance(items, Failure):
            items.items = [self.item.complete(run, item) for item in items.items or ()]
            return items
        if any(map(self.item.is_pending, items)):
            return run.defer(self.plain_later(run, items))
        complete = self.item.complete
        return [complete(run, item) for item in items]

    async def plain_later(self, run: Run, value: Any) -> Any:
        items = await self.listed_later(run, value)
        if isinstance(items, Failure):
            items.items = [await self.item.complete_later(run, item) for item in items.items or ()]
            return items
        return [await self.item.complete_awaited(run, item) for item in await run.awaited(items)]

    def lines(self, variable: str, environment: dict[str, Any]) -> list[str]:
        passing = self.item.passing if isinstance(self.item, Leaf) else None
        names = _names_that_pass(self.item.type) if isinstance(self.item, Leaf) else frozenset()
        if not passing and not names:
            return self.lines_unless(None, variable, environment)
        wrong = f"not ({(passing or _TEXTS).condition('item', variable, environment)})"
        if names:
            environment[f"names_{variable}"] = names
            wrong = f"({wrong} or item not in names_{variable})"
        if self.item.nullable:
            wrong = f"item is not None and {wrong}"
        not_a_list, complete = self.lines_unless(None, variable, environment)
        return [
            f"if {variable}.__class__ is list:",
            f"    for item in {variable}:",
            f"        if {wrong}:",
            f"        {complete}",
            "            break",
            f"el{not_a_list}",
            complete,
        ]


def leaf_shape(type_: GraphQLOutputType, label: str) -> LeafShape | None:
    """Returns the shape of a type of leaves; None if the type contains objects."""
    nullable = not isinstance(type_, GraphQLNonNull)
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        item = leaf_shape(inner.of_type, label)
        return LeafList(label, nullable, item) if item else None
    return Leaf(label, nullable, inner) if is_leaf_type(inner) else None


def _names_that_pass(type_: GraphQLLeafType) -> frozenset[str]:
    """Returns the texts that are complete values of an enum: those that equal the name of their enum value."""
    if not isinstance(type_, GraphQLEnumType):
        return frozenset()
    texts = [value.value for value in type_.values.values() if type(value.value) is str]
    return frozenset(text for text in texts if type_.coerce_output_value(text) == text)


_TEXTS = CompleteValues((str,))


def _complete_values(type_: GraphQLLeafType) -> CompleteValues | None:
    if type_ is GraphQLString or type_ is GraphQLID:
        return _TEXTS
    if type_ is GraphQLBoolean:
        return CompleteValues((bool,))
    if not isinstance(type_, GraphQLScalarType):
        return None
    serialize: Any = type_.coerce_output_value
    return _TEXTS if serialize is str else getattr(serialize, _PASSING, None)
