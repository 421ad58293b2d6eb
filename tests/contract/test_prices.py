"""Everything in the schema that is expensive has a price, and the documentation lists the prices as they are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_enum_type,
    is_leaf_type,
)

from schema.cost import prices, pricing
from schema.execution import Engine
from schema.execution.fields import Relation, source_of
from schema.execution.rows import definition_of
from schema.root import schema
from tests.support.operations import SCHEMA, operation, root_fields, valid_value

ENGINE = Engine(schema, pricing=pricing(SCHEMA))
DOCS = (Path(__file__).parents[2] / "docs" / "costs.md").read_text()
PAGING = {"first", "after", "last", "before", "offset"}
SHORT = {
    *("Campaign.lists", "Campaign.segments", "Contact.assignees", "Contact.campaigns", "Contact.lists"),
    "ContactHistoryEntry.changes",
    *("Job.columns", "Job.sheets", "Job.warnings"),
}
"""Lists that are usually no longer than 10."""


WITHOUT_TOTAL = {"ChangeConnection", "ContactHistoryConnection"}


def price(text: str, **variables: Any) -> int:
    prepared = ENGINE.prepare(text)
    assert prepared.price is not None
    return prepared.price.of(variables)


def object_types() -> Iterator[GraphQLObjectType]:
    for type_ in SCHEMA.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            yield type_


def fields() -> Iterator[tuple[str, GraphQLField]]:
    for type_ in object_types():
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field


def pages() -> list[str]:
    return [name for name, field in fields() if "after" in field.args]


def is_list_of_objects(field: GraphQLField) -> bool:
    return isinstance(get_nullable_type(field.type), GraphQLList) and is_composite_type(get_named_type(field.type))


def has_results(field: GraphQLField) -> bool:
    return "results" in getattr(get_named_type(field.type), "fields", ())


def sample(type_: Any) -> str:
    named, bare = get_named_type(type_), get_nullable_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return "{}"
    one = next(iter(named.values)) if is_enum_type(named) else {"Boolean": "true", "Int": "1"}.get(named.name, '"KE"')
    return f"[{one}]" if isinstance(bare, GraphQLList) else one


def selecting(name: str, arguments: str = "", below: str = "__typename") -> str:
    """An operation with a field of a type, by way of a fragment on that type."""
    type_name, _, field = name.partition(".")
    if name == "Query.changes":
        arguments = f'(after: "a"{", " if arguments else ""}{arguments.strip("()")})'
    if type_name == "Query":
        return f"{{ {field}{arguments} {{ {below} }} }}"
    if type_name == "OptOut":
        return f'{{ optOut(phone: "1") {{ {field}{arguments} {{ {below} }} }} }}'
    return f'{{ node(id: "1") {{ ... on {type_name} {{ {field}{arguments} {{ {below} }} }} }} }}'


def input_of(mutation: str) -> GraphQLInputObjectType:
    type_ = get_named_type(root_fields("Mutation")[mutation].args["input"].type)
    assert isinstance(type_, GraphQLInputObjectType)
    return type_


# ------------------------------------------------------------------ what is priced


def test_the_names_in_the_lists_of_prices_are_of_the_schema() -> None:
    known = {name for name, _ in fields()}
    inputs = {
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLInputObjectType)
        for name in type_.fields
    }

    assert known >= set(prices.SIZES) | SHORT
    assert root_fields("Mutation").keys() >= prices.MUTATIONS.keys()
    assert inputs >= set(prices.INPUT_FIELDS) | set(prices.INPUT_VALUES)
    assert SCHEMA.type_map.keys() >= prices.FILTERS
    arguments = {f"{name}.{argument}" for name, field in fields() for argument in field.args}
    assert arguments >= set(prices.ARGUMENT_VALUES)


@pytest.mark.parametrize("root", ["Query", "Mutation"])
def test_every_root_field_costs_a_statement(root: str) -> None:
    for name in root_fields(root):
        text, variables = operation(root, name)
        assert price(text, **variables) > prices.STATEMENT, name


def test_every_number_that_a_loader_counts_has_the_price_of_one() -> None:
    counted = [
        name
        for name, field in fields()
        if is_leaf_type(get_named_type(field.type)) and isinstance(source_of(definition_of(field)), Relation)
    ]

    assert counted == ["User.ownedContactCount", "User.assignedContactCount"]
    for name in counted:
        type_name, _, field = name.partition(".")
        text = f'{{ node(id: "1") {{ ... on {type_name} {{ FIELD }} }} }}'
        assert price(text.replace("FIELD", field)) - price(text.replace("FIELD", "id")) == prices.COUNTED
        assert f"`{field}`" in DOCS


def test_no_other_leaf_is_found_by_code_of_its_own() -> None:
    """Such a leaf needs a price. Columns and values computed from columns are cheap."""
    assert [
        name
        for name, field in fields()
        if is_leaf_type(get_named_type(field.type))
        and (definition := definition_of(field)) is not None
        and definition.base_resolver is not None
        and source_of(definition) is None
    ] == ["Query.syncCursor"]  # a root field, which has a price


def test_pages_are_connections_and_connections_are_pages() -> None:
    connections = {name for name, field in fields() if get_named_type(field.type).name.endswith("Connection")}

    assert connections == set(pages())
    assert {name for name, _ in fields() if name.endswith(".totalCount")} == {
        f"{type_.name}.totalCount"
        for type_ in object_types()
        if type_.name.endswith("Connection") and type_.name not in WITHOUT_TOTAL
    }


@pytest.mark.parametrize("name", pages())
def test_every_page_costs_its_rows_its_total_and_its_filters(name: str) -> None:
    field = dict(fields())[name]
    alone = price(selecting(name))

    assert price(selecting(name, "(first: 7)", "nodes { __typename }")) - price(selecting(name)) == 7 * 2 - 1
    has_total = get_named_type(field.type).name not in WITHOUT_TOTAL
    if has_total:
        assert price(selecting(name, below="totalCount")) == alone - prices.FIELD + prices.TOTAL
    for argument, definition in field.args.items():
        if argument in PAGING or isinstance(get_named_type(definition.type), GraphQLInputObjectType):
            continue
        given = f"({argument}: {sample(definition.type)})"
        extra = price(selecting(name, given)) - alone
        own = prices.SEARCH if argument == "search" else prices.CONDITION
        values = prices.VALUE if isinstance(get_nullable_type(definition.type), GraphQLList) else 0
        assert extra == own + values, argument
        if not has_total:
            continue
        total = price(selecting(name, given, "totalCount")) - price(selecting(name, below="totalCount"))
        assert total == (1 + prices.TOTAL_OF_FILTER) * extra, argument


def test_a_facet_costs_as_much_as_a_count_for_each_field() -> None:
    text = "query ($fields: [ContactFacetField!]!) { contactFacets(fields: $fields) { values { count } } }"

    assert price(text, fields=["TAG", "LIST"]) - price(text, fields=[]) == 2 * prices.FACET
    assert price("{ contactFacets(fields: [TAG, LIST]) { values { count } } }") == price(text, fields=["TAG", "LIST"])


def test_a_search_has_its_price_wherever_there_is_one() -> None:
    assert [name for name, field in fields() if "search" in field.args and name not in pages()] == [
        "Query.tags",
        "Query.customVariableLabels",
    ]
    searched = price('{ tags(search: "a") { name } }')
    assert searched - price("{ tags { name } }") == prices.SEARCH


def test_every_list_has_a_length() -> None:
    for name, field in fields():
        type_name, _, short = name.partition(".")
        if not is_list_of_objects(field) or short == "errors":
            continue
        is_result = short == "results" and name not in prices.SIZES
        is_row = type_name.endswith("Connection") or is_result or "ids" in field.args
        assert is_row + (name in prices.SIZES) + (name in SHORT) == 1, name


@pytest.mark.parametrize("name", list(SCHEMA.type_map["ContactFilter"].fields))  # type: ignore[attr-defined]
def test_every_condition_of_a_filter_costs_something_also_in_a_variable(name: str) -> None:
    type_ = SCHEMA.type_map["ContactFilter"]
    assert isinstance(type_, GraphQLInputObjectType)
    field = type_.fields[name]
    is_list = isinstance(get_nullable_type(field.type), GraphQLList)
    is_filter = get_named_type(field.type) is type_
    one: Any = {"isVerified": True} if is_filter else valid_value(get_named_type(field.type), name, "contacts")
    own = {"search": prices.SEARCH, "customVariables": prices.SEARCH, "and": 0, "or": 0, "not": 0}.get(
        name, prices.CONDITION
    )
    is_row = is_filter or name == "customVariables"
    each = (prices.ROW if is_row else prices.VALUE if is_list else 0) + (prices.CONDITION if is_filter else 0)
    each -= prices.ROW if name == "not" else 0
    count = 5 if is_list else 1
    text = "query ($filter: ContactFilter) { contacts(filter: $filter) { __typename } }"

    given = price(text, filter={name: [one] * count if is_list else one})

    assert given - price(text) == own + count * each
    assert price(text, filter={name: None}) == price(text, filter={"unknown": 1}) == price(text)


BATCHES = [
    (mutation, name)
    for mutation in root_fields("Mutation")
    for name, inner in input_of(mutation).fields.items()
    if isinstance(get_nullable_type(inner.type), GraphQLList)
]


@pytest.mark.parametrize(("mutation", "name"), BATCHES)
def test_every_list_in_a_mutations_input_costs_its_length(mutation: str, name: str) -> None:
    input_type = input_of(mutation)
    is_rows = isinstance(get_named_type(input_type.fields[name].type), GraphQLInputObjectType)
    text = f"mutation ($input: {input_type.name}!) {{ {mutation}(input: $input) {{ __typename }} }}"
    one: Any = {} if is_rows else "a"

    extra = price(text, input={name: [one] * 1000}) - price(text, input={name: []})

    is_change = is_rows or mutation == "optOutNumbers"
    assert extra == 1000 * (prices.ROW if is_change else prices.VALUE)


WITH_RESULTS = [
    name.removeprefix("Mutation.")
    for name, field in fields()
    if has_results(field) and f"{get_named_type(field.type).name}.results" not in prices.SIZES
]


@pytest.mark.parametrize("mutation", WITH_RESULTS)
def test_the_results_of_a_batch_are_as_many_as_its_rows(mutation: str) -> None:
    input_type = input_of(mutation)
    rows = next(name for name in ("messages", "phones", "contacts") if name in input_type.fields)
    text = f"mutation ($input: {input_type.name}!) {{ {mutation}(input: $input) {{ results {{ index outcome }} }} }}"

    assert price(text, input={rows: [{}] * 1000}) - price(text, input={rows: []}) == 1000 * (prices.ROW + 3)


def test_a_page_of_changes_counts_as_the_rows_that_it_can_have() -> None:
    one = price(selecting("Query.changes", "(first: 1)", "nodes { __typename }"))

    for arguments, rows in (("", 100), ("(first: 1000)", 1000), ("(first: 9999)", 1000)):
        assert price(selecting("Query.changes", arguments, "nodes { __typename }")) - one == 2 * (rows - 1)


# ------------------------------------------------------------------ what is documented


def table(behind: str) -> dict[str, int]:
    """The first table of the documentation behind a text: its rows, with their numbers."""
    _, found, rest = DOCS.partition(behind)
    assert found
    rows = re.findall(r"^\| (.+) \| ([\d,]+) \|$", rest[rest.index("\n|") :].split("\n\n")[0], re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in rows}


def test_the_documentation_lists_the_prices() -> None:
    mutations = ", ".join(f"`{name}`" for name in sorted(prices.MUTATIONS))

    assert table("For each object:") == {
        "any field, for each object that has it": prices.FIELD,
        "each object of a list or page, in addition to its fields": prices.FIELD,
        f"every {prices.SKIPPED_ROWS} rows that `offset` skips": 1,
    }
    assert f"Any other list counts as {prices.LIST} objects" in DOCS
    assert table("Any other list") == {f"`{name}`": prices.SIZES[name] for name in sorted(prices.SIZES)}
    assert f"The limit is {prices.DEFAULT_LIMIT:,} points" in DOCS
    assert list(table("Muster runs one statement").values()) == [
        prices.STATEMENT,
        prices.COUNTED,
        prices.FACET,
        prices.TOTAL,
        prices.TOTAL_OF_FILTER,
        prices.SEARCH,
        prices.CONDITION,
        prices.VALUE,
        prices.ROW,
        prices.INPUT_VALUES["ContactSelection.ids"],
        prices.INPUT_FIELDS["ContactSelection.matching"],
        prices.MUTATIONS["updateCampaign"],
        prices.CHANGES,
    ]
    assert table("Muster runs one statement")[mutations] == prices.BULK


def test_the_examples_of_the_documentation_cost_what_it_says() -> None:
    examples = table("## Examples")

    assert len(examples) >= 5
    assert {text: price(text.strip("`")) for text in examples} == examples
    [sent] = re.findall(r'"query": "(.+)"\}\'', DOCS)
    assert f'"requested":{price(sent)},"limit":{prices.DEFAULT_LIMIT}' in DOCS
