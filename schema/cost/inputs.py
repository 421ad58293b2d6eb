"""Prices the values of arguments and variables. The values are JSON and need not be valid."""

from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLList, get_named_type, get_nullable_type

from . import prices


class InputPrices:
    """Prices values by their types. A value that does not fit its type costs nothing: its coercion refuses it.

    Counting stops above `limit`, so that pricing takes bounded time. Prices above the limit are therefore not exact.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._objects: dict[GraphQLInputObjectType, _Object | None] = {}

    def of(self, own: int, kind: "_Object | _List | None", value: Any) -> int:
        """Returns `own` plus the price of the value; 0 for null."""
        if value is None:
            return 0
        total, waiting = own, [(kind, value)]
        while waiting and total <= self._limit:
            kind, value = waiting.pop()
            if isinstance(kind, _Object):
                if isinstance(value, dict):
                    fields = kind.fields
                    for name, given in value.items():
                        if name in fields and given is not None:
                            price, inner = fields[name]
                            total += price
                            if inner is not None:
                                waiting.append((inner, given))
            elif kind is not None:
                items = value if isinstance(value, list) else [value]
                total += kind.item_price * len(items)
                if kind.item is not None and total <= self._limit:
                    waiting += [(kind.item, item) for item in items]
        return total

    def kind(self, type_: GraphQLInputType, *, item_price: int = prices.VALUE) -> "_Object | _List | None":
        """Returns how values of a type are priced; None if they cost nothing."""
        bare = get_nullable_type(type_)
        if isinstance(bare, GraphQLInputObjectType):
            return self._object(bare)
        if not isinstance(bare, GraphQLList):
            return None
        if isinstance(get_nullable_type(bare.of_type), GraphQLInputObjectType):
            return _List(prices.ROW, self._object(get_nullable_type(bare.of_type)))
        return _List(item_price, None)

    def _object(self, type_: GraphQLInputObjectType) -> "_Object | None":
        if type_ not in self._objects:
            if not _can_cost(type_, set()):
                self._objects[type_] = None
                return None
            made = self._objects[type_] = _Object()  # before its fields, which can have this type
            for name, field in type_.fields.items():
                key = f"{type_.name}.{name}"
                inner = self.kind(field.type, item_price=prices.INPUT_VALUES.get(key, prices.VALUE))
                if field_price(type_, name) or inner is not None:
                    made.fields[name] = field_price(type_, name), inner
        return self._objects[type_]


class _Object:
    """An input object: its fields that cost something, each with its own price and the kind of its values."""

    __slots__ = ("fields",)

    def __init__(self) -> None:
        self.fields: dict[str, tuple[int, _Object | _List | None]] = {}


class _List:
    __slots__ = ("item", "item_price")

    def __init__(self, item_price: int, item: _Object | None) -> None:
        self.item_price = item_price
        self.item = item


def rows_in(type_: GraphQLInputType, value: Any) -> int:
    """Returns the number of rows in a mutation's input: the input objects in its lists, and the numbers to change."""
    input_type = get_named_type(type_)
    fields = getattr(input_type, "fields", {})
    if not isinstance(value, dict):
        return 0
    return sum(
        len(given)
        for name, given in value.items()
        if isinstance(given, list)
        and name in fields
        and (
            isinstance(get_named_type(fields[name].type), GraphQLInputObjectType)
            or f"{input_type.name}.{name}" in prices.INPUT_VALUES
        )
    )


def field_price(type_: GraphQLInputObjectType, name: str) -> int:
    """Returns the price of a field of an input type, without the price of its value."""
    return prices.INPUT_FIELDS.get(f"{type_.name}.{name}", prices.CONDITION if type_.name in prices.FILTERS else 0)


def _can_cost(type_: GraphQLInputObjectType, seen: set[GraphQLInputObjectType]) -> bool:
    """Returns whether a value of this type can have a price."""
    seen.add(type_)
    for name, field in type_.fields.items():
        inner = get_nullable_type(field.type)
        if field_price(type_, name) or isinstance(inner, GraphQLList):
            return True
        if isinstance(inner, GraphQLInputObjectType) and inner not in seen and _can_cost(inner, seen):
            return True
    return False
