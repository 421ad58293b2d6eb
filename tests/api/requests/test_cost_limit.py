"""Expensive operations are refused before they run."""

from typing import Any

import pytest

from schema.execution import RequestError
from tests.support.api_client import Api, counted_statements


def aliased(field: str, count: int) -> str:
    return "{" + " ".join(f"a{number}: {field}" for number in range(count)) + "}"


def in_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {in_text(inner)}" for name, inner in value.items()) + "}"
    return "[" + ", ".join(map(in_text, value)) + "]" if isinstance(value, list) else f'"{value}"'


DEEP = "{ contacts(first: 100) { nodes { lists { contacts(first: 100) { nodes { lists { id } } } } } } }"
SPREAD = """
{ ...A ...A }
fragment A on Query { contacts(first: 100) { nodes { lists { ...B } } } }
fragment B on ContactList { contacts(first: 100) { nodes { lists { contacts(first: 100) { nodes { id } } } } } }
"""
BY_VARIABLE = """
query ($size: Int = 100) {
  contacts(first: $size) { nodes { lists { contacts(first: $size) { nodes { lists { id } } } } } }
}
"""
LISTS_OF_PAGE = "contacts(first: 100) { nodes { lists { id } } }"
SEARCHED_TOTAL = 'contacts(filter: {search: "mail"}) { totalCount }'
COUNTED_USERS = "users(first: 100) { nodes { ownedContactCount assignedContactCount } }"
SKIPPING = "contactLists(first: 100) { nodes { contacts(first: 1, offset: 10000) { nodes { id } } } }"
FILTERED = "query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } } }"
TAGS_AND_LISTS = {"anyTags": ["farmer"] * 1000, "listIds": ["lst_01jd8vq0c5fj2v7wq1x3ynm8za"] * 1000}
ALTERNATIVES = "query ($any: [ContactFilter!]) { contacts(filter: {or: $any}) { nodes { id } } }"
WRITTEN = "{ contacts(filter: {or: ANY}) { nodes { id } } }".replace("ANY", in_text([{"search": "mail"}] * 200))
LISTED = """
query ($tags: [String!], $lists: [ID!]) { contacts(filter: {or: [ANY]}) { nodes { id } } }
"""


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        (DEEP, {}),
        (SPREAD, {}),
        (BY_VARIABLE, {}),
        (BY_VARIABLE, {"size": 80.0}),
        (aliased(LISTS_OF_PAGE, 500), {}),
        (aliased(SEARCHED_TOTAL, 300), {}),
        (aliased(COUNTED_USERS, 500), {}),
        (aliased('contactLists(search: "a") { nodes { id } }', 300), {}),
        (aliased(SKIPPING, 10), {}),
        (FILTERED, {"filter": {"or": [TAGS_AND_LISTS] * 300}}),
        (FILTERED, {"filter": {"and": [{"not": {"or": [TAGS_AND_LISTS] * 300}}]}}),
        (FILTERED, {"filter": {"or": [{"isVerified": True}] * 200_000}}),
        (ALTERNATIVES, {"any": [TAGS_AND_LISTS] * 300}),
        (
            LISTED.replace("ANY", "{anyTags: $tags, listIds: $lists}" * 300),
            {"tags": ["a"] * 1000, "lists": ["b"] * 1000},
        ),
        (WRITTEN, {}),
    ],
)
async def test_too_much_is_refused(api: Api, text: str, variables: dict[str, Any]) -> None:
    with counted_statements() as statements, pytest.raises(RequestError) as refused:
        await api.ask(text, **variables)

    (error,) = refused.value.errors
    assert error.extensions is not None
    assert (error.extensions["code"], error.extensions["cost"]["limit"]) == ("QUERY_TOO_COMPLEX", 1_000_000)
    assert error.extensions["cost"]["requested"] > 1_000_000
    assert "at most 1000000 is allowed" in error.message
    assert statements == []


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        (DEEP.replace("100", "50"), {}),
        (BY_VARIABLE, {"size": 50}),
        (BY_VARIABLE, {"size": None}),
        (
            "{ contactLists { nodes { contacts(first: 100) { nodes { tags lists { name } assignees { name } } } } } }",
            {},
        ),
        ("{ contacts(first: 100) { edges { node { lists { contacts { nodes { id } } } } } } }", {}),
        ("{ __schema { types { fields { args { type { ofType { ofType { name } } } } } } } }", {}),
        (aliased(SEARCHED_TOTAL, 30), {}),
        (aliased(COUNTED_USERS, 20), {}),
        (FILTERED, {"filter": TAGS_AND_LISTS | {"listIds": []}}),
        (FILTERED, {"filter": {"or": [{"isVerified": True}] * 1000}}),
    ],
)
async def test_what_people_ask_for_is_answered(api: Api, text: str, variables: dict[str, Any]) -> None:
    assert await api.run(text, **variables)


async def test_a_batch_of_the_most_rows_is_taken(api: Api) -> None:
    list_id = await api.make_list("Farmers")
    rows = [
        {
            "phone": f"0712{number:06}",
            "firstName": "Ann",
            "tags": [f"t{tag}" for tag in range(50)],
            "listIds": [list_id],
        }
        for number in range(1000)
    ]

    answer = await api.run(
        "mutation ($contacts: [ContactInput!]!) { "
        "bulkCreateContacts(input: {contacts: $contacts}) { summary { created } "
        "results { index contact { id phone tags lists { name } assignees { name } } error { code message } } } }",
        contacts=rows,
    )

    assert answer["bulkCreateContacts"]["summary"] == {"created": 1000}


@pytest.mark.parametrize(
    ("text", "variables", "path", "price"),
    [
        (aliased(SEARCHED_TOTAL, 300), {}, ["a0", "totalCount"], 21_000),
        (aliased(COUNTED_USERS, 500), {}, ["a0", "nodes"], 40_300),
        (FILTERED, {"filter": {"or": [TAGS_AND_LISTS] * 300}}, ["contacts"], None),
        (
            "query ($n: Int) { viewer { id } page: contacts(first: $n) { ...P } } fragment P on ContactConnection "
            "{ nodes { lists { all: contacts(first: $n) { nodes { assignees { name email } } } } } }",
            {"n": 100},
            ["page", "nodes", "lists", "all", "nodes", "assignees"],
            100 + 100 * 10 * 100 * 31,
        ),
    ],
)
async def test_the_error_names_what_costs_most(
    api: Api, text: str, variables: dict[str, Any], path: list[str], price: int | None
) -> None:
    with pytest.raises(RequestError) as refused:
        await api.ask(text, **variables)

    (error,) = refused.value.errors
    assert error.extensions is not None
    assert error.extensions["cost"]["path"] == path
    assert f"Its most expensive part is {'.'.join(path)}, which costs {price or ''}" in error.message
