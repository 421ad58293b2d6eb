"""The compiled executor returns the same answers as graphql-core for all operations and all faults.

EXECUTION_EXAMPLES=20000 tries that many operations in each test.
"""

import asyncio
import os
import random
from typing import Any

import pytest
from graphql import GraphQLObjectType, OperationType, parse, print_schema
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from hypothesis_graphql import mutations, nodes, queries

from schema.execution import Engine
from tests.unit.execution.comparison import answer_of, differences
from tests.unit.execution.operations import OperationWriter
from tests.unit.execution.toy import make_schema

pytestmark = [  # graphql-core leaves unawaited coroutines behind if an error nulls the answer
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SCHEMA = make_schema()
COMPILED = Engine(SCHEMA)
CONCURRENT = Engine(SCHEMA, concurrent=True)
STOCK = Engine(SCHEMA, compiled=False)
SDL = print_schema(SCHEMA._schema)
LONGEST = 6000

try_many = settings(
    max_examples=int(os.environ.get("EXECUTION_EXAMPLES", "150")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
seeds = st.integers(0, 2**32)
faults = st.sampled_from([0, 0.003, 0.01, 0.03, 0.1, 0.3])
custom_scalars = {"Instant": st.just('"2026-01-31T09:30:00"').map(nodes.String), "JSON": st.just("1").map(nodes.String)}


def asynchronous_fields() -> set[str]:
    """Returns the names of fields whose values graphql-core awaits."""
    return {"waiting"} | {
        name
        for type_ in SCHEMA._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        if (definition := field.extensions.get("strawberry-definition")) is not None
        and (definition.is_async or not all(extension.supports_sync for extension in definition.extensions))
    }


async def both_answer_alike(engine: Engine, text: str, variables: dict[str, Any], seed: int, rate: float) -> None:
    ours, our_context = await answer_of(engine, text, variables, seed, rate)
    theirs, their_context = await answer_of(STOCK, text, variables, seed, rate)

    assert differences(ours, theirs) == []
    assert our_context.mutations == their_context.mutations
    if not theirs.errors:
        assert {item.columns for item in our_context.selections} == {item.columns for item in their_context.selections}


@given(seed=seeds, rate=faults, engine=st.sampled_from([COMPILED, CONCURRENT]))
@try_many
def test_both_executors_answer_alike(seed: int, rate: float, engine: Engine) -> None:
    chance = random.Random(seed)
    text, variables = OperationWriter(SCHEMA._schema, chance, depth=chance.choice([2, 3, 4])).write()
    assume(len(text) < LONGEST)

    asyncio.run(both_answer_alike(engine, text, variables, seed, rate))


@given(seed=seeds, rate=faults)
@try_many
def test_where_nothing_is_awaited_the_errors_and_their_order_are_the_same(seed: int, rate: float) -> None:
    chance = random.Random(seed)
    writer = OperationWriter(SCHEMA._schema, chance, depth=chance.choice([2, 3, 4]), avoid=asynchronous_fields())
    text, variables = writer.write()
    assume(len(text) < LONGEST)

    async def answers() -> tuple[Any, Any]:
        ours, _ = await answer_of(COMPILED, text, variables, seed, rate)
        theirs, _ = await answer_of(STOCK, text, variables, seed, rate)
        return ours, theirs

    ours, theirs = asyncio.run(answers())
    assert differences(ours, theirs) == []
    assert [error.formatted for error in ours.errors or ()] == [error.formatted for error in theirs.errors or ()]


@given(text=queries(SDL, custom_scalars=custom_scalars) | mutations(SDL, custom_scalars=custom_scalars), seed=seeds)
@try_many
def test_operations_of_hypothesis_graphql_are_answered_alike(text: str, seed: int) -> None:
    assume(len(text) < LONGEST)

    asyncio.run(both_answer_alike(COMPILED, text, {}, seed, 0.03))


def test_the_plans_are_what_was_tried() -> None:
    operation = COMPILED.prepare("{ people { id } }")

    assert operation.type is OperationType.QUERY
    assert operation.can_be_compiled


def test_the_writer_writes_valid_operations() -> None:
    for seed in range(20):
        text, _ = OperationWriter(SCHEMA._schema, random.Random(seed)).write()
        parse(text)
        COMPILED.prepare(text)
