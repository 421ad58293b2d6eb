"""The schema matches the contract, as far as it is implemented, and the committed SDL matches the schema."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
    print_ast,
)

from schema.root import schema

COMMITTED = Path(__file__).parents[2] / "schema" / "schema.graphql"
# A copy of the contract against which clients are written; it changes together with the contract.
CONTRACT: GraphQLSchema = build_schema((Path(__file__).parent / "contract.graphql").read_text())
OURS: GraphQLSchema = build_schema(schema.as_str())

# Root fields of the contract that are not implemented yet, by type, one per line.
NOT_BUILT: dict[str, set[str]] = {
    "Query": set(),
    "Mutation": set(),
    "Subscription": set(),
}

# Types and members of the schema that are not in the contract, as Type or Type.member, each with its reason.
ADDITIONS: dict[str, str] = {
    "UpdateCampaignPayload.job": "shows the progress of adding the members of large lists",
}
# Members that the contract has and an implemented type lacks, as Type.member, each with its reason.
NOT_YET: dict[str, str] = {}


def test_the_sdl_starts_with_the_description_of_the_schema() -> None:
    assert OURS.description == schema._schema.description


def test_the_committed_sdl_is_what_the_schema_prints() -> None:
    """If this fails: run `python -m muster schema > schema/schema.graphql` and check the diff."""
    assert COMMITTED.read_text() == schema.as_str() + "\n"


@pytest.mark.parametrize("root", NOT_BUILT)
def test_every_root_field_that_is_to_be_built_is_there(root: str) -> None:
    built = members(OURS.type_map[root]).keys() if root in OURS.type_map else set()

    assert members(CONTRACT.type_map[root]).keys() - built == NOT_BUILT[root]


def test_every_type_that_these_root_fields_lead_to_is_there() -> None:
    assert reached_from_roots() - OURS.type_map.keys() == set()


def test_nothing_is_there_that_the_contract_does_not_know() -> None:
    unknown = []
    for name, ours in own_types().items():
        theirs = CONTRACT.type_map.get(name)
        if theirs is None:
            unknown.append(name)
        else:
            unknown += [f"{name}.{member}" for member in members(ours).keys() - members(theirs).keys()]

    assert sorted(unknown) == sorted(ADDITIONS)


def test_every_type_that_is_built_is_whole() -> None:
    missing = []
    for name, ours in own_types().items():
        if name in CONTRACT.type_map and name not in ("Query", "Mutation", "Subscription"):
            missing += [f"{name}.{member}" for member in members(CONTRACT.type_map[name]).keys() - members(ours).keys()]

    assert sorted(missing) == sorted(NOT_YET)


def test_what_both_have_is_of_the_same_type_with_the_same_arguments_and_defaults() -> None:
    differences = {}
    for name, ours in own_types().items():
        theirs = CONTRACT.type_map.get(name)
        if theirs is None:
            continue
        if headline(ours) != headline(theirs):
            differences[name] = (headline(ours), headline(theirs))
        in_contract = members(theirs)
        for member, written in members(ours).items():
            if member in in_contract and written != in_contract[member]:
                differences[f"{name}.{member}"] = (written, in_contract[member])

    assert differences == {}


def own_types() -> Mapping[str, GraphQLNamedType]:
    return {
        name: type_
        for name, type_ in OURS.type_map.items()
        if not name.startswith("__") and not is_specified_scalar_type(type_)
    }


def headline(type_: GraphQLNamedType) -> str:
    """Returns the declaration of a type without its members: `type Contact implements Node`."""
    text = f"{type(type_).__name__} {type_.name}"
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return f"{text} implements {sorted(interface.name for interface in type_.interfaces)}"
    if isinstance(type_, GraphQLInputObjectType):
        return f"{text} oneOf={type_.is_one_of}"
    return text


def members(type_: GraphQLNamedType) -> dict[str, str]:
    """Returns fields or values by name, written with types, arguments and defaults."""
    if isinstance(type_, GraphQLEnumType):
        return {value: value for value in type_.values}
    if isinstance(type_, GraphQLUnionType):
        return {member.name: member.name for member in type_.types}
    if isinstance(type_, GraphQLInputObjectType):
        return {name: given(field) for name, field in type_.fields.items()}
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        return {
            name: f"({', '.join(f'{arg}: {given(field.args[arg])}' for arg in sorted(field.args))}): {field.type}"
            for name, field in type_.fields.items()
        }
    assert isinstance(type_, GraphQLScalarType)
    return {}


def given(value: Any) -> str:
    """Returns the type of an argument or input field, and its default in SDL syntax."""
    default = value.ast_node.default_value
    return f"{value.type} = {print_ast(default)}" if default else str(value.type)


def reached_from_roots() -> set[str]:
    """Returns the contract's types that are reachable from the implemented root fields."""
    found: set[str] = set()
    waiting = [
        type_
        for root, missing in NOT_BUILT.items()
        for name in members(CONTRACT.type_map[root]).keys() - missing
        for type_ in types_of(CONTRACT.type_map[root], name)
    ]
    while waiting:
        type_ = get_named_type(waiting.pop())
        if type_.name not in found:
            found.add(type_.name)
            waiting += [inner for name in members(type_) for inner in types_of(type_, name)]
            if isinstance(type_, GraphQLInterfaceType) and type_.name != "Node":
                waiting += CONTRACT.get_possible_types(type_)
    return {name for name in found if not is_specified_scalar_type(CONTRACT.type_map[name])}


def types_of(type_: Any, member: str) -> Iterable[Any]:
    if isinstance(type_, GraphQLEnumType):
        return []
    if isinstance(type_, GraphQLUnionType):
        return [each for each in type_.types if each.name == member]
    field = type_.fields[member]
    return [field.type, *(argument.type for argument in getattr(field, "args", {}).values())]
