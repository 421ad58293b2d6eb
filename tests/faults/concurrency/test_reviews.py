"""Many callers apply the same review while others write: no contact is added twice and none is lost."""

import asyncio
from typing import Any

from tests.support.api_client import Api
from tests.support.mutations import contacts, mutate
from tests.support.review_requests import apply, rows, validate
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_campaign_counts, stored_rows, true_campaign_counts

TASKS = 12
PHONES = [f"+254712{place:06}" for place in range(120)]


async def test_tasks_that_apply_one_review_at_once_bring_each_number_in_once(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    for phone in PHONES[::3]:
        await api.make_contact(phone)
    split = {"enabled": True, "contactDistribution": [{"segmentId": "a", "contactCount": 50}]}
    review = await validate(api, rows(*PHONES), campaignId=campaign, segmentationConfig=split)

    answers = await asyncio.gather(*(apply(api, review["id"]) for _ in range(TASKS)))

    assert [answer["errors"] for answer in answers] == [[]] * TASKS
    assert [answer["changed"] for answer in answers] == [[]] * TASKS
    summaries = [answer["summary"] for answer in answers]
    assert {summary["total"] for summary in summaries} == {120}
    assert sum(summary["created"] for summary in summaries) == 120
    assert sum(summary["skippedDuplicate"] for summary in summaries) == 120 * (TASKS - 1)
    assert len(await contacts(api, "phone")) == 100  # one page
    assert (
        len({row["phone"] for row in (await stored_rows(api))["contact"]})
        == len((await stored_rows(api))["contact"])
        == 120
    )
    assert await stored_campaign_counts(api) == await true_campaign_counts(api)
    assert (await stored_campaign_counts(api))["Spring", None] == 120


async def test_every_row_ends_as_added_or_as_changed_whoever_takes_its_contact_meanwhile(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    campaign = await make_campaign(api, "Spring")
    ids = [await api.make_contact(phone) for phone in PHONES[:60]]
    review = await validate(api, rows(*PHONES), campaignId=campaign)
    guarded = api.with_settings(contact_protection_hours=24)

    async def take(contact_id: str) -> Any:
        return await mutate(api, "assignContacts", "count", contacts={"ids": [contact_id]}, ownerId=bob)

    async def make(phone: str) -> Any:
        return await mutate(api, "createContact", "outcome", contact={"phone": phone}, ifExists="SKIP")

    answer, *_ = await asyncio.gather(
        apply(guarded, review["id"]), *(take(one) for one in ids[::4]), *(make(phone) for phone in PHONES[60::4])
    )

    assert answer["errors"] == []
    moved = {entry["index"]: entry["bucket"] for entry in answer["changed"]}
    assert set(moved) <= {*range(0, 60, 4), *range(60, 120, 4)}
    assert {index: "PROTECTED" if index < 60 else "EXISTING" for index in moved} == moved
    assert answer["summary"]["created"] == answer["summary"]["total"] == 120 - len(moved)
    found = await api.run(
        "query ($id: ID!) { campaign(id: $id) { contactCount contacts { totalCount } } }", id=campaign
    )
    assert found["campaign"] == {"contactCount": 120 - len(moved), "contacts": {"totalCount": 120 - len(moved)}}
