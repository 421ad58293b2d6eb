"""The number of statements depends on the selection, never on the number of rows."""

from typing import Any

import pytest

from tests.support.api_client import Api, counted_statements
from tests.support.operations import SCHEMA
from tests.support.relations import (
    ALONE,
    MANY,
    PATHS,
    Filled,
    create_linked_rows,
    full_selection,
    has_total,
    leaves_without_relations,
    operation,
    relations,
)


@pytest.fixture
async def filled(api: Api) -> Filled:
    return await create_linked_rows(api)


async def cost(api: Api, filled: Filled, selected: str, count: int) -> tuple[int, Any]:
    """Returns the number of statements that a selection runs for `count` rows, and the answer."""
    text, variables = operation(selected, filled, count)
    with counted_statements() as statements:
        answer = await api.run(text, **variables)
    return len(statements), answer


def nodes_of(answer: Any) -> list[Any]:
    (found,) = answer.values()
    if "entries" in found:
        found = found["entries"]
    nodes = list(found if isinstance(found, list) else found["nodes"])
    return [row for node in nodes for row in (node["rows"]["nodes"] if "rows" in node else [node])]


def test_every_type_with_relations_is_reached_here() -> None:
    assert {name for name, _ in relations()} == PATHS.keys() | ALONE


async def test_every_relation_costs_one_statement_for_one_row_as_for_fifty(api: Api, filled: Filled) -> None:
    costs, expected = {}, {}
    for name, field in relations():
        if name in ALONE:
            continue
        for count in (1, MANY):
            without, _ = await cost(api, filled, PATHS[name] % "__typename", count)
            with_it, answer = await cost(api, filled, PATHS[name] % full_selection(name, field), count)
            costs[f"{name}.{field} of {count}"] = with_it - without
            expected[f"{name}.{field} of {count}"] = 1
            assert len(nodes_of(answer)) >= count

    assert costs == expected


async def test_every_relation_has_something_to_show_here(api: Api, filled: Filled) -> None:
    """Otherwise the counts above would prove nothing."""
    empty = []
    for name, field in relations():
        if name not in ALONE:
            _, answer = await cost(api, filled, PATHS[name] % full_selection(name, field), MANY)
            shown = [node[field] for node in nodes_of(answer)]
            if not any(one["nodes"] if isinstance(one, dict) and "nodes" in one else one for one in shown):
                empty.append(f"{name}.{field}")

    assert empty == []


async def test_a_total_costs_one_statement_more_for_one_row_as_for_fifty(api: Api, filled: Filled) -> None:
    for name, field in relations():
        # A review stores the number of its entries in its directory: see test_entries.
        if name in (*ALONE, "CampaignReview") or not has_total(name, field):
            continue
        for count in (1, MANY):
            without, _ = await cost(api, filled, PATHS[name] % f"{field} {{ nodes {{ __typename }} }}", count)
            counted, _ = await cost(
                api, filled, PATHS[name] % f"{field} {{ totalCount nodes {{ __typename }} }}", count
            )
            alone, _ = await cost(api, filled, PATHS[name] % f"{field} {{ totalCount }}", count)

            assert (name, field, counted - without, alone - without) == (name, field, 1, 0)


DEEP = """
contacts(first: $first) {
  nodes {
    id owner { name ownedContactCount assignedContactCount }
    assignees { name }
    lists { name contacts(first: 3) { totalCount nodes { name owner { name } lists { name } } } }
    campaigns { name createdBy { name } segments { segmentId } contacts(first: 2) { nodes { contact { name } } } }
    messages(first: 2) { nodes { body user { name } campaign { name lists { name } } } }
  }
}
"""


async def test_a_deep_selection_costs_a_statement_a_relation_however_many_rows_there_are(
    api: Api, filled: Filled
) -> None:
    one, _ = await cost(api, filled, DEEP, 1)
    many, _ = await cost(api, filled, DEEP, MANY)

    assert one == many == 19


PAGE = """
contacts(first: $first) {
  nodes {
    id phone firstName lastName name email companyName createdAt isOptedOut
    tags lists { id name contactCount }
  }
  pageInfo { hasNextPage endCursor }
}
"""


async def test_a_page_of_contacts_with_tags_and_lists_costs_three_statements_at_most(api: Api, filled: Filled) -> None:
    one, _ = await cost(api, filled, PAGE, 1)
    many, answer = await cost(api, filled, PAGE, MANY)

    assert len(answer["contacts"]["nodes"]) == MANY
    assert one == many <= 3


async def test_a_contact_with_all_its_own_fields_costs_one_statement(api: Api, filled: Filled) -> None:
    own = " ".join(leaves_without_relations(SCHEMA.type_map["Contact"]))

    with counted_statements() as statements:
        await api.run(f'{{ contact(by: {{phone: "+254712000007"}}) {{ {own} operator {{ name country }} }} }}')

    assert len(statements) == 1


async def test_a_search_costs_three_statements_at_most_whatever_it_finds(api: Api, filled: Filled) -> None:
    for text in ("contact", "+25471200000", "contact +254712000007", "nobody", "a", "qx", "#", "n@"):
        with counted_statements() as statements:
            await api.run("query ($s: String) { contacts(filter: {search: $s}) { nodes { id } } }", s=text)

        assert (text, len(statements) <= 3) == (text, True)
