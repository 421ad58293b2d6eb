"""Many rows of an account that came after PostgreSQL's last ANALYZE are looked up, and not each among all others.

The planner takes such an account to have a single row. What statements read is counted, whatever plan it makes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from models import database
from tests.api.mutations import mutate, report
from tests.api.reviewing import apply, rows, validate
from tests.api_client import Api
from tests.messages import inbound
from tests.rows import insert_contacts, make_campaign

COUNT = 1_500
PHONES = [f"+2547123{number:05}" for number in range(COUNT)]
SOME = PHONES[-300:]
MOST = 20 * COUNT  # one row among all others for each of SOME would be 450,000
READ = """
SELECT sum(coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0)) AS read FROM pg_stat_xact_user_tables
WHERE relname IN ('contact', 'contact_list_member', 'opt_out', 'phone_history', 'campaign_contact')
"""


@pytest.fixture
async def newcomer(api: Api, stranger: Api) -> Api:
    """An account of which the planner has never heard, with contacts on a list."""
    if not database.is_postgres():
        pytest.skip("SQLite keeps to the indexes that it is given")
    await insert_contacts(stranger, [{"phone": phone} for phone in PHONES[:100]])
    await database.execute("ANALYZE contact")
    await insert_contacts(api, [{"phone": phone} for phone in PHONES])
    return api


@asynccontextmanager
async def reading_little() -> AsyncIterator[None]:
    """What is read inside is a small multiple of what there is."""
    async with database.transaction():
        yield
        read = await database.fetch_one(READ)
    assert read is not None
    assert read["read"] < MOST


async def test_messages_look_their_contacts_up(newcomer: Api) -> None:
    async with reading_little():
        assert await report(newcomer, *(inbound(phone=phone, body="stop") for phone in SOME)) == ["CREATED"] * 300


async def test_a_review_looks_its_numbers_up_and_so_does_what_goes_into_its_campaign(newcomer: Api) -> None:
    campaign = await make_campaign(newcomer, "Spring")

    async with reading_little():
        review = await validate(newcomer, rows(*SOME), campaignId=campaign)
        applied = await apply(newcomer, review["id"])
        added = await add(newcomer, campaign)

    assert applied["summary"]["created"] == 300
    assert added == {"summary": {"skippedDuplicate": 300}, "errors": []}


async def add(api: Api, campaign: str) -> Any:
    given = [{"contact": phone} for phone in SOME]
    return await mutate(api, "addCampaignContacts", "summary { skippedDuplicate }", campaignId=campaign, contacts=given)


async def test_lists_and_a_campaign_that_takes_their_members_in_look_contacts_up(newcomer: Api) -> None:
    list_id = await newcomer.make_list("Customers")
    campaign = await mutate(newcomer, "createCampaign", "campaign { id }", name="Spring", listIds=[list_id])
    everybody = {"matching": {"filter": {}, "expectedCount": COUNT}}

    async with reading_little():
        await mutate(newcomer, "addContactsToList", "added", listId=list_id, contacts=everybody)
        moved = await mutate(
            newcomer, "updateCampaign", "campaign { contactCount }", id=campaign["campaign"]["id"], status="SCHEDULED"
        )
        removed = await mutate(newcomer, "removeContactsFromList", "removed", listId=list_id, contacts={"phones": SOME})

    assert moved["campaign"] == {"contactCount": COUNT}
    assert removed == {"removed": 300, "errors": []}
