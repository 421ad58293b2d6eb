"""The Review step sorts rows into nine buckets, sets all flags that apply, and keeps the review for a day."""

from typing import Any

from services.reviews import storage as review_storage
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, iso
from tests.support.review_requests import (
    BY_BUCKET,
    COUNTS,
    ENTRY,
    LISTS,
    assign_users,
    count_of,
    rows,
    store_message_times,
    validate,
)
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_rows

JAMIE, CASEY = "+14155550133", "+14155550144"
NOTHING: dict[str, Any] = {
    "contact": None,
    "flags": [],
    "protectedUntil": None,
    "lastInboundAt": None,
    "lastOutboundAt": None,
    "segmentId": None,
    "targetUser": None,
    "isSelectedByDefault": False,
    "isSelectable": False,
    "duplicateOfIndex": None,
    "error": None,
}


async def test_the_sources_own_example(api: Api) -> None:
    casey = await api.make_contact(CASEY, name="Casey")
    jamies = {"phoneNumber": JAMIE, "firstName": "Jamie", "lastName": None, "columns": {"City": "Oakland"}}
    caseys = {"phoneNumber": CASEY, "firstName": "Casey", "lastName": "R", "columns": {}}

    review = await validate(api, [jamies, caseys], BY_BUCKET)

    (new,), (existing,) = review.pop("newContacts"), review.pop("existingContacts")
    assert len({new.pop("id"), existing.pop("id")}) == 2
    me = {"id": api.user_id}
    ticked = {"isSelectedByDefault": True, "isSelectable": True, "targetUser": me}
    assert new == {**NOTHING, **jamies, "index": 0, "bucket": "NEW", **ticked}
    assert existing == {
        **NOTHING,
        **caseys,
        "index": 1,
        "bucket": "EXISTING",
        "contact": {"id": casey},
        "flags": ["OWNED_BY_YOU"],
        **ticked,
    }
    assert review == {name: [] for name in LISTS if name not in ("newContacts", "existingContacts")}


async def furnished(api: Api) -> list[dict[str, Any]]:
    """Returns nine rows, one for each bucket, in the order of the buckets."""
    bob, _ = await api.make_user("Bob")
    await api.make_contact("0712000002")
    await api.make_contact("0712000003", ownerId=bob)
    await api.make_contact("0712000004")
    await api.make_contact("0712000005")
    sixth = await api.make_contact("0712000006", ownerId=bob)
    await assign_users(api, sixth, api.user_id)
    await api.later(29 * HOUR).make_contact("0712000007", ownerId=bob)
    await store_message_times(api, "+254712000004", last_outbound_at=MONDAY)
    await store_message_times(api, "+254712000005", last_inbound_at=TUESDAY, last_outbound_at=MONDAY)
    return rows(*(f"071200000{place}" for place in range(1, 8)), "no number", "0712 000 001")


async def test_every_row_falls_into_exactly_one_of_nine_and_the_counts_add_up(api: Api) -> None:
    given = await furnished(api)
    later = api.with_settings(contact_protection_hours=24).later(30 * HOUR)

    review = await validate(later, given, f"{COUNTS} {BY_BUCKET}")

    assert review["counts"] == {"total": 9, **dict.fromkeys(LISTS, 1), "optedOut": 0}
    assert [review[name][0]["index"] for name in LISTS] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert [review[name][0]["bucket"] for name in LISTS] == list(LISTS.values())


async def test_a_review_is_read_again_as_it_was_made(api: Api) -> None:
    given = [
        {**row, "firstName": f"N{place}", "columns": {"b": [place, None, 1.5], "a": {"ü": "\u0000"}}}
        for place, row in enumerate(await furnished(api))
    ]
    campaign = await make_campaign(api, "Spring")
    selected = (
        f"id campaign {{ name }} {COUNTS} createdAt expiresAt {BY_BUCKET} "
        f"entries(first: 100) {{ totalCount nodes {{ {ENTRY} }} edges {{ cursor node {{ id }} }} "
        "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
    )
    later = api.with_settings(contact_protection_hours=24).later(30 * HOUR)

    made = await validate(later, given, selected, campaignId=campaign)

    assert made["campaign"] == {"name": "Spring"}
    assert (made["createdAt"], made["expiresAt"]) == (iso(later.now), iso(later.now + DAY))
    by_id = f"query ($id: ID!) {{ campaignReview(id: $id) {{ {selected} }} }}"
    assert (await later.run(by_id, id=made["id"]))["campaignReview"] == made
    as_node = f"query ($id: ID!) {{ node(id: $id) {{ __typename ... on CampaignReview {{ {selected} }} }} }}"
    assert (await later.run(as_node, id=made["id"]))["node"] == {"__typename": "CampaignReview", **made}
    assert [entry["columns"] for entry in made["entries"]["nodes"]] == [row["columns"] for row in given]
    assert len({entry["id"] for entry in made["entries"]["nodes"]}) == 9


async def test_a_review_is_gone_after_a_day_and_purged(api: Api, stranger: Api) -> None:
    review = await validate(api, rows("0712000001"))
    other = await validate(stranger.later(HOUR), rows("0712000001"))
    by_id = "query ($id: ID!) { campaignReview(id: $id) { id } node(id: $id) { id } }"
    there = {"campaignReview": {"id": review["id"]}, "node": {"id": review["id"]}}
    gone = {"campaignReview": None, "node": None}

    assert await api.later(DAY - HOUR).run(by_id, id=review["id"]) == there
    assert await api.later(DAY).run(by_id, id=review["id"]) == gone
    assert await api.run(by_id, id=other["id"]) == gone

    tables = ("campaign_review", "campaign_review_part")
    await review_storage.purge_expired(now=MONDAY + DAY - HOUR)
    assert [await count_of(table, api) for table in tables] == [1, 1]
    await review_storage.purge_expired(now=MONDAY + DAY)
    assert [await count_of(table, api) for table in tables] == [0, 0]
    assert [await count_of(table, stranger) for table in tables] == [1, 1]


async def test_nothing_of_the_account_changes_but_the_review(api: Api) -> None:
    given = await furnished(api)
    before = await stored_rows(api)

    await validate(api, given)

    after = await stored_rows(api)
    assert {name for name in after if after[name] != before[name]} == {"campaign_review", "campaign_review_part"}
