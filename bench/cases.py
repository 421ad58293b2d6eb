"""What is measured: for each case the operation that Muster runs, and what either server is asked with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bench.data import Facts
from bench.names import RARE_NAME
from schema.ids import Prefix, encode

Ask = Callable[[str, dict[str, Any]], Any]
"""Asks Muster once: operation and variables in, data out."""

_FIELDS = "id phone name email companyName isOptedOut status createdAt"
_PAGE = f"{{ nodes {{ {_FIELDS} tags lists {{ id name contactCount }} }} }}"
_CURSOR = """
query ($before: DateTime!) {
  contacts(first: 1, filter: {createdAt: {before: $before}}) { edges { cursor node { id createdAt } } }
}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """`muster` and `floor` are the variables of the same requests, in order, which are asked over and over."""

    name: str
    query: str
    muster: list[dict[str, Any]]
    floor: list[dict[str, Any]]


def page(facts: Facts, ask: Ask) -> Case:
    """50 contacts with eight fields, their tags and their lists."""
    return Case("page", f"query Page {{ contacts(first: 50) {_PAGE} }}", [{}], [{}])


def one(facts: Facts, ask: Ask) -> Case:
    """A contact by its id, with eight fields; 500 of them in turn."""
    wanted = [{"id": encode(Prefix.CONTACT, UUID(contact_id))} for contact_id in facts.contact_ids]
    return Case("one", f"query One($id: ID!) {{ contact(by: {{id: $id}}) {{ {_FIELDS} }} }}", wanted, wanted)


def search(facts: Facts, ask: Ask) -> Case:
    """25 contacts for a text: frequent, rare and absent ones, and digits, as a person types them."""
    texts = ["grace", "Wanj", "gmail", "nkosi", "Baobab Clinics", RARE_NAME, "xulu", "qqzx", "no such person"]
    texts += [facts.emails[0], facts.emails[1][:9]]
    texts += ["0712 34", "2547", "55 1234", "9999999", facts.phones[0], facts.phones[1][-7:]]
    wanted = [{"search": text} for text in texts]
    contacts = f"contacts(first: 25, filter: {{search: $search}}) {{ nodes {{ {_FIELDS} }} }}"
    query = f"query Search($search: String!) {{ {contacts} }}"
    return Case("search", query, wanted, wanted)


def deep(facts: Facts, ask: Ask) -> Case:
    """The page behind three quarters of the account."""
    edge = ask(_CURSOR, {"before": facts.deep_created_at})["contacts"]["edges"][0]
    query = f"query Deep($after: String!) {{ contacts(first: 50, after: $after) {_PAGE} }}"
    return Case("deep", query, [{"after": edge["cursor"]}], [edge["node"]])


def nested(facts: Facts, ask: Ask) -> Case:
    """Three levels: lists, their contacts, their tags."""
    contacts = "contacts(first: 10) { nodes { id phone name tags } }"
    query = f"query Nested {{ contactLists(first: 10) {{ nodes {{ id name contactCount {contacts} }} }} }}"
    return Case("nested", query, [{}], [{}])


CASES: dict[str, Callable[[Facts, Ask], Case]] = {
    "page": page,
    "one": one,
    "search": search,
    "deep": deep,
    "nested": nested,
}
