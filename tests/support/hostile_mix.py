"""Expensive operations, of which a hostile client sends all in turn; the bench and the fault tests share them."""

from typing import Any

_COUNT = 's{}: contacts(filter: {{search: "mail"}}) {{ totalCount }}'
WIDE = """
{
  contacts(first: 100, filter: {search: "mail"}) {
    totalCount
    nodes { id phone name email tags lists { id name contactCount } campaigns { id name } assignees { id } }
  }
}
"""
USERS = "{ users(first: 100) { nodes { id ownedContactCount assignedContactCount } } }"
BULK = "mutation ($rows: [ContactInput!]!) { bulkCreateContacts(input: {contacts: $rows}) { summary { created } } }"
CHANGES = 'subscription { contactChanged(filter: {search: "mail"}) { contact { id lists { id } } } }'
BATCH = 500
EXCESSIVE = 100
"""A number of searches that no single operation should be able to ask for."""


def operation(turn: int) -> tuple[str, dict[str, Any]]:
    """The operation of a turn, and its variables. Of twelve, nine are searches, one of them far too expensive."""
    kind, number = turn % 12, turn // 12
    if kind == 0:
        return USERS, {}
    if kind == 1:
        return WIDE, {}
    if kind == 2:
        return BULK, {"rows": [{"phone": f"+2547{number:05}{row:03}"} for row in range(BATCH)]}
    return searches(EXCESSIVE if kind == 3 else 10), {}


def searches(count: int) -> str:
    return "{ " + " ".join(_COUNT.format(number) for number in range(count)) + " }"
