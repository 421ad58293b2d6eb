"""Lookups of many rows use indexes even for an account that is newer than PostgreSQL's last ANALYZE.

The planner estimates a single row for such an account. The test counts the rows that statements read, for any plan.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from models.db import database
from schema.pagination import DEFAULT_PAGE
from services import planner_statistics
from tests.support.api_client import MONDAY, Api
from tests.support.imports import import_content
from tests.support.messages import inbound
from tests.support.mutations import mutate, report
from tests.support.review_requests import apply, rows, validate
from tests.support.rows import insert_contacts, make_campaign, uuid_of

COUNT = 1_500
PHONES = [f"+2547123{number:05}" for number in range(COUNT)]
SOME = PHONES[-300:]
MOST = 20 * COUNT  # scanning all rows for each of SOME would read 450,000 rows
READ = """
SELECT coalesce(sum(coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0)), 0) AS read FROM pg_stat_xact_user_tables
WHERE relname IN (
    'contact', 'contact_list_member', 'contact_assignee', 'opt_out', 'phone_history', 'campaign_contact'
)
"""


@pytest.fixture(params=[0, 100])
async def newcomer(request: pytest.FixtureRequest, api: Api, stranger: Api) -> Api:
    """An account that has no contacts, or a hundred, when the tables are analyzed, and many more afterwards."""
    if not database.is_postgres():
        pytest.skip("SQLite's plans don't depend on statistics here")
    await insert_contacts(stranger, [{"phone": phone} for phone in PHONES[:100]])
    await insert_contacts(api, [{"phone": phone} for phone in PHONES[: request.param]])
    await database.execute("ANALYZE")
    await insert_contacts(api, [{"phone": phone} for phone in PHONES[request.param :]])
    return api


@asynccontextmanager
async def reading_little(most: int = MOST) -> AsyncIterator[None]:
    """Asserts that the block reads fewer rows than `most`."""
    async with database.transaction():
        before = await _read()
        yield
        read = await _read() - before
    assert read < most


async def _read() -> int:
    row = await database.fetch_one(READ)
    assert row is not None
    return int(row["read"])


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


@pytest.mark.plain_postgres  # a cluster does not see the job of a transaction that is open
@pytest.mark.parametrize("is_analyzed", [False, True])
async def test_new_contacts_look_up_the_messages_and_the_trash_of_their_numbers(
    newcomer: Api, *, is_analyzed: bool
) -> None:
    trashed = "UPDATE contact SET deleted_at = $2, purge_at = timestamptz '2199-01-01' WHERE account_id = $1"
    history = "INSERT INTO phone_history (account_id, phone, last_inbound_at) SELECT $1, phone, $2 FROM contact"
    for statement in (trashed, f"{history} WHERE account_id = $1"):
        await database.execute(statement, newcomer.account_id, MONDAY)
    if is_analyzed:
        await database.execute("ANALYZE")

    async with reading_little(COUNT):
        await newcomer.make_contact(PHONES[0])
        imported = await import_content(newcomer, "Phone\n" + "\n".join(PHONES[1:6]), selected="warnings { code }")

    assert imported == {"warnings": [{"code": "NUMBER_IN_TRASH"}] * 5}
    live = "SELECT phone, last_inbound_at FROM contact WHERE account_id = $1 AND deleted_at IS NULL ORDER BY phone"
    made = await database.fetch(live, newcomer.account_id)
    assert [tuple(row) for row in made] == [(phone, MONDAY) for phone in PHONES[:6]]


FIND = """
query ($filter: ContactFilter!) {
  contacts(filter: $filter, orderBy: [{field: PHONE}]) { totalCount nodes { phone } }
}
"""
FIND_ON_LISTS = """
query ($filter: ContactFilter!) {
  contactLists { nodes { contacts(filter: $filter, orderBy: [{field: PHONE}]) { totalCount nodes { phone } } } }
}
"""
TAG = f"""
mutation ($filter: ContactFilter!) {{
  tagContacts(input: {{contacts: {{matching: {{filter: $filter, expectedCount: {COUNT}}}}}, add: ["vip"]}}) {{ count }}
}}
"""
LINKS = (
    "INSERT INTO contact_list_member (account_id, contact_list_id, contact_id, created_at) SELECT $1, $2, id, now()",
    "INSERT INTO campaign_contact (account_id, id, campaign_id, contact_id, extracted_data, created_at, updated_at) "
    "SELECT $1, id, $2, id, '{}', now(), now()",
    "INSERT INTO contact_assignee (account_id, user_id, contact_id) SELECT $1, $2, id",
    "INSERT INTO opt_out (account_id, changed_by_id, phone, is_opted_out, source, changed_at) "
    "SELECT $1, $2, phone, TRUE, 'API', now()",
)


@pytest.mark.parametrize(("share", "first"), [(COUNT, FIND), (1_000, FIND_ON_LISTS), (0, FIND), (COUNT, TAG)])
async def test_pages_of_a_filter_look_up_what_contacts_are_tied_to(newcomer: Api, share: int, first: str) -> None:
    """All contacts, some or none are linked. `first` runs outside a transaction, the only place where it refreshes
    statistics.
    """
    list_id, campaign = await newcomer.make_list("Customers"), await make_campaign(newcomer, "Spring")
    tied_to = [uuid_of(one) for one in (list_id, campaign, newcomer.user_id, newcomer.user_id)]
    tied, others = PHONES[:share], PHONES[share:]
    for link, other in zip(LINKS, tied_to, strict=True):
        these = " FROM contact WHERE account_id = $1 AND phone = ANY($3)"
        await database.execute(link + these, newcomer.account_id, other, tied)
    wanted = [
        {"listIds": [list_id]},
        {"inNoList": False},
        {"campaignIds": [campaign]},
        {"assigneeIds": [newcomer.user_id]},
        {"isAssigned": True},
        {"isOptedOut": True},
        {"and": [{"listIds": [list_id]}, {"campaignIds": [campaign]}], "isOptedOut": True},
        {"search": "+2547123", "listIds": [list_id]},
    ]
    unwanted = [
        {"notInListIds": [list_id]},
        {"inNoList": True},
        {"notInCampaignIds": [campaign]},
        {"isAssigned": False},
        {"isOptedOut": False},
        {"not": {"or": [{"listIds": [list_id]}, {"campaignIds": [campaign]}]}},
        {"search": "+2547123", "notInListIds": [list_id]},
    ]

    planner_statistics.accounts().start()
    try:
        await newcomer.run(first, filter=wanted[0])
        for filters, found in ((wanted, tied), (unwanted, others)):
            for filter in filters:
                async with reading_little():
                    anywhere = await newcomer.run(FIND, filter=filter)
                async with reading_little():
                    on_lists = await newcomer.run(FIND_ON_LISTS, filter=filter)
                assert anywhere == {"contacts": page_of(found)}
                on_list = page_of(found if filters is wanted else [])
                assert on_lists == {"contactLists": {"nodes": [{"contacts": on_list}]}}
    finally:
        await planner_statistics.accounts().stop()


def page_of(phones: list[str]) -> Any:
    return {"totalCount": len(phones), "nodes": [{"phone": phone} for phone in phones[:DEFAULT_PAGE]]}
