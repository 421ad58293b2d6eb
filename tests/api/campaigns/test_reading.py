"""Campaigns, their contacts, and messages are readable from contacts and by id. The rows are inserted with SQL."""

from typing import Any

import pytest

from services.accounts.authentication import Scope
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.rows import add_to_campaign, insert, make_campaign, make_message, uuid_of

CAMPAIGN = """
  id name description channel status scheduledAt lists { name } contactCount
  contacts { totalCount nodes { contact { firstName } } }
  segments { segmentId scheduledDate contactCount }
  messages { totalCount nodes { body } } createdBy { name } createdAt updatedAt
"""
PLACE = """
  id campaign { name } contact { firstName } name context extractedData externalId assignee { name } segmentId
  createdAt updatedAt
"""
MESSAGE = """
  id phone contact { firstName } campaign { name } user { name } direction status kind channel body externalId
  occurredAt
"""
OF_CONTACT = f"""
query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $direction: MessageDirection) {{
  contact(by: {{id: $id}}) {{
    campaigns {{ {CAMPAIGN} }}
    campaignContacts {{ totalCount nodes {{ {PLACE} }} }}
    messages(first: $first, after: $after, last: $last, before: $before, direction: $direction) {{
      totalCount nodes {{ {MESSAGE} }} edges {{ cursor }} pageInfo {{ hasNextPage hasPreviousPage }}
    }}
  }}
}}
"""


class World:
    def __init__(
        self, amina: str, brian: str, spring: str, autumn: str, places: list[str], messages: list[str]
    ) -> None:
        self.amina, self.brian, self.spring, self.autumn = amina, brian, spring, autumn
        self.places, self.messages = places, messages


@pytest.fixture
async def world(api: Api) -> World:
    bob, _ = await api.make_user("Bob")
    farmers = await api.make_list("Farmers")
    amina = await api.make_contact("0712 345 678", firstName="Amina", listIds=[farmers])
    brian = await api.make_contact("0733 123 456", firstName="Brian")
    spring = await make_campaign(
        api,
        "Spring",
        description="For the sowing.",
        channel="WHATSAPP",
        status="SCHEDULED",
        scheduled_at=TUESDAY,
        contact_count=2,
        created_by_id=uuid_of(bob),
        updated_at=MONDAY + HOUR,
    )
    autumn = await make_campaign(api, "Autumn", created_at=TUESDAY)
    await insert(
        "campaign_list", account_id=api.account_id, campaign_id=uuid_of(spring), contact_list_id=uuid_of(farmers)
    )
    for segment, date in (("undated", None), ("late", TUESDAY), ("early", MONDAY)):
        await insert(
            "campaign_segment",
            account_id=api.account_id,
            campaign_id=uuid_of(spring),
            segment_id=segment,
            scheduled_date=date,
            contact_count=1,
        )
    places = [
        await add_to_campaign(
            api,
            spring,
            amina,
            name="Mama Amina",
            context="Speaks Swahili.",
            extracted_data={"age": 41, "crops": ["maize", None], "ok": True},
            external_id="f-1",
            assignee_id=uuid_of(bob),
            segment_id="early",
            updated_at=MONDAY + HOUR,
        ),
        await add_to_campaign(api, autumn, amina, created_at=TUESDAY, updated_at=TUESDAY),
        await add_to_campaign(api, spring, brian, created_at=MONDAY + HOUR, segment_id="late"),
    ]
    messages = [
        await make_message(
            api,
            "+254712345678",
            campaign_id=uuid_of(spring),
            user_id=uuid_of(bob),
            body="Habari?",
            external_id="x-1",
            status="DELIVERED",
            channel="WHATSAPP",
        ),
        await make_message(
            api, "+254712345678", occurred_at=MONDAY + HOUR, direction="INBOUND", status="RECEIVED", body="Nzuri!"
        ),
        await make_message(
            api, "+254733123456", occurred_at=TUESDAY, kind="VERIFICATION", campaign_id=uuid_of(spring), body="Karibu"
        ),
    ]
    return World(amina, brian, spring, autumn, places, messages)


def spring(world: World) -> dict[str, Any]:
    return {
        "id": world.spring,
        "name": "Spring",
        "description": "For the sowing.",
        "channel": "WHATSAPP",
        "status": "SCHEDULED",
        "scheduledAt": iso(TUESDAY),
        "lists": [{"name": "Farmers"}],
        "contactCount": 2,
        "contacts": {
            "totalCount": 2,
            "nodes": [{"contact": {"firstName": "Amina"}}, {"contact": {"firstName": "Brian"}}],
        },
        "segments": [
            {"segmentId": "early", "scheduledDate": iso(MONDAY), "contactCount": 1},
            {"segmentId": "late", "scheduledDate": iso(TUESDAY), "contactCount": 1},
            {"segmentId": "undated", "scheduledDate": None, "contactCount": 1},
        ],
        "messages": {"totalCount": 2, "nodes": [{"body": "Karibu"}, {"body": "Habari?"}]},
        "createdBy": {"name": "Bob"},
        "createdAt": iso(MONDAY),
        "updatedAt": iso(MONDAY + HOUR),
    }


def autumn(world: World) -> dict[str, Any]:
    return {
        "id": world.autumn,
        "name": "Autumn",
        "description": None,
        "channel": "SMS",
        "status": "DRAFT",
        "scheduledAt": None,
        "lists": [],
        "contactCount": 0,
        "contacts": {"totalCount": 1, "nodes": [{"contact": {"firstName": "Amina"}}]},
        "segments": [],
        "messages": {"totalCount": 0, "nodes": []},
        "createdBy": None,
        "createdAt": iso(TUESDAY),
        "updatedAt": iso(MONDAY),
    }


def in_spring(world: World) -> dict[str, Any]:
    return {
        "id": world.places[0],
        "campaign": {"name": "Spring"},
        "contact": {"firstName": "Amina"},
        "name": "Mama Amina",
        "context": "Speaks Swahili.",
        "extractedData": {"age": 41, "crops": ["maize", None], "ok": True},
        "externalId": "f-1",
        "assignee": {"name": "Bob"},
        "segmentId": "early",
        "createdAt": iso(MONDAY),
        "updatedAt": iso(MONDAY + HOUR),
    }


def outbound(world: World) -> dict[str, Any]:
    return {
        "id": world.messages[0],
        "phone": "+254712345678",
        "contact": {"firstName": "Amina"},
        "campaign": {"name": "Spring"},
        "user": {"name": "Bob"},
        "direction": "OUTBOUND",
        "status": "DELIVERED",
        "kind": "CONVERSATION",
        "channel": "WHATSAPP",
        "body": "Habari?",
        "externalId": "x-1",
        "occurredAt": iso(MONDAY),
    }


def inbound(world: World) -> dict[str, Any]:
    return {
        "id": world.messages[1],
        "phone": "+254712345678",
        "contact": {"firstName": "Amina"},
        "campaign": None,
        "user": None,
        "direction": "INBOUND",
        "status": "RECEIVED",
        "kind": "CONVERSATION",
        "channel": "SMS",
        "body": "Nzuri!",
        "externalId": None,
        "occurredAt": iso(MONDAY + HOUR),
    }


async def test_a_contact_shows_its_campaigns_its_place_in_each_and_its_messages(api: Api, world: World) -> None:
    answer = (await api.run(OF_CONTACT, id=world.amina))["contact"]

    assert answer["campaigns"] == [autumn(world), spring(world)]
    assert answer["campaignContacts"]["totalCount"] == 2
    assert answer["campaignContacts"]["nodes"][0] == in_spring(world)
    assert answer["campaignContacts"]["nodes"][1]["id"] == world.places[1]
    assert answer["messages"]["totalCount"] == 2
    assert answer["messages"]["nodes"] == [inbound(world), outbound(world)]


async def test_messages_are_found_by_direction_and_in_pages_both_ways(api: Api, world: World) -> None:
    async def messages(**arguments: Any) -> Any:
        return (await api.run(OF_CONTACT, id=world.amina, **arguments))["contact"]["messages"]

    newest = await messages(first=1)
    older = await messages(first=1, after=newest["edges"][0]["cursor"])
    oldest = await messages(last=1)
    newer = await messages(last=1, before=oldest["edges"][0]["cursor"])

    assert (await messages(direction="INBOUND"))["nodes"] == [inbound(world)]
    assert (await messages(direction="OUTBOUND"))["totalCount"] == 1
    assert newest["nodes"] == newer["nodes"] == [inbound(world)]
    assert older["nodes"] == oldest["nodes"] == [outbound(world)]
    assert [page["pageInfo"] for page in (newest, older, oldest, newer)] == [
        {"hasNextPage": True, "hasPreviousPage": False},
        {"hasNextPage": False, "hasPreviousPage": True},
        {"hasNextPage": False, "hasPreviousPage": True},
        {"hasNextPage": True, "hasPreviousPage": False},
    ]


async def test_campaigns_places_and_messages_are_fetched_by_their_ids(api: Api, world: World) -> None:
    by_type = "query ($id: ID!) {{ node(id: $id) {{ ... on {} {{ {} }} }} }}"

    answers = [
        (await api.run(by_type.format(name, fields), id=id))["node"]
        for name, fields, id in (
            ("Campaign", CAMPAIGN, world.spring),
            ("CampaignContact", PLACE, world.places[0]),
            ("Message", MESSAGE, world.messages[0]),
        )
    ]

    assert answers == [spring(world), in_spring(world), outbound(world)]


CONTACTS_OF_CAMPAIGN = """
query ($id: ID!, $search: String, $segment: String, $assignee: ID, $optedOut: Boolean, $first: Int, $offset: Int) {
  node(id: $id) { ... on Campaign {
    contacts(
      search: $search, segmentId: $segment, assigneeId: $assignee, isOptedOut: $optedOut, first: $first, offset: $offset
    ) { totalCount nodes { contact { firstName } } }
  } }
}
"""


async def test_a_campaigns_contacts_are_found_by_what_they_and_their_places_are(api: Api, world: World) -> None:
    bob = (await api.run('{ users(search: "bob") { nodes { id } } }'))["users"]["nodes"][0]["id"]
    await api.run('mutation { optOut(input: {phone: "0733 123 456"}) { errors { code } } }')

    async def found(**arguments: Any) -> list[str]:
        page = (await api.run(CONTACTS_OF_CAMPAIGN, id=world.spring, **arguments))["node"]["contacts"]
        assert page["totalCount"] == len(page["nodes"]) or "first" in arguments or "offset" in arguments
        return [place["contact"]["firstName"] for place in page["nodes"]]

    assert await found() == ["Amina", "Brian"]
    assert await found(search="AMIN") == ["Amina"]
    assert await found(search="0733") == ["Brian"]
    assert await found(segment="late") == ["Brian"]
    assert await found(segment="none\0") == []
    assert await found(assignee=bob) == ["Amina"]
    assert await found(optedOut=True) == ["Brian"]
    assert await found(optedOut=False, segment="late") == []
    assert await found(first=1) == ["Amina"]
    assert await found(offset=1) == ["Brian"]


async def test_what_contacts_contain_cannot_be_searched_by_a_token_that_may_read_campaigns_alone(
    api: Api, world: World
) -> None:
    text = CONTACTS_OF_CAMPAIGN.replace("contact { firstName }", "id externalId")
    reader = api.with_scopes(Scope.CAMPAIGNS_READ)

    refused = [await reader.ask(text, id=world.spring, **wanted) for wanted in ({"search": "a"}, {"optedOut": False})]
    plain = await reader.run(text, id=world.spring, segment="late")
    name = await reader.ask(
        "query ($id: ID!) { node(id: $id) { id ... on CampaignContact { name } } }", id=world.places[0]
    )

    assert [(answer.data, answer.codes) for answer in refused] == [({"node": None}, ["FORBIDDEN"])] * 2
    assert plain["node"]["contacts"]["totalCount"] == 1
    assert name.data == {"node": {"id": world.places[0], "name": None}}
    assert [error["path"] for error in name.errors] == [["node", "name"]]


async def test_an_assignee_that_is_no_users_id_is_told(api: Api, world: World) -> None:
    answer = await api.ask(CONTACTS_OF_CAMPAIGN, id=world.spring, assignee=world.amina)

    assert (answer.data, answer.codes) == ({"node": None}, ["INVALID_ID"])


async def test_nothing_of_a_campaign_shows_in_another_account(api: Api, world: World, stranger: Api) -> None:
    ask = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    answer = await stranger.run(ask, ids=[world.spring, *world.places, *world.messages])

    assert answer == {"nodes": [None] * 7}


async def test_messages_with_a_number_are_shown_by_whichever_contact_has_it(api: Api, world: World) -> None:
    trash = "mutation ($id: ID!) { trashContacts(input: {contacts: {ids: [$id]}}) { count } }"
    await api.run(trash, id=world.amina)
    heir = await api.later(DAY).make_contact("0712 345 678", firstName="Heir")
    message = "query ($id: ID!) { node(id: $id) { ... on Message { contact { firstName } } } }"

    answer = await api.run(message, id=world.messages[0])

    assert answer == {"node": {"contact": {"firstName": "Heir"}}}
    assert (await api.run(OF_CONTACT, id=heir))["contact"]["messages"]["totalCount"] == 2
    assert (await api.run(OF_CONTACT, id=world.amina))["contact"]["messages"]["totalCount"] == 2
