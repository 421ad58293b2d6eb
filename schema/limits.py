"""How much one operation may ask for: an estimate of the things that it could fetch, made once for its text."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from graphql.validation import ASTValidationRule, ValidationContext

from schema.pagination import DEFAULT_PAGE, MAX_PAGE

MAX_COST = 500_000
_LIST = 10
_PAGE_FIELDS = frozenset({"nodes", "edges"})


class CostLimit(ASTValidationRule):
    """Refuses an operation that could fetch more than 500,000 things, as QUERY_TOO_COMPLEX.

    A page counts as many as its `first` or `last` says, 100 where a variable says it and 25 where nothing does; any
    other list counts 10; what is within is multiplied.
    """

    context: ValidationContext

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        root = self.context.schema.get_root_type(node.operation)
        if root is None:
            return
        fragments = {
            definition.name.value: definition
            for definition in self.context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        cost = _Estimate(self.context.schema, fragments).of(node.selection_set, root)
        if cost > MAX_COST:
            message = (
                f"This could fetch some {cost} things; at most {MAX_COST} are allowed. "
                "Ask for smaller pages, or for fewer levels."
            )
            self.report_error(GraphQLError(message, node, extensions={"code": "QUERY_TOO_COMPLEX"}))


class _Estimate:
    """Each fragment is counted once for each type that it stands on, however often it is spread."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[str, int] = {}

    def of(self, selected: SelectionSetNode | None, parent: GraphQLNamedType) -> int:
        if selected is None:
            return 0
        cost = 0
        for node in selected.selections:
            if isinstance(node, FieldNode):
                cost += self._of_field(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                cost += self._of_fragment(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                named = node.type_condition and self._schema.get_type(node.type_condition.name.value)
                cost += self.of(node.selection_set, named or parent)
        return cost

    def _of_fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = 0  # one that spreads itself is refused by another rule
            fragment = self._fragments.get(name)
            type_ = fragment and self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self.of(fragment.selection_set, type_) if fragment and type_ else 0
        return self._known[name]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType) -> int:
        field: GraphQLField | None = getattr(parent, "fields", {}).get(node.name.value)
        if field is None or not is_composite_type(get_named_type(field.type)):
            return 0
        return _how_many(node, field) * (1 + self.of(node.selection_set, get_named_type(field.type)))


def _how_many(node: FieldNode, field: GraphQLField) -> int:
    if "first" in field.args:
        given = [argument.value for argument in node.arguments or () if argument.name.value in ("first", "last")]
        if not given:
            return DEFAULT_PAGE
        return max(_size(value) for value in given)
    is_list = isinstance(get_nullable_type(field.type), GraphQLList)
    return _LIST if is_list and node.name.value not in _PAGE_FIELDS else 1


def _size(value: Any) -> int:
    if isinstance(value, IntValueNode):
        return min(max(int(value.value), 1), MAX_PAGE)
    return MAX_PAGE if isinstance(value, VariableNode) else DEFAULT_PAGE
