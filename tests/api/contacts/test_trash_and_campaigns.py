"""The trash and campaign counts, and the automatic purge. The campaign rows are inserted with SQL."""

import asyncio
from typing import Any

import pytest

from models.db import database
from schema.ids import IdPrefix, decode_as, encode_many
from services.contacts import trash as contact_trash
from tests.support.api_client import DAY, MONDAY, TUESDAY, Api
from tests.support.mutations import contact, contacts, mutate, trash
from tests.support.snapshot import stored_counts, stored_rows, true_counts


async def campaign_of(api: Api, *contact_ids: str, segment: str = "s1") -> None:
    """Creates a campaign with these contacts in one segment."""
    campaign_id = database.uuid7()
    await database.execute(
        "INSERT INTO campaign (account_id, id, name, channel, status, contact_count, created_at, updated_at) "
        "VALUES ($1, $2, 'Spring', 'SMS', 'DRAFT', $3, $4, $4)",
        api.account_id,
        campaign_id,
        len(contact_ids),
        MONDAY,
    )
    await database.execute(
        "INSERT INTO campaign_segment (account_id, campaign_id, segment_id, contact_count) VALUES ($1, $2, $3, $4)",
        api.account_id,
        campaign_id,
        segment,
        len(contact_ids),
    )
    for contact_id in contact_ids:
        await database.execute(
            "INSERT INTO campaign_contact (account_id, id, campaign_id, contact_id, extracted_data, segment_id, "
            "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            api.account_id,
            database.uuid7(),
            campaign_id,
            decode_as(IdPrefix.CONTACT, contact_id),
            {},
            segment,
            MONDAY,
        )


async def counts(api: Api) -> list[tuple[int, int, int]]:
    """Returns for each campaign its count, its segment's count, and the number of its rows."""
    rows = await database.fetch(
        "SELECT c.contact_count, s.contact_count AS of_segment, (SELECT count(*) FROM campaign_contact r "
        "WHERE r.account_id = c.account_id AND r.campaign_id = c.id) AS row_count FROM campaign c "
        "JOIN campaign_segment s ON s.account_id = c.account_id AND s.campaign_id = c.id "
        "WHERE c.account_id = $1 ORDER BY c.id",
        api.account_id,
    )
    return [(row["contact_count"], row["of_segment"], row["row_count"]) for row in rows]


async def test_campaigns_count_their_contacts_outside_the_trash(api: Api) -> None:
    both, one, other = [await api.make_contact(f"071200000{number}") for number in range(3)]
    await campaign_of(api, both, one)
    await campaign_of(api, both, other)

    await trash(api, [both, one])
    trashed = await counts(api)
    await mutate(api, "restoreContacts", "count", contacts={"ids": [both]})
    restored = await counts(api)
    await mutate(api, "purgeContacts", "count", contacts={"ids": [both, one]}, fromAnywhere=True)

    assert trashed == [(0, 0, 2), (1, 1, 2)]
    assert restored == [(1, 1, 2), (2, 2, 2)]
    assert await counts(api) == [(0, 0, 0), (1, 1, 1)]


async def test_campaigns_show_on_a_contact_that_comes_back(api: Api) -> None:
    made = await api.make_contact("0712000001")
    await campaign_of(api, made)

    await trash(api, [made])
    await mutate(api, "restoreContacts", "count", contacts={"ids": [made]})

    assert await contact(api, made, "campaigns { name contactCount }") == {
        "campaigns": [{"name": "Spring", "contactCount": 1}]
    }


# ------------------------------------------------------------------ by itself


async def filled(api: Api, count: int, **settings: Any) -> None:
    """Creates contacts with a list and tags, and moves them to the trash."""
    list_id = await api.make_list("Clients")
    rows = [{"phone": f"0712{number:06}", "tags": ["a"], "listIds": [list_id]} for number in range(count)]
    await mutate(api, "bulkCreateContacts", "summary { created }", contacts=rows)
    made = await database.fetch("SELECT id FROM contact WHERE account_id = $1", api.account_id)
    await trash(api.with_settings(**settings), encode_many(IdPrefix.CONTACT, [row["id"] for row in made]))


async def test_what_is_past_its_time_in_any_account_is_purged(api: Api, stranger: Api) -> None:
    early = await api.make_contact("0712000001")
    await trash(api.with_settings(trash_retention_days=1), [early])
    late = await api.make_contact("0712000001")
    await trash(api, [late])
    live = await api.make_contact("0712000001")
    theirs = await stranger.make_contact("0712000001")
    await trash(stranger.with_settings(trash_retention_days=1), [theirs])

    await contact_trash.purge_expired(now=TUESDAY - DAY / 2)
    assert {one["id"] for one in await contacts(api, "id", state="ANY")} == {early, late, live}
    await contact_trash.purge_expired(now=TUESDAY)
    assert await contact_trash.purge_expired(now=TUESDAY) == 0

    assert {one["id"] for one in await contacts(api, "id", state="ANY")} == {late, live}
    assert (await stored_rows(stranger))["contact"] == []


@pytest.mark.plain_postgres
async def test_tasks_that_purge_at_once_purge_each_contact_once(api: Api) -> None:
    await filled(api, 1000, trash_retention_days=1)
    others = await Api.of_new_account(name="Other")
    await filled(others, 700, trash_retention_days=1)

    purged = await asyncio.gather(*(contact_trash.purge_expired(now=TUESDAY) for _ in range(5)))

    assert sum(purged) == 1700
    assert (await stored_rows(api))["contact"] == (await stored_rows(api))["contact_list_member"] == []
    assert await stored_counts(api) == await true_counts(api) == ({"Clients": 0}, {}, {})
