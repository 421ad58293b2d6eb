"""An operation of a document: its properties before it runs, and its cached plans."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    VariableValues,
)

from schema.execution.plan.operation import OperationPlan
from schema.execution.price_interface import Pricing

from .variables import Variables

DEEPEST_COMPILED = 50
"""The limit of levels. One level of a plan takes up to six stack frames, and Python allows about 1,000 in all."""
PLANS_PER_OPERATION = 8
_STOCK_DIRECTIVES = ("defer", "stream", "experimental_disableErrorPropagation")


class RootField(NamedTuple):
    """A field of the root type that an operation selects, regardless of @skip and @include."""

    name: str
    response_name: str


class Operation:
    """An operation of a valid document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        node: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        directives: Iterable[DirectiveNode],
        pricing: Pricing | None = None,
        rows: Mapping[str, Any] | None = None,
        text: str = "",
    ) -> None:
        self.node = node
        self.text = text
        """The text of its document."""
        self.fragments = fragments
        self.name = node.name.value if node.name else None
        self.type: OperationType = node.operation
        self.variables = Variables(schema, node)
        own = {definition.variable.name.value for definition in node.variable_definitions or ()}
        self._rows = {name: value for name, value in (rows or {}).items() if name in own}
        self.root_fields = tuple(_root_fields(node.selection_set, self.fragments, set()))
        self.depth = _depth(node.selection_set, self.fragments, {})
        """The largest number of nested fields."""
        self.price = pricing(node, self.fragments) if pricing else None
        self.choices = tuple(sorted(_variables_that_choose(directives)))
        """The variables in the document's @skip and @include."""
        self.can_be_compiled = (
            self.depth <= DEEPEST_COMPILED
            and not any(directive.name.value in _STOCK_DIRECTIVES for directive in directives)
            and not any(field.name in ("__schema", "__type") for field in self.root_fields)
        )
        self._plans: OrderedDict[tuple[Any, ...], OperationPlan] = OrderedDict()

    def with_rows(self, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the variables of a request, and the lists of rows in the text that are read like variables."""
        return {**variables, **self._rows} if self._rows else variables

    @property
    def plan_count(self) -> int:
        return len(self._plans)

    def plan(self, values: VariableValues) -> OperationPlan | None:
        """Returns the cached plan for these values of `choices`, or None."""
        choice = self._choice(values)
        plan = self._plans.get(choice)
        if plan is not None:
            self._plans.move_to_end(choice)
        return plan

    def keep(self, values: VariableValues, plan: OperationPlan) -> None:
        self._plans[self._choice(values)] = plan
        if len(self._plans) > PLANS_PER_OPERATION:
            self._plans.popitem(last=False)

    def only_choices(self, values: VariableValues) -> VariableValues:
        """Returns only the values of `choices`, so that a cached plan does not keep a request's other variables."""
        return VariableValues(
            {name: values.sources[name] for name in self.choices if name in values.sources},
            {name: values.coerced[name] for name in self.choices if name in values.coerced},
        )

    def _choice(self, values: VariableValues) -> tuple[Any, ...]:
        return tuple(values.coerced.get(name) for name in self.choices) if self.choices else ()


def directives_in(nodes: Iterable[Any]) -> Iterator[DirectiveNode]:
    """Returns the directives of definitions and of all selections in them."""
    for node in nodes:
        yield from node.directives or ()
        selection_set = getattr(node, "selection_set", None)
        if selection_set is not None:
            yield from directives_in(selection_set.selections)


def _variables_that_choose(directives: Iterable[DirectiveNode]) -> set[str]:
    return {
        argument.value.name.value
        for directive in directives
        if directive.name.value in ("skip", "include")
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    }


def _root_fields(
    selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], visited: set[str]
) -> Iterator[RootField]:
    for node in selection_set.selections:
        if isinstance(node, FieldNode):
            yield RootField(node.name.value, node.alias.value if node.alias else node.name.value)
        elif isinstance(node, InlineFragmentNode):
            yield from _root_fields(node.selection_set, fragments, visited)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
            visited.add(node.name.value)
            yield from _root_fields(fragments[node.name.value].selection_set, fragments, visited)


def _depth(
    selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], known: dict[str, int]
) -> int:
    deepest = 0
    for node in selection_set.selections:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in known:
                known[name] = _depth(fragments[name].selection_set, fragments, known)
            deepest = max(deepest, known[name])
        elif isinstance(node, InlineFragmentNode):
            deepest = max(deepest, _depth(node.selection_set, fragments, known))
        elif isinstance(node, FieldNode):
            below = _depth(node.selection_set, fragments, known) if node.selection_set else 0
            deepest = max(deepest, 1 + below)
    return deepest
