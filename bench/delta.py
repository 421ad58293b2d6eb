"""The case `delta`: compares a page of 100 changes with a page of 100 contacts, with the same fields.

A client that synchronizes reads such a page. The changed contacts are spread over the account.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from bench import measuring, report
from bench.cases import FIELDS_OF_PAGE, Case, Request
from bench.data import Facts
from bench.databases import Copies
from bench.measuring import Disagreement
from bench.report import Figures, Round
from bench.servers import MUSTER, Server
from bench.watch import Watch
from schema.ids import IdPrefix, encode

NAME = "delta"
_SIZE = 100
_CONNECTIONS = 16
_CURSOR = "query Cursor { syncCursor }"
_TAG = (
    'mutation Tag($ids: [ID!]!) { tagContacts(input: { contacts: { ids: $ids }, add: ["bench"] }) { errors { code } } }'
)
_PAGE = f"query Page {{ contacts(first: {_SIZE}) {{ nodes {{ {FIELDS_OF_PAGE} }} pageInfo {{ endCursor }} }} }}"
_CHANGES = f"""
query Changes($after: String!) {{
  changes(after: $after, first: {_SIZE}) {{
    nodes {{ kind id isDeleted object {{ ... on Contact {{ {FIELDS_OF_PAGE} }} }} }} pageInfo {{ endCursor }}
  }}
}}
"""


def measure(database: str, copies: Copies, watch: Watch, count: int, seconds: float) -> list[Figures]:
    """Measures both pages in each round, first that of contacts."""
    rounds: dict[str, list[Round]] = {}
    case = Case(NAME, (MUSTER,), (), lambda _: (), _CONNECTIONS)
    with copies.copy(NAME) as url, MUSTER.serve(url, copies.facts, watch) as muster:
        requests = {"page": Request(_PAGE, {}), "changes": Request(_CHANGES, {"after": _change(muster, copies.facts)})}
        for _ in range(count):
            for name, request in requests.items():
                rounds.setdefault(name, []).append(measuring.load(case, muster, [[request]], seconds))
    return list(_lines(database, rounds))


def _lines(database: str, rounds: dict[str, list[Round]]) -> Iterator[Figures]:
    for name, of in rounds.items():
        yield report.figures((NAME, database, name), of, rounds["page"])


def _change(muster: Server, facts: Facts) -> str:
    """Changes 100 contacts, and returns the cursor before these changes."""
    before: str = measuring.asked(muster, Request(_CURSOR, {}))["syncCursor"]
    ids = [encode(IdPrefix.CONTACT, UUID(contact_id)) for contact_id in facts.contact_ids[:_SIZE]]
    measuring.asked(muster, Request(_TAG, {"ids": ids}))
    found: Any = measuring.asked(muster, Request(_CHANGES, {"after": before}))["changes"]["nodes"]
    if {node["object"]["id"] for node in found} != set(ids):
        raise Disagreement(
            f"{NAME}: the page of changes has {len(found)} objects instead of the {len(ids)} changed ones"
        )
    return before
