"""The price of an operation: worked out once for its text, as far as no variable decides it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
)

from schema.execution import Refusal, RequestError
from schema.pagination import DEFAULT_PAGE, MAX_OFFSET, MAX_PAGE

from . import prices
from .amounts import Amount, Later, Sums, Variables
from .inputs import InputPrices, rows_in
from .literals import Literals

_PAGING = frozenset({"first", "after", "last", "before", "offset"})
_SHOWN_PATH = 200


def pricing(
    schema: GraphQLSchema, *, limit: int = prices.DEFAULT_LIMIT
) -> Callable[[OperationDefinitionNode, Mapping[str, FragmentDefinitionNode]], "OperationPrice"]:
    """Prices the operations of valid documents. Operations above the limit are refused as QUERY_TOO_COMPLEX."""
    return partial(OperationPrice, schema, InputPrices(limit), limit)


class OperationPrice:
    """A `schema.execution.Price`. @skip and @include do not lower it, and a field selected twice costs twice."""

    def __init__(
        self,
        schema: GraphQLSchema,
        inputs: InputPrices,
        limit: int,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self.limit = limit
        self._walk = partial(_Walk, schema, inputs, operation, fragments)
        self._sums = Sums()
        self._amount = self._walk(self._sums).price()

    def of(self, variables: Variables) -> int:
        amount = self._amount
        return self._sums.total(amount, variables) if isinstance(amount, Later) else amount

    def check(self, variables: Variables) -> int:
        price = self.of(variables)
        if price > self.limit:
            raise RequestError(Refusal.COST, [self._error(price, variables)])
        return price

    def _error(self, price: int, variables: Variables) -> GraphQLError:
        path, part = self._walk(Sums(variables)).most_expensive()
        message = (
            f"The operation costs {price}; at most {self.limit} is allowed. Its most expensive part is "
            f"{'.'.join(path)[:_SHOWN_PATH]}, which costs {part}. Request smaller pages, fewer levels, fewer counts "
            "or fewer filter values."
        )
        cost = {"requested": price, "limit": self.limit, "path": path}
        return GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX", "cost": cost})


class _Selected(NamedTuple):
    """The prices of the fields below a field: of those that an object has once, and for each row of a page or batch."""

    once: Amount = 0
    rows: Amount = 0
    totals: int = 0
    """The number of `totalCount` fields."""


class _Parts(NamedTuple):
    """What a field costs by itself, and how often it multiplies what is below."""

    own: Amount = 0
    length: int = 1
    rows: Amount = 0
    total: Amount = 0
    """The price of a `totalCount` below."""


class _Walk:
    """Visits each field of an operation once, and each fragment once, however often it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        inputs: InputPrices,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        sums: Sums,
    ) -> None:
        self._schema = schema
        self._inputs = inputs
        self._operation = operation
        self._fragments = fragments
        self._sums = sums
        root = schema.get_root_type(operation.operation)
        assert root is not None  # the document is valid
        self._root: GraphQLNamedType = root
        self._literals = Literals(operation.variable_definitions or ())
        self._spread: dict[str, _Selected] = {}
        self._priced: dict[int, Amount] = {}

    def price(self) -> Amount:
        return self._selected(self._operation.selection_set, self._root).once

    # ---------------------------------------------------------------- selections

    def _selected(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType) -> _Selected:
        once: Amount = 0
        rows: Amount = 0
        totals = 0
        for node in selection_set.selections if selection_set else ():
            below = self._selection(node, parent)
            once = self._sums.add(once, below.once)
            rows = self._sums.add(rows, below.rows)
            totals += below.totals
        return _Selected(once, rows, totals)

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType) -> _Selected:
        if isinstance(node, FieldNode):
            if _is_total(node, parent):
                return _Selected(totals=1)
            amount = self._field(node, parent)
            return _Selected(rows=amount) if _is_row(node, parent) else _Selected(amount)
        if not isinstance(node, FragmentSpreadNode):
            return self._selected(*self._inside(node, parent))
        name = node.name.value
        if name not in self._spread:
            self._spread[name] = self._selected(*self._inside(node, parent))
        return self._spread[name]

    def _inside(self, node: Any, parent: GraphQLNamedType) -> tuple[SelectionSetNode, GraphQLNamedType]:
        """A fragment's selections, and the type that they are on."""
        fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = fragment.type_condition
        named = self._schema.get_type(condition.name.value) if condition else None
        return fragment.selection_set, named or parent

    # ---------------------------------------------------------------- fields

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Amount:
        known = self._priced.get(id(node))
        if known is None:
            known = self._priced[id(node)] = self._new_field(node, parent)
        return known

    def _new_field(self, node: FieldNode, parent: GraphQLNamedType) -> Amount:
        field = self._definition(node, parent)
        parts = self._parts(node, field, parent)
        if node.selection_set is None:
            return parts.own
        below = self._selected(node.selection_set, get_named_type(field.type))
        amount = self._sums.add(parts.own, below.once, parts.length)
        amount = self._sums.add(amount, below.rows, parts.rows)
        return self._sums.add(amount, parts.total, below.totals)

    def _definition(self, node: FieldNode, parent: Any) -> GraphQLField:
        field = self._schema.get_field(parent, node.name.value)
        assert field is not None  # the document is valid
        return field

    def _parts(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType) -> _Parts:
        name = f"{parent.name}.{node.name.value}"
        price = prices.FIELDS.get(name, prices.FIELD) + (prices.ROOT if parent is self._root else 0)
        length = self._length(name, node, field, parent)
        if length > 1:
            price += length * prices.FIELD
        is_page = "first" in field.args
        given = self._arguments(node, field, is_page=is_page) if node.arguments else 0
        own = self._sums.add(price, given)
        if is_page:
            total = self._sums.add(prices.TOTAL, given, prices.TOTAL_OF_FILTER)
            return _Parts(own, length, self._page_size(node), total)
        has_rows = "results" in getattr(get_named_type(field.type), "fields", ())
        return _Parts(own, length, self._rows(node, field) if has_rows else 0)

    def _length(self, name: str, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType) -> int:
        if node.selection_set is None or not is_list_type(get_nullable_type(field.type)) or _is_row(node, parent):
            return 1
        return prices.SIZES.get(name, prices.LIST)

    # ---------------------------------------------------------------- arguments

    def _arguments(self, node: FieldNode, field: GraphQLField, *, is_page: bool) -> Amount:
        amount: Amount = 0
        for argument in node.arguments or ():
            name, type_ = argument.name.value, field.args[argument.name.value].type
            own, kind = _argument_price(name, type_, is_page=is_page), self._inputs.kind(type_)
            if is_page and name == "offset":
                price: Callable[[Any], int] = _skipped
            elif own or kind is not None:
                price = partial(self._inputs.of, own, kind)
            else:
                continue
            amount = self._sums.add(amount, self._literals.read(self._sums, argument.value, price))
        return amount

    def _page_size(self, node: FieldNode) -> Amount:
        given = [each for each in node.arguments or () if each.name.value in ("first", "last")]
        if not given:
            return DEFAULT_PAGE
        both = ListValueNode(values=tuple(each.value for each in given))
        return self._literals.read(self._sums, both, _page_size)

    def _rows(self, node: FieldNode, field: GraphQLField) -> Amount:
        rows: Amount = 0
        for argument in node.arguments or ():
            count = partial(rows_in, field.args[argument.name.value].type)
            rows = self._sums.add(rows, self._literals.read(self._sums, argument.value, count))
        return rows

    # ---------------------------------------------------------------- which part costs most

    def most_expensive(self) -> tuple[list[str], int]:
        """The path and the price of the field that costs most, and of the one below it, while that is more than half
        of it. The sums must know the variables."""
        path: list[str] = []
        selection_set: SelectionSetNode | None = self._operation.selection_set
        parent, parts, factor, price = self._root, _Parts(), 1, 0
        while selection_set is not None:
            shares = [
                (self._share(node, on, parts), node, on) for node, on in self._fields(selection_set, parent, set())
            ]
            share, node, on = max(shares, key=lambda each: each[0])
            if path and 2 * factor * share <= price:
                break
            path.append(node.alias.value if node.alias else node.name.value)
            price = factor * share
            if _is_total(node, on):
                break
            field = self._definition(node, on)
            factor *= _int(parts.rows) if _is_row(node, on) else parts.length
            parts = self._parts(node, field, on)
            selection_set, parent = node.selection_set, get_named_type(field.type)
        return path, price

    def _share(self, node: FieldNode, parent: GraphQLNamedType, above: _Parts) -> int:
        if _is_total(node, parent):
            return _int(above.total)
        times = _int(above.rows) if _is_row(node, parent) else above.length
        return _int(self._field(node, parent)) * times

    def _fields(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType, seen: set[str]
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield node, parent
            elif not isinstance(node, FragmentSpreadNode):
                yield from self._fields(*self._inside(node, parent), seen)
            elif node.name.value not in seen:
                seen.add(node.name.value)
                yield from self._fields(*self._inside(node, parent), seen)


def _is_total(node: FieldNode, parent: GraphQLNamedType) -> bool:
    return node.name.value == "totalCount" and _is_page(parent)


def _is_row(node: FieldNode, parent: GraphQLNamedType) -> bool:
    """Whether a field has the rows of a page, or of a batch that a mutation was given."""
    name = node.name.value
    return (name in ("nodes", "edges") and _is_page(parent)) or (name == "results" and parent.name.endswith("Payload"))


def _is_page(type_: GraphQLNamedType) -> bool:
    return type_.name.endswith("Connection")


def _argument_price(name: str, type_: GraphQLInputType, *, is_page: bool) -> int:
    """What an argument costs by itself when it is present."""
    if name == "search":
        return prices.SEARCH
    is_condition = is_page and name not in _PAGING and not is_input_object_type(get_named_type(type_))
    return prices.CONDITION if is_condition else 0


def _page_size(values: list[Any]) -> int:
    sizes = [value for value in values if _is_number(value)]
    return int(min(max(*sizes, 1), MAX_PAGE)) if sizes else DEFAULT_PAGE


def _skipped(value: Any) -> int:
    return int(min(max(value, 0), MAX_OFFSET)) // prices.SKIPPED_ROWS if _is_number(value) else 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _int(amount: Amount) -> int:
    assert isinstance(amount, int)
    return amount
