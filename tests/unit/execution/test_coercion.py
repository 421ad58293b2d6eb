"""Variables are coerced as in graphql-core."""

from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLInputType,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
    get_variable_values,
    parse,
    parse_type,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_input_value
from hypothesis import given, strategies as st
from strawberry.exceptions import StrawberryInputCoercionError

from schema.execution import BatchRow, Engine, RequestError, prepare
from schema.execution.values.coercion import can_nest, coercion
from tests.unit.execution.toy_types import Color, Range


@strawberry.input
class Line:
    text: str
    count: int | None = 3
    colors: list[Color] = strawberry.field(default_factory=lambda: [Color.RED])
    ids: list[list[strawberry.ID | None]] | None = strawberry.UNSET


@strawberry.input
class Cells(BatchRow):
    text: str
    count: int | None = 3
    range: Range | None = strawberry.UNSET
    ids: list[strawberry.ID] | None = strawberry.UNSET


@strawberry.input(one_of=True)
class Either:
    left: int | None = strawberry.UNSET
    right: Line | None = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def first(self, line: Line, range: Range | None = None, either: Either | None = None) -> str:
        return repr((line, range, either))

    @strawberry.field
    def rows(self, rows: list[Cells]) -> list[str]:
        return [repr(row) for row in rows]


SCHEMA = strawberry.Schema(Query)
prepare(SCHEMA)
TYPES = [
    "Line!",
    "Line",
    "[Line!]!",
    "[Line]",
    "Range",
    "[Range!]",
    "Either",
    "String!",
    "Int",
    "[[Color]]",
    "ID",
    "Boolean",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**33), 2**33),
    st.floats(),
    st.text(max_size=3),
    st.sampled_from(["RED", "BLUE"]),
)
names = st.sampled_from("text count colors ids low high inner note left right other".split())
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
lines = st.fixed_dictionaries(
    {"text": st.text(max_size=3)},
    optional={
        "count": st.none() | st.integers(0, 9),
        "colors": st.lists(st.sampled_from(["RED", "GREEN", "PINK"]), max_size=2),
        "ids": st.none()
        | st.lists(st.lists(st.none() | st.integers(0, 9) | st.text(max_size=2), max_size=2), max_size=2),
        "other": st.just(1),
    },
)


def type_called(text: str) -> GraphQLInputType:
    found: Any = type_from_ast(SCHEMA._schema, parse_type(text))
    return found  # type: ignore[no-any-return]


def outcome(coerce: Callable[[], Any]) -> str:
    """Returns the repr of the coerced value, or the message of the error that Strawberry's one-of inputs raise."""
    try:
        return repr(coerce())
    except StrawberryInputCoercionError as error:
        return str(error)


@pytest.mark.parametrize("name", TYPES)
@given(value=values | lines | st.lists(lines, max_size=3))
def test_what_is_coerced_is_coerced_as_graphql_core_does(name: str, value: Any) -> None:
    type_ = type_called(name)

    ours = outcome(lambda: coercion(type_)(value))

    assert ours == outcome(lambda: coerce_input_value(value, type_))


def test_only_a_type_with_itself_inside_can_nest() -> None:
    assert [name for name in TYPES if can_nest(type_called(name))] == ["Range", "[Range!]"]


@given(rows=st.lists(values | lines, max_size=4))
def test_a_batch_row_fits_its_type_or_says_why(rows: list[Any]) -> None:
    type_: Any = get_named_type(type_called("Cells!"))

    coerced = coercion(type_called("[Cells!]!"))(rows)

    for row, one in zip(rows, coerced, strict=True):
        expected = Undefined if row is None else coerce_input_value(row, type_)
        misfits = getattr(one, "misfits", ())
        if expected is not Undefined:
            assert repr(one) == repr(expected)
            assert misfits == ()
        elif not misfits:  # a number became a text
            assert coerce_input_value(row | {name: one[name] for name in ("text", "ids") if name in row}, type_) == one
        known = type_.fields.keys() | (row if isinstance(row, dict) else {}).keys()
        assert all(misfit.message and known >= set(misfit.path[:1]) for misfit in misfits)


@given(rows=st.lists(values | lines, max_size=4))
async def test_both_executors_pass_misfits_to_the_resolver(rows: list[Any]) -> None:
    text = "query ($rows: [Cells!]!) { rows(rows: $rows) }"

    compiled, stock = [
        await Engine(SCHEMA, compiled=is_compiled).execute(text, variables={"rows": rows})
        for is_compiled in (True, False)
    ]

    assert compiled.errors is stock.errors is None
    assert compiled.data == stock.data


def test_a_default_is_given_where_a_field_is_absent() -> None:
    assert coercion(type_called("Line"))({"text": "a"}) == coerce_input_value({"text": "a"}, type_called("Line"))
    assert coercion(type_called("Line"))({}) is Undefined


async def test_errors_are_graphql_cores() -> None:
    text = "query ($line: Line!, $range: Range) { first(line: $line, range: $range) }"
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    deep: dict[str, Any] = {}
    for _ in range(1000):
        deep = {"inner": deep}

    wrong: list[dict[str, Any]] = [{"line": {"text": 1}}, {"line": None}, {}, {"line": {"text": "a"}, "range": deep}]
    for variables in wrong:
        expected = get_variable_values(SCHEMA._schema, operation.variable_definitions or (), variables)
        with pytest.raises(RequestError) as caught:
            await Engine(SCHEMA).execute(text, variables=variables)

        assert isinstance(expected, list)
        assert [error.message for error in caught.value.errors] == [error.message for error in expected] != []
