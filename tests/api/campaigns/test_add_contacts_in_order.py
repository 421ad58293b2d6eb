"""The rows of a batch take effect in order, as if each were a separate request."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from models.db import database
from tests.support.api_client import HOUR, Api
from tests.support.mutations import contacts, mutate, trash
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_campaign_counts, true_campaign_counts

NUMBERS = [f"071200000{place}" for place in range(10)]
GARBAGE = ["", None, "12", "no number", "+254 712"]
MILLISECOND = HOUR / 3_600_000
HOURS = {"contact_protection_hours": 24}


async def scene(api: Api) -> tuple[Api, str, str]:
    """Creates contacts of all kinds. Returns the caller and the ids of two campaigns, the second by email."""
    _, bob = await api.make_user("Bob")
    spring, letters = await make_campaign(api, "Spring"), await make_campaign(api, "Letters", channel="EMAIL")
    await api.make_contact(NUMBERS[0], name="Mine", email="mine@example.com")
    await api.make_contact(NUMBERS[1], name="In")
    await bob.make_contact(NUMBERS[2], name="Protected", email="his@example.com")
    await trash(api, [await api.make_contact(NUMBERS[3], name="Trashed")])
    await api.make_contact(NUMBERS[4], name="Opted out")
    await api.make_contact(NUMBERS[5], name="Opted out, and in", email="in@example.com")
    for campaign, number in ((spring, NUMBERS[1]), (spring, NUMBERS[5]), (letters, NUMBERS[5])):
        await mutate(api, "addCampaignContacts", "summary { total }", campaignId=campaign, contacts=[row_of(number)])
    for number in NUMBERS[4:7]:
        await mutate(api, "optOut", "optOut { isOptedOut }", phone=number)
    return api.with_settings(**HOURS), spring, letters


def row_of(number: str | None, **given: Any) -> dict[str, Any]:
    return {"contact": number, **given}


def random_row(random: Random) -> dict[str, Any]:
    number = random.choice(GARBAGE) if random.random() < 0.15 else random.choice(NUMBERS)
    values: dict[str, list[Any]] = {
        "name": ["Ann", " Bea ", "", None, "n" * 201],
        "context": ["One\ntwo", None, ""],
        "extractedData": [{"a": 1}, {"b": [1, {"c": None}]}, {}, None, {"x": "\0"}],
        "externalId": ["f-1", "f-2", None],
    }
    given = {field: random.choice(of) for field, of in values.items() if random.random() < 0.5}
    return row_of(number, **given)


async def add(api: Api, campaign: str, rows: Sequence[dict[str, Any]], if_duplicate: str, override: bool) -> Any:
    asked = (
        "summary { created updated skippedDuplicate failed } "
        "results { outcome phone error { __typename code message } } "
        "campaign { contactCount }"
    )
    options = {"ifDuplicate": if_duplicate, "overrideProtection": override}
    return await mutate(api, "addCampaignContacts", asked, campaignId=campaign, contacts=rows, **options)


async def written(api: Api) -> Any:
    """Returns the campaign contacts and contacts in the database, without ids."""
    places = await database.fetch(
        "SELECT c.name AS campaign, p.name, p.context, p.extracted_data, p.external_id, contact.phone FROM campaign c "
        "JOIN campaign_contact p ON p.account_id = c.account_id AND p.campaign_id = c.id "
        "JOIN contact ON contact.account_id = p.account_id AND contact.id = p.contact_id "
        "WHERE c.account_id = $1 ORDER BY c.name, p.id",
        api.account_id,
    )
    of_contact = "phone name owner { name } deletedAt status"
    return [list(place) for place in places], await contacts(api, of_contact, state="ANY")


@pytest.mark.parametrize("seed", range(6))
async def test_a_batch_ends_as_its_rows_one_by_one(api: Api, stranger: Api, seed: int) -> None:
    at_once, *ours = await scene(api)
    one_by_one, *theirs = await scene(stranger)
    random = Random(seed)
    rows = [random_row(random) for _ in range(60)]
    options = (random.choice(["SKIP", "UPDATE"]), random.random() < 0.3)

    for campaign, other in zip(ours, theirs, strict=True):
        batch = await add(at_once.later(HOUR), campaign, rows, *options)
        singles = [
            await add(one_by_one.later(HOUR + place * MILLISECOND), other, [row], *options)
            for place, row in enumerate(rows)
        ]

        assert [row for single in singles for row in single["results"]] == batch["results"]
        summed = {name: sum(single["summary"][name] for single in singles) for name in batch["summary"]}
        assert summed == batch["summary"]
        assert singles[-1]["campaign"] == batch["campaign"]
    assert await written(at_once) == await written(one_by_one)
    assert await stored_campaign_counts(api) == await true_campaign_counts(api)
