"""Rows of batches in the text of an operation: a value that does not fit its type fails its row, as in variables.

A list of rows that does not fit its type becomes a variable of its operation before the document is validated. A list
that contains variables stays in the text, where it must fit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    NameNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_nullable_type,
    parse_type,
    value_from_ast_untyped,
)
from graphql.utilities.coerce_input_value import coerce_input_literal

from schema.execution.values.batch_rows import is_batch_row
from schema.execution.values.literals import has_variables


class ParsedText(NamedTuple):
    """A document, and the lists of rows that became variables, by name. No text can contain these names."""

    node: DocumentNode
    rows: Mapping[str, Any]


def lift_rows(schema: GraphQLSchema, node: DocumentNode) -> ParsedText:
    """Returns the document with variables in place of lists of rows that do not fit their types."""
    rows: dict[str, Any] = {}
    root = schema.mutation_type
    if root is None:
        return ParsedText(node, rows)
    definitions = tuple(
        _lifted(definition, root, rows)
        if isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION
        else definition
        for definition in node.definitions
    )
    return ParsedText(replace(node, definitions=definitions) if rows else node, rows)


def _lifted(
    operation: OperationDefinitionNode, root: GraphQLObjectType, rows: dict[str, Any]
) -> OperationDefinitionNode:
    lists = _Lists(root, rows)
    selection_set = lists.selection_set(operation.selection_set)
    if not lists.types:
        return operation
    definitions = [
        VariableDefinitionNode(variable=VariableNode(name=NameNode(value=name)), type=parse_type(str(type_)))
        for name, type_ in lists.types.items()
    ]
    known = operation.variable_definitions or ()
    return replace(operation, selection_set=selection_set, variable_definitions=(*known, *definitions))


class _Lists:
    """Replaces the lists of rows of one operation. Fields in named fragments stay as they are."""

    def __init__(self, root: GraphQLObjectType, rows: dict[str, Any]) -> None:
        self._root = root
        self._rows = rows
        self.types: dict[str, GraphQLInputType] = {}

    def selection_set(self, node: SelectionSetNode) -> SelectionSetNode:
        return replace(node, selections=tuple(map(self._selection, node.selections)))

    def _selection(self, node: Any) -> Any:
        if isinstance(node, InlineFragmentNode):
            return replace(node, selection_set=self.selection_set(node.selection_set))
        field = self._root.fields.get(node.name.value) if isinstance(node, FieldNode) else None
        if field is None or not node.arguments:
            return node
        return replace(node, arguments=self._values(node.arguments, field.args))

    def _values(self, nodes: Iterable[Any], declared: Mapping[str, Any]) -> tuple[Any, ...]:
        """Replaces the values of arguments or of an object's fields. An undeclared one stays, and fails validation."""
        return tuple(
            replace(node, value=self._value(node.value, declared[node.name.value].type))
            if node.name.value in declared
            else node
            for node in nodes
        )

    def _value(self, node: ValueNode, type_: GraphQLInputType) -> ValueNode:
        bare = get_nullable_type(type_)
        if isinstance(bare, GraphQLList) and is_batch_row(get_nullable_type(bare.of_type)):
            return self._variable(node, type_) if _is_list_of_misfits(node, type_) else node
        if not isinstance(bare, GraphQLInputObjectType) or not isinstance(node, ObjectValueNode):
            return node
        return replace(node, fields=self._values(node.fields, bare.fields))

    def _variable(self, node: ValueNode, type_: GraphQLInputType) -> VariableNode:
        name = str(len(self._rows))
        self._rows[name] = value_from_ast_untyped(node)
        self.types[name] = type_
        return VariableNode(name=NameNode(value=name, loc=node.loc), loc=node.loc)


def _is_list_of_misfits(node: ValueNode, type_: GraphQLInputType) -> bool:
    return (
        isinstance(node, ListValueNode | ObjectValueNode)
        and not has_variables(node)
        and _has_unique_names(node)
        and coerce_input_literal(node, type_) is Undefined
    )


def _has_unique_names(node: ValueNode) -> bool:
    """Returns False if an object in the value has a field twice. Validation reports it."""
    if isinstance(node, ListValueNode):
        return all(map(_has_unique_names, node.values))
    if isinstance(node, ObjectValueNode):
        names = {field.name.value for field in node.fields}
        return len(names) == len(node.fields) and all(_has_unique_names(field.value) for field in node.fields)
    return True
