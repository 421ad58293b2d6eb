"""Columns, computed fields and relations, on both executors."""

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
import strawberry
from aiodataloader import DataLoader
from strawberry import UNSET, Info
from strawberry.schema.config import StrawberryConfig

from schema.execution import Engine, Selection, UnknownLoaderError, column, computed, loaded_by, prepare, read, relation
from tests.unit.execution.toy_data import Row


class Context:
    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.calls: list[tuple[str, tuple[str, ...], dict[str, Any], list[Any]]] = []
        self.converted: list[list[Any]] = []

    def loader(self, name: str, selection: Selection, arguments: Mapping[str, Any]) -> DataLoader[Any, Any]:
        async def load(keys: list[Any]) -> list[Any]:
            self.calls.append((name, selection.columns, dict(arguments), keys))
            return [[Row({"id": key, "name": f"list {key}"})] for key in keys]

        return DataLoader(load)


def plus_all(values: list[str]) -> list[str]:
    CALLS.append(values)
    return [f"+{value}" for value in values]


CALLS: list[list[str]] = []


@strawberry.type
class List:
    id: strawberry.ID = column()
    name: str = column()


@strawberry.type
class Contact:
    phone: str | None = column("phone_number", convert_many=plus_all)
    first_name: str | None = column(convert=str.title)
    plain: str
    initials: str = computed("first_name", "plain", resolve=lambda first, plain: f"{first[0]}{plain[0]}")
    greeting: str = computed("plain", resolve=lambda context, plain: f"{len(context.rows)} {plain}", takes_context=True)
    lists: list[List] | None = relation("lists", key="list_id")

    @loaded_by("some_lists", key="list_id")
    def some_lists(
        first: Annotated[int | None, strawberry.argument(description="Number of items")] = UNSET,
        after_name: str | None = UNSET,
    ) -> list[List] | None:
        raise NotImplementedError


@strawberry.type
class Page:
    contacts: list[Contact]


@strawberry.type
class Query:
    @strawberry.field
    def page(self, info: Info) -> Page:
        return Page(contacts=info.context.rows)


def make_schema() -> strawberry.Schema:
    return strawberry.Schema(Query, config=StrawberryConfig(default_resolver=read))


@pytest.fixture(params=[True, False], ids=["compiled", "stock"])
def engine(request: pytest.FixtureRequest) -> Engine:
    schema = make_schema()
    prepare(schema, loaders=["lists", "some_lists"])
    return Engine(schema, compiled=request.param)


def contact(list_id: int | None = 1, phone: str | None = "1", first_name: str | None = "ann", plain: str = "x") -> Row:
    return Row({"phone_number": phone, "first_name": first_name, "plain": plain, "list_id": list_id})


async def answer(engine: Engine, fields: str, context: Context, **variables: Any) -> list[Any]:
    declared = "query ($first: Int)" if variables else ""
    result = await engine.execute(
        f"{declared} {{ page {{ contacts {{ {fields} }} }} }}", variables=variables, context=context
    )
    assert result.errors is None
    assert result.data is not None
    return result.data["page"]["contacts"]  # type: ignore[no-any-return]


async def test_a_column_is_read_and_converted_and_null_stays_null(engine: Engine) -> None:
    context = Context([contact(), contact(phone=None, first_name=None)])

    answers = await answer(engine, "phone firstName plain", context)

    assert answers == [
        {"phone": "+1", "firstName": "Ann", "plain": "x"},
        {"phone": None, "firstName": None, "plain": "x"},
    ]


async def test_computed_fields_get_values_and_the_context_where_they_ask_for_it(engine: Engine) -> None:
    answers = await answer(engine, "initials greeting", Context([contact()]))

    assert answers == [{"initials": "ax", "greeting": "1 x"}]


async def test_a_relation_is_one_call_with_the_distinct_keys_of_the_level(engine: Engine) -> None:
    context = Context([contact(2), contact(1), contact(None), contact(2)])

    answers = await answer(engine, "lists { name }", context)

    assert [item["lists"] for item in answers] == [
        [{"name": "list 2"}],
        [{"name": "list 1"}],
        None,
        [{"name": "list 2"}],
    ]
    assert context.calls == [("lists", ("name",), {}, [2, 1])]


async def test_a_relation_without_any_key_calls_no_loader(engine: Engine) -> None:
    context = Context([contact(None)])

    assert await answer(engine, "lists { name }", context) == [{"lists": None}]
    assert context.calls == []


async def test_a_relation_gets_its_arguments_by_their_python_names(engine: Engine) -> None:
    context = Context([contact()])

    await answer(engine, 'a: someLists(first: $first, afterName: "n") { id } b: someLists { id }', context, first=3)

    assert [(arguments, keys) for _, _, arguments, keys in context.calls] == [
        ({"first": 3, "after_name": "n"}, [1]),
        ({}, [1]),
    ]


async def test_convert_many_is_called_once_a_level_when_compiled() -> None:
    schema = make_schema()
    prepare(schema)
    CALLS.clear()

    await answer(Engine(schema), "phone", Context([contact(phone="1"), contact(phone=None), contact(phone="2")]))

    assert CALLS == [["1", "2"]]


async def test_rows_of_another_layout_are_read_by_their_own_columns(engine: Engine) -> None:
    turned = Row({"plain": "y", "list_id": 5, "first_name": "bob", "phone_number": "7"})
    longer = Row({"more": 1, "plain": "z", "list_id": 6, "first_name": "cid", "phone_number": "8"})

    answers = await answer(engine, "plain phone lists { id }", Context([contact(), turned, longer]))
    turned_first = await answer(engine, "plain phone lists { id }", Context([contact(), turned]))

    assert answers == [
        {"plain": "x", "phone": "+1", "lists": [{"id": "1"}]},
        {"plain": "y", "phone": "+7", "lists": [{"id": "5"}]},
        {"plain": "z", "phone": "+8", "lists": [{"id": "6"}]},
    ]
    assert turned_first == answers[:2]


async def test_columns_can_be_read_from_objects_and_mappings_too(engine: Engine) -> None:
    as_mapping = {"plain": "m", "phone_number": "2"}
    as_object = Page(contacts=[])
    as_object.plain = "o"  # type: ignore[attr-defined]
    as_object.phone_number = "3"  # type: ignore[attr-defined]

    answers = await answer(engine, "plain phone", Context([as_mapping, as_object]))

    assert answers == [{"plain": "m", "phone": "+2"}, {"plain": "o", "phone": "+3"}]


def test_a_relation_to_an_unknown_loader_is_found_at_start() -> None:
    with pytest.raises(UnknownLoaderError, match=r"Contact\.lists: there is no loader lists"):
        prepare(make_schema(), loaders=["some_lists"])


def test_the_signature_of_a_relation_names_arguments_only() -> None:
    with pytest.raises(TypeError, match="GraphQL arguments only"):

        @loaded_by("lists")
        def lists(self: Any, info: Info) -> list[List]:
            raise NotImplementedError


async def test_a_relation_says_what_is_missing_where_the_schema_was_not_prepared() -> None:
    schema = make_schema()

    result = await schema.execute("{ page { contacts { lists { id } } } }", context_value=Context([contact()]))

    assert result.errors is not None
    assert "was not given to schema.execution.prepare()" in result.errors[0].message


async def test_strawberrys_own_execute_runs_a_prepared_schema() -> None:
    schema = make_schema()
    prepare(schema)
    context = Context([contact(), contact()])

    result = await schema.execute("{ page { contacts { lists { id } } } }", context_value=context)

    assert result.errors is None
    assert len(context.calls) == 1
