"""Proves in linear time that the fields of a document can be merged. Nearly all documents pass.

graphql-core's rule compares fields in pairs: 300 equal fields take half a second. It checks the documents that do not
pass here, and its messages report the conflicts.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

MAX_STEPS = 20_000
"""The limit of examined selections in one document. A selection counts once for each set of merged selections."""

_Part: TypeAlias = tuple[GraphQLNamedType | None, SelectionSetNode]


class _RequestedField(NamedTuple):
    """A field that a document selects, with its definition if the type has it."""

    node: FieldNode
    definition: GraphQLField | None


class _Unproved(Exception):
    """The fields may conflict, or the check takes too long."""


def can_surely_be_merged(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Returns True if all fields with the same response name are the same field with the same arguments."""
    proof = _Proof(schema, document)
    try:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                proof.check([(schema.get_root_type(definition.operation), definition.selection_set)])
            elif isinstance(definition, FragmentDefinitionNode):
                proof.check([proof.part_of(definition)])
    except (_Unproved, RecursionError):
        return False
    return True


class _Proof:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._checked: set[frozenset[tuple[int, int]]] = set()
        self._steps = 0

    def part_of(self, fragment: FragmentDefinitionNode) -> _Part:
        return self._schema.get_type(fragment.type_condition.name.value), fragment.selection_set

    def check(self, parts: Iterable[_Part]) -> None:
        """Raises _Unproved unless all fields of these selections can be merged, at every depth."""
        distinct = {(id(type_), id(selected)): (type_, selected) for type_, selected in parts}
        place = frozenset(distinct)
        if place in self._checked:
            return
        self._checked.add(place)
        groups: dict[str, list[_RequestedField]] = {}
        spread: set[str] = set()
        for type_, selected in distinct.values():
            self._collect(type_, selected, groups, spread)
        for fields in groups.values():
            self._check_group(fields)

    def _collect(
        self,
        type_: GraphQLNamedType | None,
        selected: SelectionSetNode,
        groups: dict[str, list[_RequestedField]],
        spread: set[str],
    ) -> None:
        """Adds the selected fields to the groups, by their response names."""
        self._steps += len(selected.selections)
        if self._steps > MAX_STEPS:
            raise _Unproved
        definitions = type_.fields if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) else {}
        for node in selected.selections:
            if isinstance(node, FieldNode):
                response_name = (node.alias or node.name).value
                groups.setdefault(response_name, []).append(_RequestedField(node, definitions.get(node.name.value)))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else type_
                self._collect(inner, node.selection_set, groups, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self._fragments.get(node.name.value)
                if fragment is not None:
                    self._collect(*self.part_of(fragment), groups, spread)

    def _check_group(self, fields: list[_RequestedField]) -> None:
        first = fields[0]
        if len(fields) > 1:
            arguments = _arguments(first.node)
            if any(not _is_same(first, other) or _arguments(other.node) != arguments for other in fields[1:]):
                raise _Unproved
        below = [
            (get_named_type(field.definition.type) if field.definition else None, field.node.selection_set)
            for field in fields
            if field.node.selection_set
        ]
        if below:
            self.check(below)


def _is_same(one: _RequestedField, other: _RequestedField) -> bool:
    if one.node.name.value != other.node.name.value or _is_streamed(one.node) or _is_streamed(other.node):
        return False
    if one.definition is other.definition:
        return True
    if one.definition is None or other.definition is None:
        return False
    return str(one.definition.type) == str(other.definition.type)


def _is_streamed(node: FieldNode) -> bool:
    return any(directive.name.value == "stream" for directive in node.directives or ())


def _arguments(node: FieldNode) -> list[str]:
    """Returns the source text of the arguments."""
    return [
        argument.loc.source.body[argument.loc.start : argument.loc.end] if argument.loc else ""
        for argument in node.arguments or ()
    ]
