"""Random valid operations on a schema: aliases, arguments, variables, fragments, directives, repeated fields."""

import json
import random
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

SAMPLES: dict[str, tuple[Any, ...]] = {
    "Int": (2, 3),
    "Float": (1.5, 2.5),
    "String": ("x", "y"),
    "ID": ("7", "12"),
    "Boolean": (True, False),
}


class OperationWriter:
    """Writes one operation and its variables.

    Override `sample`, `length` and `is_given` for a schema that restricts its values. They receive the place of the
    value: "Type.field.argument" or "InputType.field".
    """

    breadth = 6
    """The maximum number of selections in a selection set."""

    def __init__(
        self, schema: GraphQLSchema, chance: random.Random, depth: int = 4, avoid: Collection[str] = ()
    ) -> None:
        self.schema = schema
        self.avoid = avoid
        self.chance = chance
        self.depth = depth
        self.fragments: dict[str, str] = {}
        self.declared: dict[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.aliases = 0

    def sample(self, type_name: str, where: str) -> Any:
        """Returns a scalar value as JSON."""
        return self.chance.choice(SAMPLES[type_name])

    def length(self, where: str) -> int:
        return self.chance.randrange(3)

    def is_given(self, where: str) -> bool:
        """Returns whether an optional value is set."""
        return self.chance.random() < 0.5

    def write(self, kind: str | None = None, first: str | None = None) -> tuple[str, dict[str, Any]]:
        """Writes a query or a mutation. It always selects the root field `first`, if that is set."""
        if kind is None:
            kind = "mutation" if self.schema.mutation_type and self.chance.random() < 0.25 else "query"
        root = self.schema.mutation_type if kind == "mutation" else self.schema.query_type
        assert root is not None
        selection = self.selection(root, self.depth)
        if first is not None:
            selection = f"{{ {self.field(root, first, self.depth)} {selection[2:]}"
        declared = (
            f"({', '.join(f'${name}: {type_}' for name, type_ in self.declared.items())})" if self.declared else ""
        )
        return "\n".join([f"{kind} Q{declared} {selection}", *self.fragments.values()]), self.variables

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        parts = [self.part(type_, depth) for _ in range(self.chance.randint(1, self.breadth if depth > 1 else 3))]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: GraphQLNamedType, depth: int) -> str:
        roll = self.chance.random()
        if roll < 0.06:
            return "__typename" + self.directive()
        if depth > 0 and (roll < 0.2 or (not isinstance(type_, GraphQLObjectType) and roll < 0.6)):
            condition = self.chance.choice(list(self.conditions(type_)))
            return f"... on {condition.name}{self.directive()} {self.selection(condition, depth - 1)}"
        if depth > 0 and roll < 0.3:
            return f"...{self.fragment(self.chance.choice(list(self.conditions(type_))), depth - 1)}{self.directive()}"
        fields = getattr(type_, "fields", {})
        names = [
            name
            for name, field in fields.items()
            if name not in self.avoid and (depth > 0 or not is_composite_type(get_named_type(field.type)))
        ]
        return self.field(type_, self.chance.choice(names), depth) if names else "__typename"

    def conditions(self, type_: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
        yield type_
        if is_abstract_type(type_):
            yield from self.schema.get_possible_types(type_)
        if isinstance(type_, GraphQLObjectType):
            yield from type_.interfaces

    def fragment(self, type_: GraphQLNamedType, depth: int) -> str:
        name = f"F{len(self.fragments)}"
        self.fragments[name] = ""
        self.fragments[name] = f"fragment {name} on {type_.name} {self.selection(type_, depth)}"
        return name

    def field(self, type_: Any, name: str, depth: int) -> str:
        field = type_.fields[name]
        arguments = ", ".join(
            f"{argument_name}: {self.value(argument.type, 2, f'{type_.name}.{name}.{argument_name}')}"
            for argument_name, argument in field.args.items()
            if is_required_argument(argument) or self.is_given(f"{type_.name}.{name}.{argument_name}")
        )
        alias = f"{name}_{type_.name}: " if name in self.ambiguous else ""
        if arguments or self.chance.random() < 0.1:
            self.aliases += 1
            alias = f"a{self.aliases}: "
        named = get_named_type(field.type)
        below = f" {self.selection(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{alias}{name}{f'({arguments})' if arguments else ''}{self.directive()}{below}"

    def directive(self) -> str:
        if self.chance.random() > 0.08:
            return ""
        name = self.chance.choice(["skip", "include"])
        roll = self.chance.random()
        value = "true" if roll < 0.3 else "false" if roll < 0.6 else self.variable("Boolean!", roll < 0.8)
        return f" @{name}(if: {value})"

    def variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared[name] = type_
        self.variables[name] = value
        return f"${name}"

    @cached_property
    def ambiguous(self) -> set[str]:
        """Returns the field names that have different types in different objects and so need aliases."""
        types: dict[str, set[str]] = {}
        for type_ in self.schema.type_map.values():
            if isinstance(type_, GraphQLObjectType):
                for name, field in type_.fields.items():
                    types.setdefault(name, set()).add(str(field.type))
        return {name for name, found in types.items() if len(found) > 1}

    def value(self, type_: Any, depth: int, where: str) -> str:
        """Returns a literal, a variable, or a literal that contains variables."""
        if self.chance.random() < 0.3:
            given = self.given(type_, depth, where)
            if given is None and self.chance.random() < 0.5 and not isinstance(type_, GraphQLNonNull):
                self.declared[f"v{len(self.declared)}"] = str(type_)
                return f"$v{len(self.declared) - 1}"
            return self.variable(str(type_), given)
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.chance.random() < 0.1:
            return "null"
        if isinstance(type_, GraphQLList):
            return f"[{', '.join(self.value(type_.of_type, depth, where) for _ in range(self.length(where)))}]"
        if isinstance(type_, GraphQLInputObjectType):
            fields = self.some_fields(type_, depth)
            written = (f"{name}: {self.value(inner, depth - 1, f'{type_.name}.{name}')}" for name, inner in fields)
            return "{" + ", ".join(written) + "}"
        if isinstance(type_, GraphQLEnumType):
            return str(self.chance.choice(list(type_.values)))
        return literal(self.sample(type_.name, where))

    def given(self, type_: Any, depth: int, where: str) -> Any:
        """Returns a value as a client sends it for a variable."""
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.chance.random() < 0.2:
            return None
        if isinstance(type_, GraphQLList):
            return [self.given(type_.of_type, depth, where) for _ in range(self.length(where))]
        if isinstance(type_, GraphQLInputObjectType):
            fields = self.some_fields(type_, depth)
            return {name: self.given(inner, depth - 1, f"{type_.name}.{name}") for name, inner in fields}
        if isinstance(type_, GraphQLEnumType):
            return self.chance.choice(list(type_.values))
        return self.sample(type_.name, where)

    def some_fields(self, type_: GraphQLInputObjectType, depth: int) -> list[tuple[str, Any]]:
        """Returns names and types of some of the fields."""
        fields = [
            (name, field)
            for name, field in type_.fields.items()
            if depth > 0 or is_required_input_field(field) or not isinstance(get_named_type(field.type), type(type_))
        ]
        if type_.is_one_of:
            name, field = self.chance.choice(fields)
            return [(name, GraphQLNonNull(field.type))]
        return [
            (name, field.type)
            for name, field in fields
            if is_required_input_field(field) or self.is_given(f"{type_.name}.{name}")
        ]


def literal(value: Any) -> str:
    """Returns a JSON value in GraphQL syntax."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return json.dumps(value, ensure_ascii=False)
