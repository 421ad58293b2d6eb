"""The cases that the bench measures: the operations for Muster, and the equivalent requests for the floor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from bench import writing
from bench.data import Facts
from bench.names import RARE_NAME
from bench.servers import FLOOR, FLOOR_THAT_WRITES, MUSTER, ON_STARLETTE, PLAIN_SQL, STRAWBERRY, UNCOMPILED, Kind
from schema.ids import Prefix, encode

Ask = Callable[[str, dict[str, Any]], Any]
"""Runs an operation on Muster once, with its variables, and returns the data."""

_CONNECTIONS = 16
_IMPORTERS = 4
_FIELDS = "id phone name email companyName isOptedOut status createdAt"
_PAGE = f"{{ nodes {{ {_FIELDS} tags lists {{ id name contactCount }} }} }}"
_ERRORS = "errors { code message }"
_CURSOR = """
query ($before: DateTime!) {
  contacts(first: 1, filter: {createdAt: {before: $before}}) { edges { cursor node { id createdAt } } }
}
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as sent to a GraphQL server and, with other variables, to the floor's path."""

    query: str
    variables: dict[str, Any]
    path: str
    by_hand: dict[str, Any]
    token: int = 0
    """The index of the account's token that the request uses."""


Errand = Sequence[Request]
"""Requests that a connection sends one after another, for example a create and then an update."""


@dataclass(frozen=True, slots=True)
class Case:
    """`kinds` are the targets, the floor first. `errands` returns the errands of a round by its number.

    A case that writes has one database per target, and each round runs its errands once. So all targets write the same
    rows into tables of the same size. `first` are errands that belong to no round.
    """

    name: str
    kinds: Sequence[Kind]
    first: Sequence[Errand]
    errands: Callable[[int], Sequence[Errand]]
    connections: int = _CONNECTIONS
    writes: bool = False
    rows: int = 0
    """Rows that a request writes, in batch cases."""
    contacts: int = 1
    """Contacts that an errand creates, in cases that write."""

    def of_kinds(self, kinds: Sequence[Kind]) -> "Case":
        return replace(self, kinds=kinds)


FEW = (FLOOR, MUSTER)
OTHERS = (UNCOMPILED, STRAWBERRY)


def _reading(name: str, query: str, asked: Sequence[tuple[Any, Any]], others: Sequence[Kind] = ()) -> Case:
    """Returns a read case. `asked` has each request's variables, for GraphQL and for the floor; requests repeat."""
    errands = [[Request(query, variables, f"/{name}", by_hand)] for variables, by_hand in asked]
    return Case(name, (*FEW, ON_STARLETTE, *others), errands, lambda _: errands)


def page(facts: Facts, ask: Ask) -> Case:
    """Reads 50 contacts with eight fields, their tags and their lists."""
    return _reading("page", f"query Page {{ contacts(first: 50) {_PAGE} }}", [({}, {})], OTHERS)


def one(facts: Facts, ask: Ask) -> Case:
    """Reads a contact by id, with eight fields, for each of 500 contacts in turn."""
    wanted = [{"id": encode(Prefix.CONTACT, UUID(contact_id))} for contact_id in facts.contact_ids]
    query = f"query One($id: ID!) {{ contact(by: {{id: $id}}) {{ {_FIELDS} }} }}"
    return _reading("one", query, [(key, key) for key in wanted], OTHERS)


def search(facts: Facts, ask: Ask) -> Case:
    """Searches for 25 contacts: frequent, rare and absent texts, digits, and first letters, as a person types them."""
    texts = ["grace", "Wanj", "gmail", "nkosi", "Baobab Clinics", RARE_NAME, "xulu", "qqzx", "no such person"]
    texts += [facts.emails[0], facts.emails[1][:9]]
    texts += ["0712 34", "2547", "55 1234", "9999999", facts.phones[0], facts.phones[1][-7:]]
    texts += ["w", "gr", "ñ", "qx", "#"]
    contacts = f"contacts(first: 25, filter: {{search: $search}}) {{ nodes {{ {_FIELDS} }} }}"
    query = f"query Search($search: String!) {{ {contacts} }}"
    return _reading("search", query, [({"search": text}, {"search": text}) for text in texts], [PLAIN_SQL])


def deep(facts: Facts, ask: Ask) -> Case:
    """Reads the page in the middle of the account."""
    edge = ask(_CURSOR, {"before": facts.deep_created_at})["contacts"]["edges"][0]
    query = f"query Deep($after: String!) {{ contacts(first: 50, after: $after) {_PAGE} }}"
    return _reading("deep", query, [({"after": edge["cursor"]}, edge["node"])])


def nested(facts: Facts, ask: Ask) -> Case:
    """Reads three levels: lists, their contacts, and the contacts' tags."""
    contacts = "contacts(first: 10) { nodes { id phone name tags } }"
    query = f"query Nested {{ contactLists(first: 10) {{ nodes {{ id name contactCount {contacts} }} }} }}"
    return _reading("nested", query, [({}, {})], OTHERS)


def write(facts: Facts, seconds: float) -> Case:
    """Creates a contact with two tags, on a list, and then updates some fields and a tag."""
    contact = f"contact {{ {_FIELDS} tags }} {_ERRORS}"
    create = f"mutation Create($input: CreateContactInput!) {{ createContact(input: $input) {{ outcome {contact} }} }}"
    update = f"mutation Update($input: UpdateContactInput!) {{ updateContact(input: $input) {{ {contact} }} }}"

    def errand(place: int) -> Errand:
        first, then = {"input": writing.creation(facts, place)}, {"input": writing.change(place)}
        return (Request(create, first, "/write/create", first), Request(update, then, "/write/update", then))

    return _writing("write", errand, max(_CONNECTIONS, round(500 * seconds)), (), _CONNECTIONS)


def bulk(facts: Facts, seconds: float) -> Case:
    """Creates 1,000 contacts with names, email and two tags, on one list."""
    results = f"results {{ index outcome contact {{ id phone name }} }} {_ERRORS}"
    query = f"mutation Bulk($input: BulkCreateContactsInput!) {{ bulkCreateContacts(input: $input) {{ {results} }} }}"

    def errand(place: int) -> Errand:
        variables = {"input": writing.batch(facts, place)}
        return (Request(query, variables, "/bulk", variables),)

    count = _IMPORTERS * max(1, round(3 * seconds))
    return _writing("bulk", errand, count, OTHERS, _IMPORTERS, rows=writing.BATCH, contacts=writing.BATCH)


def add_campaign(facts: Facts, seconds: float) -> Case:
    """Adds 1,000 people to a campaign. Every other number has no contact; some others are already in the campaign."""
    summary = "summary { total created updated skippedDuplicate failed }"
    results = f"{summary} results {{ index outcome phone campaignContact {{ id }} }} {_ERRORS}"
    query = f"mutation Add($input: AddCampaignContactsInput!) {{ addCampaignContacts(input: $input) {{ {results} }} }}"

    def errand(place: int) -> Errand:
        variables = {"input": writing.campaign_batch(facts, place)}
        return (Request(query, variables, "/addcampaign", variables, place % len(facts.secrets)),)

    count = _IMPORTERS * max(1, round(3 * seconds))
    rows, new = writing.BATCH, writing.NEW_OF_BATCH
    return _writing("addcampaign", errand, count, (), _IMPORTERS, rows=rows, contacts=new)


def _writing(
    name: str,
    errand: Callable[[int], Errand],
    count: int,
    others: Sequence[Kind],
    connections: int,
    *,
    rows: int = 0,
    contacts: int = 1,
) -> Case:
    """Returns a write case. Each round runs `count` errands, and no place is used twice."""
    return Case(
        name,
        (FLOOR_THAT_WRITES, MUSTER, *others),
        [errand(place) for place in range(2)],
        lambda number: [errand(place) for place in range(2 + number * count, 2 + (number + 1) * count)],
        connections,
        writes=True,
        rows=rows,
        contacts=contacts,
    )


READING: dict[str, Callable[[Facts, Ask], Case]] = {
    "page": page,
    "one": one,
    "search": search,
    "deep": deep,
    "nested": nested,
}
WRITING: dict[str, Callable[[Facts, float], Case]] = {"write": write, "bulk": bulk, "addcampaign": add_campaign}
"""By name. The argument `seconds` is the approximate length of a round."""
