"""The cases that the bench measures: the operations for Muster, and the equivalent requests for the floor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from bench import writing
from bench.data import RARE_NAME, TOKENS, Facts
from bench.servers import FLOOR, MUSTER, ON_STARLETTE, STRAWBERRY, UNCOMPILED, Kind, Request
from resolvers.query.default_orders import NEWEST_CONTACTS
from schema.ids import IdPrefix, encode

CONNECTIONS = 16
_IMPORTERS = 4
_FIELDS = "id phone name email companyName isOptedOut status createdAt"
FIELDS_OF_PAGE = f"{_FIELDS} tags lists {{ id name contactCount }}"
_PAGE = f"{{ nodes {{ {FIELDS_OF_PAGE} }} }}"
_ERRORS = "errors { code message }"


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
    connections: int = CONNECTIONS
    writes: bool = False
    contacts: int = 1
    """Contacts that an errand creates, in cases that write."""


_OTHERS = (UNCOMPILED, STRAWBERRY)


def _reading(name: str, query: str, asked: Sequence[dict[str, Any]], others: Sequence[Kind] = ()) -> Case:
    """Returns a read case. `asked` has each request's variables; the requests repeat, each time by another token."""
    places = range(max(len(asked), TOKENS))
    errands = [[Request(query, asked[place % len(asked)], f"/{name}", place % TOKENS)] for place in places]
    return Case(name, (FLOOR, MUSTER, ON_STARLETTE, *others), errands, lambda _: errands)


def page(facts: Facts, seconds: float) -> Case:
    """Reads 50 contacts with eight fields, their tags and their lists."""
    return _reading("page", f"query Page {{ contacts(first: 50) {_PAGE} }}", [{}], _OTHERS)


def one(facts: Facts, seconds: float) -> Case:
    """Reads a contact by id, with eight fields, for each of 500 contacts in turn."""
    wanted = [{"id": encode(IdPrefix.CONTACT, UUID(contact_id))} for contact_id in facts.contact_ids]
    query = f"query One($id: ID!) {{ contact(by: {{id: $id}}) {{ {_FIELDS} }} }}"
    return _reading("one", query, wanted, _OTHERS)


def search(facts: Facts, seconds: float) -> Case:
    """Searches for 25 contacts: frequent, rare and absent texts, digits, and first letters, as a person types them."""
    texts = ["mercy", "Wanj", "gmail", "nkosi", "Baobab Clinics", RARE_NAME, "xulu", "qqzx", "no such person"]
    texts += [facts.emails[0], facts.emails[1][:9], facts.phones[0], facts.phones[1][-7:]]
    texts += ["0712 34", "2547", "55 1234", "9999999", "w", "gr", "ñ", "qx", "#"]
    contacts = f"contacts(first: 25, filter: {{search: $search}}) {{ nodes {{ {_FIELDS} }} }}"
    query = f"query Search($search: String!) {{ {contacts} }}"
    return _reading("search", query, [{"search": text} for text in texts])


def deep(facts: Facts, seconds: float) -> Case:
    """Reads the page in the middle of the account."""
    cursor, middle = NEWEST_CONTACTS.encode([facts.middle_id]), encode(IdPrefix.CONTACT, UUID(facts.middle_id))
    query = f"query Deep($after: String!) {{ contacts(first: 50, after: $after) {_PAGE} }}"
    return _reading("deep", query, [{"after": cursor, "id": middle}])


def nested(facts: Facts, seconds: float) -> Case:
    """Reads three levels: lists, their contacts, and the contacts' tags."""
    contacts = "contacts(first: 10) { nodes { id phone name tags } }"
    query = f"query Nested {{ contactLists(first: 10) {{ nodes {{ id name contactCount {contacts} }} }} }}"
    return _reading("nested", query, [{}], _OTHERS)


def write(facts: Facts, seconds: float) -> Case:
    """Creates a contact with two tags, on a list, and then updates some fields and a tag."""
    contact = f"contact {{ {_FIELDS} tags }} {_ERRORS}"
    create = f"mutation Create($input: CreateContactInput!) {{ createContact(input: $input) {{ outcome {contact} }} }}"
    update = f"mutation Update($input: UpdateContactInput!) {{ updateContact(input: $input) {{ {contact} }} }}"

    def errand(place: int) -> Errand:
        first, then = {"input": writing.creation(facts, place)}, {"input": writing.change(place)}
        token = place % TOKENS
        return [Request(create, first, "/create", token), Request(update, then, "/update", token)]

    return _writing("write", errand, seconds)


def bulk(facts: Facts, seconds: float) -> Case:
    """Creates 1,000 contacts with names, email and two tags, on one list."""
    results = f"results {{ index outcome contact {{ id phone name }} }} {_ERRORS}"
    query = f"mutation Bulk($input: BulkCreateContactsInput!) {{ bulkCreateContacts(input: $input) {{ {results} }} }}"

    def errand(place: int) -> Errand:
        return [Request(query, {"input": writing.batch(facts, place)}, "/bulk", place % TOKENS)]

    return _writing("bulk", errand, seconds, _OTHERS, contacts=writing.BATCH)


def add_campaign(facts: Facts, seconds: float) -> Case:
    """Adds 1,000 people to a campaign, without a floor. Every other number has no contact; some others are already in
    the campaign.
    """
    summary = "summary { total created updated skippedDuplicate failed }"
    results = f"{summary} results {{ index outcome phone campaignContact {{ id }} }} {_ERRORS}"
    query = f"mutation Add($input: AddCampaignContactsInput!) {{ addCampaignContacts(input: $input) {{ {results} }} }}"

    def errand(place: int) -> Errand:
        return [Request(query, {"input": writing.campaign_batch(facts, place)}, token=place % TOKENS)]

    return replace(_writing("addcampaign", errand, seconds, contacts=writing.NEW_OF_BATCH), kinds=[MUSTER])


def _writing(
    name: str, errand: Callable[[int], Errand], seconds: float, others: Sequence[Kind] = (), *, contacts: int = 1
) -> Case:
    """Returns a write case. Each round runs the same number of errands, and no place is used twice."""
    connections = CONNECTIONS if contacts == 1 else _IMPORTERS
    count = max(connections, round(500 * seconds)) if contacts == 1 else connections * max(1, round(3 * seconds))

    def errands(number: int) -> Sequence[Errand]:
        return [errand(place) for place in range(2 + number * count, 2 + (number + 1) * count)]

    first = [errand(place) for place in range(2)]
    return Case(name, (FLOOR, MUSTER, *others), first, errands, connections, writes=True, contacts=contacts)


CASES: dict[str, Callable[[Facts, float], Case]]
CASES = {"page": page, "one": one, "search": search, "deep": deep, "nested": nested}
CASES |= {"write": write, "bulk": bulk, "addcampaign": add_campaign}
"""By name. The argument `seconds` is the approximate length of a round that writes."""
