"""removeCampaignContacts removes contacts from a campaign without deleting them."""

from tests.support.api_client import Api
from tests.support.campaign_requests import outcomes
from tests.support.mutations import contacts, mutate, refusal
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_campaign_counts, stored_rows, true_campaign_counts

REMOVE = "count campaign { contactCount contacts { totalCount } }"


async def test_contacts_are_taken_out_of_a_campaign_and_stay_in_the_account(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    rows = [{"contact": f"071200000{number}"} for number in range(4)]
    await outcomes(api, spring, *rows)
    ids = [one["id"] for one in await contacts(api, "id")]

    by_id = await mutate(api, "removeCampaignContacts", REMOVE, campaignId=spring, contacts={"ids": ids[:1]})
    again = await mutate(api, "removeCampaignContacts", REMOVE, campaignId=spring, contacts={"ids": ids[:1]})
    by_phone = await mutate(
        api, "removeCampaignContacts", REMOVE, campaignId=spring, contacts={"phones": ["0712 000 001", "0799999999"]}
    )
    matching = {"filter": {"campaignIds": [spring]}, "expectedCount": 2}
    by_filter = await mutate(api, "removeCampaignContacts", REMOVE, campaignId=spring, contacts={"matching": matching})

    assert [by_id, again, by_phone, by_filter] == [
        {"count": count, "campaign": {"contactCount": left, "contacts": {"totalCount": left}}, "errors": []}
        for count, left in [(1, 3), (0, 3), (1, 2), (2, 0)]
    ]
    assert len(await contacts(api, "id", notInCampaignIds=[spring])) == 4
    assert await stored_campaign_counts(api) == await true_campaign_counts(api) == {("Spring", None): 0}


async def test_removing_another_number_of_contacts_than_expected_removes_nobody(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    await outcomes(api, spring, {"contact": "0712000001"})
    before = await stored_rows(api)

    matching = {"filter": {"campaignIds": [spring]}, "expectedCount": 2}
    payload = await mutate(api, "removeCampaignContacts", REMOVE, campaignId=spring, contacts={"matching": matching})

    error = refusal(
        "COUNT_CHANGED", "The number of matching contacts is 1, not 2.", "contacts", "matching", "expectedCount"
    )
    assert payload == {"count": None, "campaign": None, "errors": [error]}
    assert await stored_rows(api) == before
