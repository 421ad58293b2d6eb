"""A resolver can inspect the selection below its field."""

from typing import Any

import pytest

from schema.execution import Engine, Selection
from tests.unit.execution.toy import make_schema
from tests.unit.execution.toy_data import Context

SCHEMA = make_schema()
ENGINES = {"compiled": Engine(SCHEMA), "stock": Engine(SCHEMA, compiled=False)}


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


async def selected(engine: Engine, text: str, **variables: Any) -> Selection:
    """Returns the selection that the first resolver received."""
    context = Context(0, 0)
    result = await engine.execute(text, variables=variables, context=context)
    assert result.errors is None
    return context.selections[0]


async def test_columns_are_those_that_the_selected_fields_need_in_their_order(engine: Engine) -> None:
    asked = await selected(
        engine, "{ people { scoreOrNull label owner { id } groups { id } secret shout again: score } }"
    )

    assert asked.columns == ("score", "name", "owner_id", "id")


async def test_fragments_aliases_and_directives_are_merged(engine: Engine) -> None:
    text = """
      query ($no: Boolean!) { people { a: groups { id } ...F ... on Node { id }
        ratio @include(if: $no) phone @skip(if: true) __typename } }
      fragment F on Person { b: groups { score ... on Named { name } } name @skip(if: $no) }
    """

    asked = await selected(engine, text, no=False)

    assert asked.columns == ("id", "name")
    assert asked.under("groups").columns == ("id", "score", "name")
    assert "groups" in asked
    assert "a" not in asked
    assert "ratio" not in asked
    assert "phone" not in asked


async def test_under_follows_a_path_and_is_empty_where_it_is_not_asked_for(engine: Engine) -> None:
    asked = await selected(
        engine, "{ people { messages { edges { cursor node { text } } } friends { messages { total } } } }"
    )

    assert asked.under("messages", "edges", "node").columns == ("phone",)
    assert bool(asked.under("messages", "edges"))
    assert not asked.under("messages", "nodes")
    assert not asked.under("nothing", "at", "all")
    assert asked.under("nothing").columns == ()


async def test_an_abstract_type_is_asked_for_the_columns_of_all_and_each_for_its_own(engine: Engine) -> None:
    asked = await selected(
        engine, "{ people { anything { id ... on Person { phone } ... on Group { score } ... on Named { name } } } }"
    )

    below = asked.under("anything")

    assert set(below.columns) == {"id", "phone", "score", "name"}
    assert below.on("Person").columns == ("id", "phone", "name")
    assert below.on("Group").columns == ("id", "score", "name")
    assert not below.on("Address")


async def test_a_plan_keeps_its_selections() -> None:
    text = "{ people { id messages { total } } }"
    await selected(ENGINES["compiled"], text)  # a document is cached on its second use

    first = await selected(ENGINES["compiled"], text)
    second = await selected(ENGINES["compiled"], text)

    assert first is second
    assert first.columns is second.columns
