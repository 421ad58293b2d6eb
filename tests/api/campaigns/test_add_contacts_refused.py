"""addCampaignContacts refuses invalid requests as a whole, and rows with data that can't be stored."""

from typing import Any

import pytest

from tests.support.api_client import Api
from tests.support.campaign_requests import add, outcomes, refused_batch, row_result
from tests.support.mutations import refusal
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_rows


@pytest.mark.parametrize(
    ("count", "code", "message"),
    [
        (0, "REQUIRED", "There must be at least one row."),
        (1001, "TOO_MANY", "The list has 1001 rows; at most 1000 are allowed."),
    ],
)
async def test_too_few_and_too_many_rows_are_refused_as_a_whole(api: Api, count: int, code: str, message: str) -> None:
    spring = await make_campaign(api, "Spring")
    before = await stored_rows(api)

    payload = await add(api, spring, *({"contact": f"0712{number:06}"} for number in range(count)))

    assert payload == refused_batch(refusal(code, message, "contacts"))
    assert await stored_rows(api) == before


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
async def test_a_campaign_that_is_over_takes_nobody(api: Api, status: str) -> None:
    spring = await make_campaign(api, "Spring", status=status)
    before = await stored_rows(api)

    payload = await add(api, spring, {"contact": "0712000001"})

    message = f"The campaign is {status}; no contacts can be added to it."
    assert payload == refused_batch(refusal("WRONG_STATE", message, "campaignId"))
    assert await stored_rows(api) == before


@pytest.mark.parametrize("status", ["DRAFT", "SCHEDULED", "RUNNING", "PAUSED"])
async def test_a_campaign_takes_contacts_until_it_is_over(api: Api, status: str) -> None:
    spring = await make_campaign(api, "Spring", status=status)

    assert await outcomes(api, spring, {"contact": "0712000001"}) == ["CREATED"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": "\0"}, "Texts must not contain the character U+0000 or half of a surrogate pair."),
        ({"\0": 1}, "Keys must not contain the character U+0000 or half of a surrogate pair."),
        ({"a": [{"b": "\ud800"}]}, "Texts must not contain the character U+0000 or half of a surrogate pair."),
        ({"a": 2**63}, "Integers must fit into 64 bits."),
    ],
)
async def test_data_that_a_database_can_not_keep_fails_its_row_alone(api: Api, value: Any, message: str) -> None:
    spring = await make_campaign(api, "Spring")

    payload = await add(api, spring, {"contact": "0712000001", "extractedData": value}, {"contact": "0712000002"})

    error = refusal("INVALID", message, "contacts", "0", "extractedData")
    assert payload["results"] == [
        row_result(0, "FAILED", "+254712000001", error),
        row_result(1, "CREATED", "+254712000002"),
    ]


async def test_data_has_limits_of_depth_and_size(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    deepest: Any = {}
    for _ in range(31):
        deepest = {"a": deepest}
    largest = {"a": "x" * (65_536 - len('{"a":""}'))}

    ended = await outcomes(
        api,
        spring,
        {"contact": "0712000001", "extractedData": deepest},
        {"contact": "0712000002", "extractedData": {"a": deepest}},
        {"contact": "0712000003", "extractedData": largest},
        {"contact": "0712000004", "extractedData": {"b": "x" + largest["a"]}},
    )

    assert ended == ["CREATED", "INVALID", "CREATED", "TOO_LONG"]
