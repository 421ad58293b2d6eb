"""Pricing takes little time for any text and any variables."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode, parse

from schema.cost import OperationPrice, pricing
from schema.cost.amounts import HIGHEST
from schema.execution import RequestError, RequestErrorKind
from schema.root import schema

PRICING = pricing(schema._schema)


def priced(text: str) -> OperationPrice:
    document: DocumentNode = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return PRICING(operation, fragments)


class Untouchable(Mapping[str, Any]):
    """Variables that raise AssertionError if code reads them."""

    def __getitem__(self, key: str) -> Any:
        raise AssertionError(key)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


class Untouched(dict[str, Any]):
    def items(self) -> Any:
        raise AssertionError


def chain(length: int, size: str = "") -> str:
    """Fragments of which each has the next one twice."""
    level = "fragment F{} on Contact {{ lists {{ contacts{} {{ nodes {{ ...F{} ...F{} }} }} }} }}"
    fragments = [level.format(number, size, number + 1, number + 1) for number in range(length)]
    return f"{{ contacts {{ nodes {{ ...F0 }} }} }} {' '.join(fragments)} fragment F{length} on Contact {{ id }}"


@pytest.mark.parametrize(
    "text",
    [
        "{ contacts(first: 50) { totalCount nodes { id lists { name } } } }",
        "query ($id: ID!) { contact(by: {id: $id}) { id } }",
        "query ($after: String, $yes: Boolean!) { contacts(after: $after) { nodes { id @include(if: $yes) } } }",
        "mutation ($phone: PhoneNumber!) { optOut(input: {phone: $phone}) { errors { code } } }",
    ],
)
def test_a_price_that_no_variable_decides_is_worked_out_once(text: str) -> None:
    assert priced(text).check(Untouchable()) > 100


def test_a_fragment_is_priced_once_however_often_it_is_spread() -> None:
    fixed, by_variable = priced(chain(40)), priced(chain(40, "(first: $n)").replace("{", "query ($n: Int) {", 1))

    assert fixed.of({}) == by_variable.of({"n": 100}) == HIGHEST
    assert len(by_variable._sums._steps) < 40 * 12


def test_a_fragment_that_is_spread_again_selects_nothing_more() -> None:
    fragment = "fragment F on Contact { id lists { name } }"

    once = priced(f"{{ contacts {{ nodes {{ ...F }} }} }} {fragment}").of({})
    assert priced(f"{{ contacts {{ nodes {{ ...F ...F ...F }} }} }} {fragment}").of({}) == once


def test_the_most_expensive_part_is_found_among_fragments_that_nest() -> None:
    with pytest.raises(RequestError) as refused:
        priced(chain(40)).check({})

    [error] = refused.value.errors
    assert error.extensions is not None
    assert error.extensions["cost"]["requested"] == HIGHEST
    assert error.extensions["cost"]["path"][:4] == ["contacts", "nodes", "lists", "contacts"]
    assert len(error.message) < 500


def test_fragments_that_nest_too_deep_are_refused() -> None:
    with pytest.raises(RequestError) as refused:
        priced(chain(500))

    assert refused.value.refusal is RequestErrorKind.COST
    assert refused.value.errors[0].message == "The operation is nested too deeply."


def test_values_above_the_limit_are_not_looked_at() -> None:
    price = priced("query ($any: [ContactFilter!]) { contacts(filter: {or: $any}) { nodes { id } } }")

    assert price.of({"any": [Untouched()] * 200_000}) > 200_000 * 20


def test_a_value_may_nest_as_deep_as_json_does() -> None:
    price = priced("query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } } }")
    deep: Any = {"isVerified": True}
    for _ in range(5_000):
        deep = {"not": deep}

    assert price.of({"filter": deep}) == price.of({"filter": {"isVerified": True}})


@pytest.mark.parametrize("value", [None, 1, "a", True, [], [[]], {"or": 1}, {"or": [1, None, {"ids": {}}]}, {"x": 2}])
def test_values_of_wrong_types_are_left_to_their_coercion(value: Any) -> None:
    text = "query ($filter: ContactFilter, $n: Int) { contacts(first: $n, filter: $filter) { nodes { id } } }"

    assert 100 < priced(text).of({"filter": value, "n": value}) < 500


def test_a_number_of_five_thousand_digits_is_priced_as_a_large_one() -> None:
    digits = "9" * 5_000

    largest = priced("{ contacts(first: 100, offset: 10000) { nodes { id } } }").of({})
    assert priced(f"{{ contacts(first: {digits}, offset: {digits}) {{ nodes {{ id }} }} }}").of({}) == largest


def test_defaults_of_variables_count_where_the_request_has_no_value() -> None:
    price = priced(
        "query ($n: Int = 7, $tags: [String!] = [1, 2]) "
        "{ contacts(first: $n, filter: {anyTags: $tags}) { nodes { id } } }"
    )

    assert price.of({}) == 101 + 7 * 2 + 100 + 2 * 3
    assert price.of({"n": None, "tags": None}) == 101 + 25 * 2
    assert price.of({"n": 10, "tags": ["a"]}) == 101 + 10 * 2 + 100 + 3
