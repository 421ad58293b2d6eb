"""Campaigns are created, listed, updated, moved to other statuses and deleted."""

from typing import Any

import pytest

from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.events import recorded_events
from tests.support.mutations import contacts, mutate, refusal
from tests.support.rows import add_to_campaign, make_campaign, make_message, uuid_of
from tests.support.snapshot import stored_rows

CAMPAIGN = (
    "name description channel status scheduledAt lists { name } contactCount contacts { totalCount } "
    "segments { segmentId } createdBy { name } createdAt updatedAt"
)
FIND = """
query ($first: Int, $search: String, $statuses: [CampaignStatus!], $orderBy: ListOrder) {
  campaigns(first: $first, search: $search, statuses: $statuses, orderBy: $orderBy) { totalCount nodes { name } }
}
"""


async def create(api: Api, selected: str, /, **input: Any) -> Any:
    return await mutate(api, "createCampaign", f"campaign {{ {selected} }}", **input)


async def update(api: Api, id: str, selected: str, /, **input: Any) -> Any:
    return await mutate(api, "updateCampaign", f"campaign {{ {selected} }}", id=id, **input)


async def made(api: Api, **input: Any) -> str:
    payload = await create(api, "id", **{"name": "Spring"} | input)
    assert payload["errors"] == []
    return str(payload["campaign"]["id"])


async def moved(api: Api, *statuses: str, **input: Any) -> str:
    """Creates a campaign, moves it through the statuses, and returns its id."""
    id = await made(api, **input)
    for status in statuses:
        assert (await update(api, id, "status", status=status))["errors"] == []
    return id


EMPTY: dict[str, Any] = {
    "description": None,
    "channel": "SMS",
    "status": "DRAFT",
    "scheduledAt": None,
    "lists": [],
    "contactCount": 0,
    "contacts": {"totalCount": 0},
    "segments": [],
    "createdBy": {"name": "Ada"},
    "createdAt": iso(MONDAY),
    "updatedAt": iso(MONDAY),
}


async def test_a_campaign_is_made_as_a_draft_without_contacts(api: Api) -> None:
    farmers = await api.make_list("Farmers")
    await api.make_contact("0712000001", listIds=[farmers])

    least = await create(api, CAMPAIGN, name=" Spring ")
    most = await create(
        api,
        CAMPAIGN,
        name="Autumn",
        description="For the\nharvest.",
        channel="WHATSAPP",
        scheduledAt="2026-01-06T12:30:00+03:00",
        listIds=[farmers, farmers],
    )
    nobodys = await create(api.without_user(), "createdBy { name }", name="Spring")

    assert least == {"campaign": EMPTY | {"name": "Spring"}, "errors": []}
    autumn = {"name": "Autumn", "description": "For the\nharvest.", "channel": "WHATSAPP", "scheduledAt": iso(TUESDAY)}
    assert most == {"campaign": EMPTY | autumn | {"lists": [{"name": "Farmers"}]}, "errors": []}
    assert nobodys == {"campaign": {"createdBy": None}, "errors": []}


WRONG: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": " "}, refusal("REQUIRED", "This can't be blank.", "name")),
    ({"name": "n" * 201}, refusal("TOO_LONG", "The value has 201 characters; at most 200 are allowed.", "name")),
    ({"name": "a\nb"}, refusal("INVALID", "Line breaks and other control characters are not allowed.", "name")),
    (
        {"description": "d" * 2001},
        refusal("TOO_LONG", "The value has 2001 characters; at most 2000 are allowed.", "description"),
    ),
    ({"description": "\0"}, refusal("INVALID", "Control characters are not allowed.", "description")),
    (
        {"listIds": ["lst_01jd8vq0c5fj2v7wq1x3ynm8za"] * 101},
        refusal("TOO_MANY", "The list has 101 IDs; at most 100 are allowed.", "listIds"),
    ),
    (
        {"listIds": ["lst_01jd8vq0c5fj2v7wq1x3ynm8za"]},
        refusal("NOT_FOUND", "There is no such list.", "listIds", "0"),
    ),
]


@pytest.mark.parametrize(("wrong", "error"), WRONG)
async def test_what_can_not_be_taken_of_a_campaign_is_told_and_nothing_is_written(
    api: Api, wrong: dict[str, Any], error: dict[str, Any]
) -> None:
    id = await made(api)
    before = await stored_rows(api)

    created = await create(api, "name", **{"name": "Autumn"} | wrong)
    updated = await update(api, id, "name", **{"name": "Autumn"} | wrong)

    assert created == updated == {"campaign": None, "errors": [error]}
    assert await stored_rows(api) == before


async def test_what_is_given_changes_and_the_rest_stays(api: Api) -> None:
    farmers, nairobi = await api.make_list("Farmers"), await api.make_list("Nairobi")
    id = await made(api, description="First.", scheduledAt=iso(TUESDAY), listIds=[farmers])

    renamed = await update(api.later(HOUR), id, CAMPAIGN, name="Autumn", channel="VOICE")
    relisted = await update(api.later(2 * HOUR), id, "name lists { name } updatedAt", listIds=[nairobi])
    cleared = await update(api.later(3 * HOUR), id, CAMPAIGN, description=None, scheduledAt=None, listIds=None)
    same = await update(api.later(DAY), id, "updatedAt", name="Autumn", channel="VOICE", status="DRAFT", listIds=[])

    autumn = EMPTY | {"name": "Autumn", "channel": "VOICE"}
    first = {"description": "First.", "scheduledAt": iso(TUESDAY), "lists": [{"name": "Farmers"}]}
    assert renamed["campaign"] == autumn | first | {"updatedAt": iso(MONDAY + HOUR)}
    assert relisted["campaign"] == {
        "name": "Autumn",
        "lists": [{"name": "Nairobi"}],
        "updatedAt": iso(MONDAY + 2 * HOUR),
    }
    assert cleared["campaign"] == autumn | {"updatedAt": iso(MONDAY + 3 * HOUR)}
    assert same["campaign"] == {"updatedAt": iso(MONDAY + 3 * HOUR)}


@pytest.mark.parametrize("name", ["name", "channel", "status"])
async def test_what_can_not_be_null_is_required(api: Api, name: str) -> None:
    id = await made(api)
    before = await stored_rows(api)

    payload = await update(api, id, "name", **{name: None})

    assert payload == {"campaign": None, "errors": [refusal("REQUIRED", "This can't be null.", name)]}
    assert await stored_rows(api) == before


async def test_a_campaign_goes_its_way_and_each_step_is_told(api: Api) -> None:
    id = await made(api)
    way = ["SCHEDULED", "DRAFT", "SCHEDULED", "RUNNING", "PAUSED", "RUNNING", "COMPLETED", "ARCHIVED"]

    shown = [(await update(api, id, "status", status=status))["campaign"]["status"] for status in way]

    assert shown == way
    by = {"campaignId": str(uuid_of(id)), "userId": str(api.caller.user_id), "changedAt": iso(MONDAY)}
    assert await recorded_events(api) == [
        ("campaign.status_changed", by | {"previousStatus": before, "status": after})
        for before, after in zip(["DRAFT", *way], way, strict=False)
    ]


async def test_a_move_that_there_is_not_changes_nothing(api: Api) -> None:
    id = await made(api)
    before = await stored_rows(api)

    payload = await update(api, id, "status", status="RUNNING", name="Autumn")

    message = "A campaign that is DRAFT can change to SCHEDULED, not to RUNNING."
    assert payload == {"campaign": None, "errors": [refusal("WRONG_STATE", message, "status")]}
    assert await stored_rows(api) == before


async def test_the_status_that_it_has_already_is_no_move(api: Api) -> None:
    id = await moved(api, "SCHEDULED")
    before = await recorded_events(api)

    payload = await update(api.later(HOUR), id, "status updatedAt", status="SCHEDULED")

    assert payload == {"campaign": {"status": "SCHEDULED", "updatedAt": iso(MONDAY)}, "errors": []}
    assert await recorded_events(api) == before


async def test_channel_and_lists_change_in_a_draft_alone(api: Api) -> None:
    farmers, nairobi = await api.make_list("Farmers"), await api.make_list("Nairobi")
    id = await moved(api, "SCHEDULED", listIds=[farmers])
    before = await stored_rows(api)

    refused = await update(api, id, "name", channel="VOICE", listIds=[nairobi])
    unchanged = await stored_rows(api)
    same = await update(api, id, "channel lists { name }", channel="SMS", listIds=[farmers], name="Autumn")
    back = await update(api, id, "channel lists { name }", status="DRAFT", channel="VOICE", listIds=[nairobi])

    assert refused == {
        "campaign": None,
        "errors": [
            refusal("WRONG_STATE", "The channel can be changed only in DRAFT.", "channel"),
            refusal("WRONG_STATE", "The lists can be changed only in DRAFT.", "listIds"),
        ],
    }
    assert unchanged == before
    assert same["campaign"] == {"channel": "SMS", "lists": [{"name": "Farmers"}]}
    assert back["campaign"] == {"channel": "VOICE", "lists": [{"name": "Nairobi"}]}


@pytest.mark.parametrize(
    "way",
    [
        (),
        ("SCHEDULED",),
        ("SCHEDULED", "RUNNING", "COMPLETED"),
        ("SCHEDULED", "RUNNING", "COMPLETED", "ARCHIVED"),
    ],
)
async def test_a_campaign_that_is_not_under_way_is_deleted_and_its_contacts_and_messages_stay(
    api: Api, way: tuple[str, ...]
) -> None:
    farmers = await api.make_list("Farmers")
    contact = await api.make_contact("0712000001", listIds=[farmers])
    id = await moved(api, *way, listIds=[farmers])
    place = await add_to_campaign(api, id, contact) if not way else None
    message = await make_message(api, "+254712000001", campaign_id=uuid_of(id))

    payload = await mutate(api, "deleteCampaign", "deletedId", id=id)
    again = await mutate(api, "deleteCampaign", "deletedId", id=id)

    assert payload == {"deletedId": id, "errors": []}
    assert again == {"deletedId": None, "errors": [refusal("NOT_FOUND", "There is no such campaign.", "id")]}
    found = await api.run(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Message { campaign { id } } } }",
        ids=[id, message, *([place] if place else [])],
    )
    assert found["nodes"][:2] == [None, {"id": message, "campaign": None}]
    assert found["nodes"][2:] == [None] * bool(place)
    assert await contacts(api, "phone campaigns { name } lists { name }") == [
        {"phone": "+254712000001", "campaigns": [], "lists": [{"name": "Farmers"}]}
    ]


@pytest.mark.parametrize("way", [("SCHEDULED", "RUNNING"), ("SCHEDULED", "RUNNING", "PAUSED")])
async def test_a_campaign_that_is_under_way_can_not_be_deleted(api: Api, way: tuple[str, ...]) -> None:
    id = await moved(api, *way)
    before = await stored_rows(api)

    payload = await mutate(api, "deleteCampaign", "deletedId", id=id)

    message = f"A campaign that is {way[-1]} can't be deleted; set it to COMPLETED first."
    assert payload == {"deletedId": None, "errors": [refusal("WRONG_STATE", message, "id")]}
    assert await stored_rows(api) == before


async def test_campaigns_are_found_by_name_and_status_newest_first(api: Api) -> None:
    for place, (name, status) in enumerate([("Spring", "DRAFT"), ("Autumn sale", "RUNNING"), ("SALE", "PAUSED")]):
        at = MONDAY + place * HOUR
        await make_campaign(api, name, status=status, created_at=at, updated_at=MONDAY - at.hour * HOUR)

    async def names(**arguments: Any) -> list[str]:
        page = (await api.run(FIND, **arguments))["campaigns"]
        assert page["totalCount"] == len(page["nodes"]) or "first" in arguments
        return [campaign["name"] for campaign in page["nodes"]]

    assert await names() == ["SALE", "Autumn sale", "Spring"]
    assert await names(first=1) == ["SALE"]
    assert await names(search=" Sale ") == ["SALE", "Autumn sale"]
    assert await names(search="%") == []
    assert await names(statuses=["DRAFT", "PAUSED"]) == ["SALE", "Spring"]
    assert await names(statuses=[]) == []
    assert await names(statuses=["RUNNING"], search="spring") == []
    assert await names(orderBy={"field": "NAME"}) == ["Autumn sale", "SALE", "Spring"]
    assert await names(orderBy={"field": "UPDATED_AT", "direction": "DESC"}) == ["Spring", "Autumn sale", "SALE"]


async def test_campaigns_are_found_in_any_case_of_any_letters_by_the_name_that_they_have_now(api: Api) -> None:
    id = await made(api, name="École ЯРМАРКА")

    async def is_found(text: str) -> bool:
        return [one["name"] for one in (await api.run(FIND, search=text))["campaigns"]["nodes"]] != []

    assert [await is_found(text) for text in ("éCOLE", "e\u0301cole", "ярмарка", "ecole")] == [True, True, True, False]
    await mutate(api, "updateCampaign", "campaign { id }", id=id, name="Ümit")
    assert [await is_found(text) for text in ("école", "üMIT")] == [False, True]


async def test_one_campaign_is_found_by_its_id(api: Api, stranger: Api) -> None:
    id = await made(api)
    ask = "query ($id: ID!) { campaign(id: $id) { name } }"

    assert await api.run(ask, id=id) == {"campaign": {"name": "Spring"}}
    assert await stranger.run(ask, id=id) == {"campaign": None}


async def test_a_list_that_is_deleted_is_no_source_any_more_and_takes_nobody_out(api: Api) -> None:
    farmers, nairobi = await api.make_list("Farmers"), await api.make_list("Nairobi")
    await api.make_contact("0712000001", listIds=[farmers])
    id = await moved(api, "SCHEDULED", listIds=[farmers, nairobi])

    await mutate(api, "deleteContactList", "deletedId", id=farmers)

    found = await api.run("query ($id: ID!) { campaign(id: $id) { lists { name } contactCount } }", id=id)
    assert found == {"campaign": {"lists": [{"name": "Nairobi"}], "contactCount": 1}}
