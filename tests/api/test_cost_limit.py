"""An operation that could fetch too much is refused before any of it runs."""

import pytest

from schema.execution import RequestError
from tests.api_client import Api, counted_statements

DEEP = "{ contacts(first: 100) { nodes { lists { contacts(first: 100) { nodes { lists { id } } } } } } }"
SPREAD = """
{ ...A ...A }
fragment A on Query { contacts(first: 100) { nodes { lists { ...B } } } }
fragment B on ContactList { contacts(first: 100) { nodes { lists { contacts(first: 100) { nodes { id } } } } } }
"""
BY_VARIABLE = """
query ($size: Int) { contacts(first: $size) { nodes { lists { contacts(first: $size) { nodes { lists { id } } } } } } }
"""
LISTS_OF_PAGE = "a{}: contacts(first: 100) {{ nodes {{ lists {{ id }} }} }}"
ALIASED = "{" + " ".join(map(LISTS_OF_PAGE.format, range(500))) + "}"


@pytest.mark.parametrize("text", [DEEP, SPREAD, BY_VARIABLE, ALIASED])
async def test_too_much_is_refused(api: Api, text: str) -> None:
    with counted_statements() as statements, pytest.raises(RequestError) as refused:
        await api.ask(text)

    (error,) = refused.value.errors
    assert error.extensions == {"code": "QUERY_TOO_COMPLEX"}
    assert "at most 500000 are allowed" in error.message
    assert statements == []


@pytest.mark.parametrize(
    "text",
    [
        DEEP.replace("100", "50"),
        "{ contactLists { nodes { contacts(first: 100) { nodes { tags lists { name } assignees { name } } } } } }",
        "{ contacts(first: 100) { edges { node { lists { contacts { nodes { id } } } } } } }",
        "{ __schema { types { fields { args { type { ofType { ofType { name } } } } } } } }",
    ],
)
async def test_what_people_ask_for_is_answered(api: Api, text: str) -> None:
    assert await api.run(text)
