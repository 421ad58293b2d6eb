"""Trashed contacts are shown only on request. Expired ones are invisible even before the purge."""

from typing import Any

import pytest

from tests.support.api_client import DAY, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.rows import add_to_campaign, make_campaign, make_message

TRASH = "mutation ($id: ID!) { trashContacts(input: {contacts: {ids: [$id]}}) { count } }"
AT_THE_END = MONDAY + 90 * DAY


class Trashed:
    """A contact trashed on MONDAY, with everything linked to it."""

    def __init__(self, contact: str, list_id: str, campaign: str, place: str, message: str) -> None:
        self.contact = contact
        self.list_id = list_id
        self.campaign = campaign
        self.place = place
        self.message = message


@pytest.fixture
async def trashed(api: Api) -> Trashed:
    list_id = await api.make_list("Farmers")
    campaign = await make_campaign(api, "Spring", contact_count=1)
    contact = await api.make_contact(
        "0712 345 678", firstName="Amina", externalId="A-1", tags=["vip"], listIds=[list_id]
    )
    place = await add_to_campaign(api, campaign, contact)
    message = await make_message(api, "+254712345678")
    await api.run(TRASH, id=contact)
    return Trashed(contact, list_id, campaign, place, message)


CONTACTS = "query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } totalCount } }"
SHOWN = """
query ($id: ID!, $list: ID!, $campaign: ID!, $place: ID!, $message: ID!) {
  byId: contact(by: {id: $id}) { id deletedAt }
  byPhone: contact(by: {phone: "+254712345678"}) { id }
  byExternalId: contact(by: {externalId: "A-1"}) { id }
  node(id: $id) { id }
  place: node(id: $place) { id }
  contacts { totalCount }
  inTrash: contacts(filter: {state: TRASHED}) { totalCount }
  anywhere: contacts(filter: {state: ANY, search: "amina"}) { nodes { id } totalCount }
  tags { name }
  contactList(id: $list) {
    contactCount contacts { totalCount } inTrash: contacts(filter: {state: TRASHED}) { nodes { id } }
  }
  campaign: node(id: $campaign) { ... on Campaign { contactCount contacts { totalCount } } }
  message: node(id: $message) { ... on Message { contact { id } } }
  phoneLookup(text: "+254712345678") { contact { id } }
  viewer { user { ownedContactCount } }
}
"""


async def shown(api: Api, trashed: Trashed) -> Any:
    return await api.run(
        SHOWN,
        id=trashed.contact,
        list=trashed.list_id,
        campaign=trashed.campaign,
        place=trashed.place,
        message=trashed.message,
    )


async def test_a_trashed_contact_is_shown_where_it_is_asked_for_by_its_id_or_state(api: Api, trashed: Trashed) -> None:
    there = {"id": trashed.contact}

    assert await shown(api.at(TUESDAY), trashed) == {
        "byId": {**there, "deletedAt": iso(MONDAY)},
        "byPhone": None,
        "byExternalId": None,
        "node": there,
        "place": {"id": trashed.place},
        "contacts": {"totalCount": 0},
        "inTrash": {"totalCount": 1},
        "anywhere": {"nodes": [there], "totalCount": 1},
        "tags": [],
        "contactList": {"contactCount": 0, "contacts": {"totalCount": 0}, "inTrash": {"nodes": [there]}},
        "campaign": {"contactCount": 0, "contacts": {"totalCount": 0}},
        "message": {"contact": None},
        "phoneLookup": {"contact": None},
        "viewer": {"user": {"ownedContactCount": 0}},
    }


async def test_what_is_past_its_time_in_the_trash_is_shown_nowhere(api: Api, trashed: Trashed) -> None:
    """No purge has run."""
    assert await shown(api.at(AT_THE_END), trashed) == {
        "byId": None,
        "byPhone": None,
        "byExternalId": None,
        "node": None,
        "place": None,
        "contacts": {"totalCount": 0},
        "inTrash": {"totalCount": 0},
        "anywhere": {"nodes": [], "totalCount": 0},
        "tags": [],
        "contactList": {"contactCount": 0, "contacts": {"totalCount": 0}, "inTrash": {"nodes": []}},
        "campaign": {"contactCount": 0, "contacts": {"totalCount": 0}},
        "message": {"contact": None},
        "phoneLookup": {"contact": None},
        "viewer": {"user": {"ownedContactCount": 0}},
    }


async def test_every_state_leaves_out_what_is_past_its_time(api: Api, trashed: Trashed) -> None:
    states: list[Any] = [{"state": state} for state in ("ACTIVE", "TRASHED", "ANY")]
    inside: list[Any] = [{"state": "ANY", "and": [one]} for one in states] + [
        {"state": "ANY", "not": one} for one in states
    ]

    found = [await api.at(AT_THE_END).run(CONTACTS, filter=filter) for filter in states + inside]

    assert found == [{"contacts": {"nodes": [], "totalCount": 0}}] * 9


async def test_a_trashed_contact_keeps_what_it_is_tied_to(api: Api, trashed: Trashed) -> None:
    ask = (
        "query ($id: ID!) { contact(by: {id: $id}) { lists { name } campaigns { name } tags messages { totalCount } } }"
    )

    answer = await api.run(ask, id=trashed.contact)

    assert answer == {
        "contact": {
            "lists": [{"name": "Farmers"}],
            "campaigns": [{"name": "Spring"}],
            "tags": ["vip"],
            "messages": {"totalCount": 1},
        }
    }


async def test_what_was_trashed_last_comes_first_in_the_trash(api: Api) -> None:
    ids = [await api.make_contact(f"0712 000 00{number}") for number in range(3)]
    for days, contact_id in ((2, ids[0]), (0, ids[1]), (1, ids[2])):
        await api.later(days * DAY).run(TRASH, id=contact_id)
    ask = "{ contacts(filter: {state: TRASHED}, orderBy: [{field: DELETED_AT, direction: DESC}]) { nodes { id } } }"

    with counted_statements() as statements:
        answer = await api.later(3 * DAY).run(ask)

    assert [contact["id"] for contact in answer["contacts"]["nodes"]] == [ids[0], ids[2], ids[1]]
    assert len(statements) == 1
