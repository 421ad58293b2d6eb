"""Documents with a proof pass graphql-core's rule, which compares all fields in pairs."""

import random

import pytest
from graphql import OverlappingFieldsCanBeMergedRule, parse, validate

from schema.execution.parse.merging import can_surely_be_merged
from tests.unit.execution.operations import OperationWriter
from tests.unit.execution.toy import make_schema

SCHEMA = make_schema()._schema


def is_proved(text: str) -> bool:
    return can_surely_be_merged(SCHEMA, parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "{ version version a: version a: version }",
        "{ people(first: 1) { id } people(first: 1) { name id } }",
        "{ people { ...F id } } fragment F on Person { id ... on Person { id } ...G } fragment G on Person { id }",
        "query A { version } query B { version: version }",
        "{ people { ...F } } fragment F on Person { groups { people { ...F } } }",
        "{ " + "people(first: 1) { id groups { id } } " * 300 + "}",
    ],
)
def test_equal_fields_are_proved_to_be_mergeable(text: str) -> None:
    assert is_proved(text)
    assert validate(SCHEMA, parse(text), [OverlappingFieldsCanBeMergedRule]) == [] or len(text) > 10_000


@pytest.mark.parametrize(
    "text",
    [
        "{ a: version a: __typename }",
        "{ people(first: 1) { id } people(first: 2) { id } }",
        "{ people { a: id } people { a: name } }",
        "{ people { ...F a: id } } fragment F on Person { ...G } fragment G on Person { a: name }",
        "{ mixed { ... on Person { a: id } ... on Group { a: name } } }",
        "{ nothing { a: id } nothing { a: name } }",
    ],
)
def test_fields_that_may_conflict_are_not(text: str) -> None:
    assert not is_proved(text)


def test_fragments_that_multiply_are_looked_at_once_each() -> None:
    fragments = " ".join(
        f"fragment F{level} on Person {{ a{level}: groups {{ people {{ ...F{level + 1} }} }} "
        f"b{level}: groups {{ people {{ ...F{level + 1} id }} }} }}"
        for level in range(40)
    )

    assert is_proved("{ people { ...F0 } } " + fragments + " fragment F40 on Person { id }")


def test_random_documents_that_are_proved_have_no_conflict() -> None:
    proved = 0
    for seed in range(200):
        document = parse(OperationWriter(SCHEMA, random.Random(seed)).write()[0])
        if can_surely_be_merged(SCHEMA, document):
            proved += 1
            assert validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule]) == []

    assert proved > 100
