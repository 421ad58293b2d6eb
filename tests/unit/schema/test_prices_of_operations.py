"""Real operations cost far less than the limit: examples, documentation, the benchmark, and an app's page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from bench.cases import NAMES, cases
from bench.data import DataSet
from schema.cost import pricing
from schema.cost.prices import DEFAULT_LIMIT
from schema.execution import Engine
from schema.root import schema

ROOT = Path(__file__).parents[3]
ENGINE = Engine(schema, pricing=pricing(schema._schema))
PAGE_OF_AN_APP = """
query Page($filter: ContactFilter, $first: Int, $after: String) {
  viewer { account { name } user { id name role ownedContactCount } scopes }
  contactLists(first: 100) { totalCount nodes { id name contactCount } }
  tags { name contactCount }
  contacts(first: $first, after: $after, filter: $filter, orderBy: {field: NAME}) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id phone displayName firstName lastName email companyName notes tags customVariables isOptedOut status country
      operator { name } owner { id name } assignees { id name } lists { id name } campaigns { id name status }
      lastInboundAt lastOutboundAt createdAt updatedAt messages(first: 1) { nodes { body occurredAt } }
    }
  }
}
"""


def price(text: str, variables: dict[str, Any] | None = None, name: str | None = None) -> int:
    operation = ENGINE.prepare(text, name)
    assert operation.price is not None
    return operation.price.of(variables or {})


def examples() -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / "examples" / "operations").glob("*.graphql")):
        for node in parse(path.read_text()).definitions:
            assert isinstance(node, OperationDefinitionNode)
            assert node.name is not None
            yield path, node.name.value


@pytest.mark.parametrize(("path", "name"), list(examples()), ids=lambda each: each if isinstance(each, str) else "")
def test_the_examples(path: Path, name: str) -> None:
    beside = path.with_suffix(".json")
    variables = json.loads(beside.read_text()) if beside.exists() else {}

    assert price(path.read_text(), variables, name) < DEFAULT_LIMIT / 20


def test_the_operations_of_the_readme() -> None:
    sent = re.findall(r'"query": ?("(?:[^"\\]|\\.)+")', (ROOT / "README.md").read_text())

    assert len(sent) >= 3
    assert max(price(json.loads(text)) for text in sent) < DEFAULT_LIMIT / 20


def test_the_cases_of_the_benchmark() -> None:
    data_set = DataSet(600)
    for _ in data_set.pieces():
        pass
    made = cases(data_set.facts(), 1)
    requests = [request for case in made.values() for errand in case.first for request in errand]

    prices = {request.query: price(request.query, request.variables) for request in requests}

    assert tuple(made) == NAMES
    assert len(prices) == len(NAMES) + 1
    assert max(prices.values()) < DEFAULT_LIMIT / 10


@pytest.mark.parametrize("first", [50, 100])
def test_a_page_of_an_app(first: int) -> None:
    conditions = {"search": "mail", "anyTags": ["farmer"] * 20, "listIds": ["a"] * 20, "isOptedOut": False}

    assert price(PAGE_OF_AN_APP, {"first": first, "filter": conditions | {"or": [conditions] * 5}}) < DEFAULT_LIMIT / 4


def test_the_largest_batches() -> None:
    row = {"phoneNumber": "0712345678", "firstName": "Ann", "columns": {"a": "b"}}
    entry = "index bucket phoneNumber firstName columns flags contact { id phone } targetUser { name } error { code }"
    buckets = [name for name in schema._schema.type_map["CampaignReview"].fields if name.endswith("Contacts")]  # type: ignore[attr-defined]
    review = f"review {{ id counts {{ total }} {' '.join(f'{name} {{ {entry} }}' for name in buckets)} }}"
    text = "mutation ($input: ValidateCampaignContactsInput!) { validateCampaignContacts(input: $input) { REVIEW } }"

    assert price(text.replace("REVIEW", review), {"input": {"contacts": [row] * 10_000}}) < DEFAULT_LIMIT / 2
