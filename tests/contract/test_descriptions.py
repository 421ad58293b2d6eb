"""Every part of the schema has a description that is a sentence."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_introspection_type,
)

from schema.root import schema

# A sentence may start with a name of the schema: "total = imported + skipped."
SENTENCE = re.compile(r"[A-Z0-9]|[a-z]+[A-Z]\w+ |\w+ =")
SHORTEST = 25


def described() -> Iterator[tuple[str, str | None]]:
    """Yields every part of the schema, as a client would name it, and its description."""
    yield "the schema", schema._schema.description
    for type_ in schema._schema.type_map.values():
        if is_introspection_type(type_):
            continue
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{type_.name}.{name}", value.description) for name, value in type_.values.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{type_.name}.{name}", field.description) for name, field in type_.fields.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{type_.name}.{name}({argument_name}:)", argument.description


def test_every_type_field_argument_and_enum_value_has_a_description_of_at_least_25_characters() -> None:
    assert [name for name, description in described() if len((description or "").strip()) < SHORTEST] == []


def test_descriptions_are_sentences() -> None:
    wrong = [
        (name, description)
        for name, description in described()
        if description and not (SENTENCE.match(description) and description.endswith((".", ")")))
    ]

    assert wrong == []
