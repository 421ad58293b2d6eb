"""Resolvers receive arguments as Strawberry converts them."""

from typing import Annotated, Any

import pytest
import strawberry
from hypothesis import given, strategies as st
from strawberry import UNSET
from strawberry.types.arguments import convert_arguments

from schema.execution.values.conversion import Conversion
from tests.unit.execution.toy_types import Color, Range


@strawberry.input
class Strict:
    number: int
    note: strawberry.Maybe[str]
    ranges: list[Range | None] | None = strawberry.field(name="all", default_factory=list)


@strawberry.input(one_of=True)
class Either:
    left: int | None = UNSET
    right: Annotated["Strict", strawberry.lazy(__name__)] | None = UNSET


@strawberry.type
class Query:
    @strawberry.field
    def everything(
        self,
        number: int | None = UNSET,
        the_colors: list[Color] | None = None,
        range: Range | None = UNSET,
        strict: Annotated[Strict | None, strawberry.argument(name="asked")] = UNSET,
        either: Either | None = None,
        grid: list[list[Range]] | None = None,
        maybe: strawberry.Maybe[Range | None] = None,
    ) -> str:
        raise NotImplementedError


SCHEMA = strawberry.Schema(Query)
FIELD: Any = SCHEMA._schema.query_type.fields["everything"].extensions["strawberry-definition"]  # type: ignore[union-attr]
CONVERT = Conversion(SCHEMA).of_arguments(FIELD)

ranges: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "low": st.integers(),
                "high": st.none() | st.integers(),
                "colors": st.none() | st.lists(st.sampled_from(Color), max_size=2),
                "inner": ranges,
                "note": st.none() | st.text(max_size=2),
            },
        )
    )
)
stricts = st.none() | st.fixed_dictionaries(
    {"number": st.integers()}, optional={"note": st.text(max_size=2), "all": st.none() | st.lists(ranges, max_size=2)}
)
arguments = st.fixed_dictionaries(
    {},
    optional={
        "number": st.none() | st.integers(),
        "theColors": st.none() | st.lists(st.sampled_from(Color), max_size=2),
        "range": ranges,
        "asked": stricts,
        "either": st.none()
        | st.fixed_dictionaries({"right": stricts})
        | st.fixed_dictionaries({"left": st.integers()}),
        "grid": st.none() | st.lists(st.lists(ranges, max_size=2), max_size=2),
        "maybe": ranges,
    },
)


def as_strawberry_does(values: dict[str, Any]) -> dict[str, Any]:
    return convert_arguments(values, FIELD.arguments, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)


@given(values=arguments)
def test_values_are_converted_as_strawberry_converts_them(values: dict[str, Any]) -> None:
    ours = CONVERT(values, None)  # type: ignore[arg-type]

    assert repr(ours) == repr(as_strawberry_does(values))


def test_null_for_a_maybe_without_null_is_refused_as_strawberry_does() -> None:
    values = {"asked": {"number": 1, "note": None}}

    with pytest.raises(Exception) as ours:  # any error, but the same on both sides
        CONVERT(values, None)  # type: ignore[arg-type]
    with pytest.raises(type(ours.value)) as theirs:
        as_strawberry_does(values)

    assert str(ours.value) == str(theirs.value)


def test_lists_are_copied_lest_a_resolver_change_a_default() -> None:
    colors = [Color.RED]

    assert CONVERT({"theColors": colors}, None)["the_colors"] is not colors  # type: ignore[arg-type]
