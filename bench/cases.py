"""The cases that the bench measures: the operations for Muster, and the equivalent requests for the floor."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
_OTHERS = (UNCOMPILED, STRAWBERRY)
NAMES = ("page", "one", "search", "deep", "nested", "write", "bulk", "addcampaign")

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


Step = tuple[str, str, Callable[[int], dict[str, Any]]]
"""A request of an errand: its query, its path on the floor, and its input for a place."""


def cases(facts: Facts, seconds: float) -> dict[str, Case]:
    """Returns the cases by name. `seconds` is the approximate length of a round that writes."""
    return {case.name: case for case in (*_that_read(facts), *_that_write(facts, seconds))}


def _that_read(facts: Facts) -> Iterator[Case]:
    # 50 contacts with eight fields, their tags and their lists.
    yield _reading("page", f"query Page {{ contacts(first: 50) {_PAGE} }}", [{}], _OTHERS)

    # A contact by id, with eight fields, for each of 500 contacts in turn.
    query = f"query One($id: ID!) {{ contact(by: {{id: $id}}) {{ {_FIELDS} }} }}"
    yield _reading("one", query, [{"id": id} for id in facts.contact_ids], _OTHERS)

    # 25 contacts: frequent, rare and absent texts, digits, and first letters, as a person types them.
    texts = ["mercy", "Wanj", "gmail", "nkosi", "Baobab Clinics", RARE_NAME, "xulu", "qqzx", "no such person"]
    texts += [facts.emails[0], facts.emails[1][:9], facts.phones[0], facts.phones[1][-7:]]
    texts += ["0712 34", "2547", "55 1234", "9999999", "w", "gr", "ñ", "qx", "#"]
    contacts = f"contacts(first: 25, filter: {{search: $search}}) {{ nodes {{ {_FIELDS} }} }}"
    query = f"query Search($search: String!) {{ {contacts} }}"
    yield _reading("search", query, [{"search": text} for text in texts])

    # The page in the middle of the account.
    cursor, middle = NEWEST_CONTACTS.encode([facts.middle_id]), encode(IdPrefix.CONTACT, UUID(facts.middle_id))
    query = f"query Deep($after: String!) {{ contacts(first: 50, after: $after) {_PAGE} }}"
    yield _reading("deep", query, [{"after": cursor, "id": middle}])

    # Three levels: lists, their contacts, and the contacts' tags.
    contacts = "contacts(first: 10) { nodes { id phone name tags } }"
    query = f"query Nested {{ contactLists(first: 10) {{ nodes {{ id name contactCount {contacts} }} }} }}"
    yield _reading("nested", query, [{}], _OTHERS)


def _reading(name: str, query: str, asked: Sequence[dict[str, Any]], others: Sequence[Kind] = ()) -> Case:
    """Returns a read case. `asked` has each request's variables; the requests repeat, each time by another token."""
    places = range(max(len(asked), TOKENS))
    errands = [[Request(query, asked[place % len(asked)], f"/{name}", place % TOKENS)] for place in places]
    return Case(name, (FLOOR, MUSTER, ON_STARLETTE, *others), errands, lambda _: errands)


def _that_write(facts: Facts, seconds: float) -> Iterator[Case]:
    # Creates a contact with two tags, on a list, and then updates some fields and a tag.
    contact = f"contact {{ {_FIELDS} tags }} {_ERRORS}"
    create = f"mutation Create($input: CreateContactInput!) {{ createContact(input: $input) {{ outcome {contact} }} }}"
    update = f"mutation Update($input: UpdateContactInput!) {{ updateContact(input: $input) {{ {contact} }} }}"
    steps: list[Step] = [(create, "/create", partial(writing.creation, facts)), (update, "/update", writing.change)]
    yield _writing("write", steps, seconds)

    # Creates 1,000 contacts with names, email and two tags, on one list.
    results = f"results {{ index outcome contact {{ id phone name }} }} {_ERRORS}"
    query = f"mutation Bulk($input: BulkCreateContactsInput!) {{ bulkCreateContacts(input: $input) {{ {results} }} }}"
    steps = [(query, "/bulk", partial(writing.batch, facts))]
    yield _writing("bulk", steps, seconds, _OTHERS, contacts=writing.BATCH)

    # Adds 1,000 people to a campaign, without a floor. Every other number has no contact; others may be in it.
    summary = "summary { total created updated skippedDuplicate failed }"
    results = f"{summary} results {{ index outcome phone campaignContact {{ id }} }} {_ERRORS}"
    query = f"mutation Add($input: AddCampaignContactsInput!) {{ addCampaignContacts(input: $input) {{ {results} }} }}"
    steps = [(query, "", partial(writing.campaign_batch, facts))]
    yield replace(_writing("addcampaign", steps, seconds, contacts=writing.NEW_OF_BATCH), kinds=[MUSTER])


def _writing(
    name: str, steps: Sequence[Step], seconds: float, others: Sequence[Kind] = (), *, contacts: int = 1
) -> Case:
    """Returns a write case. Each round runs the same number of errands, and no place is used twice."""
    connections = CONNECTIONS if contacts == 1 else _IMPORTERS
    count = max(connections, round(500 * seconds)) if contacts == 1 else connections * max(1, round(3 * seconds))

    def errands(places: range) -> Sequence[Errand]:
        return [
            [Request(query, {"input": given(place)}, path, place % TOKENS) for query, path, given in steps]
            for place in places
        ]

    def of_round(number: int) -> Sequence[Errand]:
        return errands(range(2 + number * count, 2 + (number + 1) * count))

    return Case(name, (FLOOR, MUSTER, *others), errands(range(2)), of_round, connections, True, contacts)
