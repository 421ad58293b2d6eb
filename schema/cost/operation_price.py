"""Computes the price of an operation: once for its text, and per request for the parts that depend on variables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
    is_composite_type,
    is_input_object_type,
    is_list_type,
)

from schema.execution import RequestError, RequestErrorKind
from schema.execution.fields import Relation, source_of
from schema.execution.rows import definition_of
from schema.pagination import MAX_OFFSET

from . import prices
from .amounts import Amount, Later, Sums, Variables
from .inputs import InputPrices, rows_in
from .literals import Literals

_PAGING = frozenset({"first", "after", "last", "before", "offset"})
_SHOWN_PATH = 200


def pricing(
    schema: GraphQLSchema, *, limit: int = prices.DEFAULT_LIMIT
) -> Callable[[OperationDefinitionNode, Mapping[str, FragmentDefinitionNode]], "OperationPrice"]:
    """Returns a function that prices the operations of valid documents.

    Operations above the limit are refused with QUERY_TOO_COMPLEX.
    """
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
        with _refused_if_too_deep():
            self._amount = self._walk(self._sums).price()

    def of(self, variables: Variables) -> int:
        amount = self._amount
        return self._sums.total(amount, variables) if isinstance(amount, Later) else amount

    def check(self, variables: Variables) -> int:
        price = self.of(variables)
        if price > self.limit:
            raise RequestError(RequestErrorKind.COST, [self._error(price, variables)])
        return price

    def _error(self, price: int, variables: Variables) -> GraphQLError:
        with _refused_if_too_deep():
            path, part = self._walk(Sums(variables)).most_expensive()
        message = (
            f"The operation costs {price}; at most {self.limit} is allowed. Its most expensive part is "
            f"{'.'.join(path)[:_SHOWN_PATH]}, which costs {part}. Request smaller pages, fewer levels, fewer counts "
            "or fewer filter values."
        )
        cost = {"requested": price, "limit": self.limit, "path": path}
        return GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX", "cost": cost})


@contextmanager
def _refused_if_too_deep() -> Iterator[None]:
    """Fragments can nest selections deeper than the parser allows."""
    try:
        yield
    except RecursionError:
        error = GraphQLError("The operation is nested too deeply.", extensions={"code": "QUERY_TOO_COMPLEX"})
        raise RequestError(RequestErrorKind.COST, [error]) from None


class _Cost(NamedTuple):
    """The price of a field: a part for each object that has it, and a part for its level."""

    each: Amount = 0
    level: Amount = 0


class _Selected(NamedTuple):
    """The prices of the fields below a field, added up."""

    each: Amount = 0
    """For each object, without `rows`."""
    rows: Amount = 0
    """For each row of a page or batch."""
    level: Amount = 0
    totals: int = 0
    """The number of `totalCount` fields."""


class _Parts(NamedTuple):
    """The price of a field itself, and the factors for the fields below it."""

    own: _Cost = _Cost()
    length: Amount = 1
    rows: Amount = 0
    total: Amount = 0
    """The price of a `totalCount` below."""


class _Walk:
    """Visits each field of an operation once, and each fragment once, regardless of the number of its spreads."""

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
        self._priced: dict[int, _Cost] = {}

    def price(self) -> Amount:
        selected = self._selected(self._operation.selection_set, self._root)
        return self._sums.add(selected.level, selected.each)

    # ---------------------------------------------------------------- selections

    def _selected(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> _Selected:
        add, total = self._sums.add, _Selected()
        spread: set[str] = set()
        for node in selection_set.selections:
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue  # a second spread selects nothing new
                spread.add(node.name.value)
            one = self._selection(node, parent)
            total = _Selected(
                add(total.each, one.each),
                add(total.rows, one.rows),
                add(total.level, one.level),
                total.totals + one.totals,
            )
        return total

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType) -> _Selected:
        if isinstance(node, FieldNode):
            if _is_total(node, parent):
                return _Selected(totals=1)
            cost = self._field(node, parent)
            if _is_row(node, parent):
                return _Selected(rows=cost.each, level=cost.level)
            return _Selected(each=cost.each, level=cost.level)
        if not isinstance(node, FragmentSpreadNode):
            return self._selected(*self._inside(node, parent))
        name = node.name.value
        if name not in self._spread:
            self._spread[name] = self._selected(*self._inside(node, parent))
        return self._spread[name]

    def _inside(self, node: Any, parent: GraphQLNamedType) -> tuple[SelectionSetNode, GraphQLNamedType]:
        """Returns the selections of a fragment, and the type that has them."""
        fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = fragment.type_condition
        named = self._schema.get_type(condition.name.value) if condition else None
        return fragment.selection_set, named or parent

    # ---------------------------------------------------------------- fields

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> _Cost:
        known = self._priced.get(id(node))
        if known is None:
            known = self._priced[id(node)] = self._new_field(node, parent)
        return known

    def _new_field(self, node: FieldNode, parent: GraphQLNamedType) -> _Cost:
        field, add = self._definition(node, parent), self._sums.add
        parts = self._parts(node, field, parent)
        if node.selection_set is None:
            return parts.own
        below = self._selected(node.selection_set, get_named_type(field.type))
        each = add(add(parts.own.each, below.each, parts.length), below.rows, parts.rows)
        level = add(add(parts.own.level, below.level), parts.total, below.totals)
        return _Cost(each, level)

    def _definition(self, node: FieldNode, parent: Any) -> GraphQLField:
        field = self._schema.get_field(parent, node.name.value)
        assert field is not None  # the document is valid
        return field

    def _parts(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType) -> _Parts:
        is_page = "after" in field.args
        each: Amount = prices.FIELD
        length: Amount = 1
        if _is_list(field) and not _is_row(node, parent):
            length = self._length(node, field, parent)
            each = self._sums.add(each, length, prices.FIELD)
        if is_page:
            each = self._sums.add(each, self._argument(node, "offset", _skipped))
        given = self._arguments(node, field, parent, is_page=is_page) if node.arguments else 0
        own = _Cost(each, self._sums.add(self._statement(node, field, parent), given))
        if is_page:
            total = self._sums.add(prices.TOTAL, given, prices.TOTAL_OF_FILTER)
            return _Parts(own, length, self._page_size(node, prices.pages_of(parent.name, node.name.value)), total)
        has_rows = "results" in getattr(get_named_type(field.type), "fields", ())
        return _Parts(own, length, self._rows(node, field) if has_rows else 0)

    def _statement(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType) -> int:
        """Returns the price of the statement that finds the values of a field."""
        if parent is self._root:
            return prices.STATEMENT + prices.ROOT_FIELDS.get(node.name.value, 0)
        if not isinstance(source_of(definition_of(field)), Relation):
            return 0
        return prices.STATEMENT if node.selection_set else prices.COUNTED

    def _length(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType) -> Amount:
        if "ids" in field.args:
            return self._argument(node, "ids", _count)
        return prices.SIZES.get(f"{parent.name}.{node.name.value}", prices.LIST)

    # ---------------------------------------------------------------- arguments

    def _arguments(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType, *, is_page: bool) -> Amount:
        amount: Amount = 0
        for argument in node.arguments or ():
            name, type_ = argument.name.value, field.args[argument.name.value].type
            item_price = prices.ARGUMENT_VALUES.get(f"{parent.name}.{node.name.value}.{name}", prices.VALUE)
            own, kind = _argument_price(name, type_, is_page=is_page), self._inputs.kind(type_, item_price=item_price)
            if own or kind is not None:
                price = self._literals.read(self._sums, argument.value, partial(self._inputs.of, own, kind))
                amount = self._sums.add(amount, price)
        return amount

    def _argument(self, node: FieldNode, name: str, read: Callable[[Any], int]) -> Amount:
        """Returns `read(value)` for one argument; 0 if the field does not have it."""
        given = [each.value for each in node.arguments or () if each.name.value == name]
        return self._literals.read(self._sums, given[0], read) if given else 0

    def _page_size(self, node: FieldNode, sizes: prices.PageSizes) -> Amount:
        given = [each.value for each in node.arguments or () if each.name.value in ("first", "last")]
        if not given:
            return sizes.default
        return self._literals.read(self._sums, ListValueNode(values=tuple(given)), partial(_page_size, sizes))

    def _rows(self, node: FieldNode, field: GraphQLField) -> Amount:
        """Returns the number of rows in the input of a mutation."""
        rows: Amount = 0
        for name, argument in field.args.items():
            rows = self._sums.add(rows, self._argument(node, name, partial(rows_in, argument.type)))
        return rows

    # ---------------------------------------------------------------- which part costs most

    def most_expensive(self) -> tuple[list[str], int]:
        """Returns the path and the price of the most expensive field.

        Starts with the most expensive root field. Continues with a field below while it accounts for more than half
        of the price. The sums must have the variables.
        """
        path: list[str] = []
        selection_set: SelectionSetNode | None = self._operation.selection_set
        parent, parts, objects, price = self._root, _Parts(), 1, 0
        while selection_set is not None:
            fields = self._fields(selection_set, parent, set())
            shares = [(self._share(node, on, parts, objects), node, on) for node, on in fields]
            share, node, on = max(shares, key=lambda each: each[0])
            if path and 2 * share <= price:
                break
            path.append(node.alias.value if node.alias else node.name.value)
            price = share
            if _is_total(node, on):
                break
            objects *= _int(parts.rows if _is_row(node, on) else parts.length)
            field = self._definition(node, on)
            parts = self._parts(node, field, on)
            selection_set, parent = node.selection_set, get_named_type(field.type)
        return path, price

    def _share(self, node: FieldNode, parent: GraphQLNamedType, above: _Parts, objects: int) -> int:
        """Returns the price of a field in the whole operation, if `objects` objects have the field above it."""
        if _is_total(node, parent):
            return _int(above.total)
        cost = self._field(node, parent)
        times = above.rows if _is_row(node, parent) else above.length
        return _int(cost.level) + _int(cost.each) * _int(times) * objects

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
    """Returns whether a field has the rows of a page, or the results of a batch."""
    name = node.name.value
    if name == "results":
        return parent.name.endswith("Payload") and f"{parent.name}.{name}" not in prices.SIZES
    return name in ("nodes", "edges") and _is_page(parent)


def _is_page(type_: GraphQLNamedType) -> bool:
    return type_.name.endswith("Connection")


def _argument_price(name: str, type_: GraphQLInputType, *, is_page: bool) -> int:
    """Returns the price of an argument, without the price of its value."""
    if name == "search":
        return prices.SEARCH
    is_condition = is_page and name not in _PAGING and not is_input_object_type(get_named_type(type_))
    return prices.CONDITION if is_condition else 0


def _page_size(sizes: prices.PageSizes, values: list[Any]) -> int:
    given = [value for value in values if _is_number(value)]
    return int(min(max(*given, 1), sizes.largest)) if given else sizes.default


def _skipped(value: Any) -> int:
    return int(min(max(value, 0), MAX_OFFSET)) // prices.SKIPPED_ROWS if _is_number(value) else 0


def _count(values: Any) -> int:
    return len(values) if isinstance(values, list) else 1


def _is_list(field: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(field.type)) and is_composite_type(get_named_type(field.type))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _int(amount: Amount) -> int:
    assert isinstance(amount, int)
    return amount
