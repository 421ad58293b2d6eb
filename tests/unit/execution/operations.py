"""Random valid operations on a schema: aliases, arguments, variables, fragments, directives, fields asked for twice."""

import random
from collections.abc import Collection, Iterator
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
)

LITERALS = {"Int": "2", "Float": "1.5", "String": '"x"', "ID": '"7"', "Boolean": "true"}
VALUES: dict[str, Any] = {"Int": 3, "Float": 2.5, "String": "y", "ID": "12", "Boolean": False}


class OperationWriter:
    """Writes one operation and the variables to run it with."""

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

    def write(self) -> tuple[str, dict[str, Any]]:
        kind = "mutation" if self.schema.mutation_type and self.chance.random() < 0.25 else "query"
        root = self.schema.mutation_type if kind == "mutation" else self.schema.query_type
        assert root is not None
        selection = self.selection(root, self.depth)
        declared = (
            f"({', '.join(f'${name}: {type_}' for name, type_ in self.declared.items())})" if self.declared else ""
        )
        return "\n".join([f"{kind} Q{declared} {selection}", *self.fragments.values()]), self.variables

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        parts = [self.part(type_, depth) for _ in range(self.chance.randint(1, 6 if depth > 1 else 3))]
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
            f"{argument_name}: {self.value(argument.type, 2)}"
            for argument_name, argument in field.args.items()
            if is_required_argument(argument) or self.chance.random() < 0.5
        )
        alias = ""
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

    def value(self, type_: Any, depth: int) -> str:
        """A literal, a variable, or a literal with variables in it."""
        if self.chance.random() < 0.3:
            given = self.given(type_, depth)
            if given is None and self.chance.random() < 0.5 and not isinstance(type_, GraphQLNonNull):
                self.declared[f"v{len(self.declared)}"] = str(type_)
                return f"$v{len(self.declared) - 1}"
            return self.variable(str(type_), given)
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.chance.random() < 0.1:
            return "null"
        if isinstance(type_, GraphQLList):
            return f"[{', '.join(self.value(type_.of_type, depth) for _ in range(self.chance.randrange(3)))}]"
        if isinstance(type_, GraphQLInputObjectType):
            fields = self.some_fields(type_, depth)
            return "{" + ", ".join(f"{name}: {self.value(field.type, depth - 1)}" for name, field in fields) + "}"
        if isinstance(type_, GraphQLEnumType):
            return str(self.chance.choice(list(type_.values)))
        return LITERALS[type_.name]

    def given(self, type_: Any, depth: int) -> Any:
        """A value as a client gives it for a variable."""
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.chance.random() < 0.2:
            return None
        if isinstance(type_, GraphQLList):
            return [self.given(type_.of_type, depth) for _ in range(self.chance.randrange(3))]
        if isinstance(type_, GraphQLInputObjectType):
            return {name: self.given(field.type, depth - 1) for name, field in self.some_fields(type_, depth)}
        if isinstance(type_, GraphQLEnumType):
            return self.chance.choice(list(type_.values))
        return VALUES[type_.name]

    def some_fields(self, type_: GraphQLInputObjectType, depth: int) -> list[tuple[str, Any]]:
        return [
            (name, field)
            for name, field in type_.fields.items()
            if self.chance.random() < 0.5 and (depth > 0 or not isinstance(get_named_type(field.type), type(type_)))
        ]
