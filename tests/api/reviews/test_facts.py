"""The facts that the Review step reads: contacts, their users, messages, opt-outs, the trash, the campaign."""

from typing import Any

import pytest

from models.db import database
from services.phones.numbers import NetworkCheck
from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.mutations import mutate, trash
from tests.support.review_requests import (
    COUNTS,
    assign_users,
    buckets,
    entries,
    rows,
    set_owner,
    store_message_times,
    validate,
)
from tests.support.rows import add_to_campaign, insert_contacts, make_campaign, uuid_of

PHONE = "0712345678"
E164 = "+254712345678"


async def test_a_contact_in_the_trash_is_none_and_its_number_is_flagged(api: Api) -> None:
    await trash(api, [await api.make_contact(PHONE)])
    await store_message_times(api, E164, last_outbound_at=MONDAY)
    asked = "bucket flags contact { id } lastOutboundAt isSelectedByDefault"

    (entry,) = await entries(api, rows(PHONE), asked)

    assert entry == {
        "bucket": "NEW",
        "flags": ["MESSAGED_OUTBOUND", "IN_TRASH"],
        "contact": None,
        "lastOutboundAt": iso(MONDAY),
        "isSelectedByDefault": True,
    }


async def test_what_the_trash_let_go_of_is_no_flag_and_a_live_contact_outweighs_one_in_the_trash(api: Api) -> None:
    await trash(api, [await api.make_contact(PHONE)])

    assert await entries(api.later(HOUR * 24 * 90), rows(PHONE), "bucket flags") == [{"bucket": "NEW", "flags": []}]

    live = await api.make_contact(PHONE)
    (entry,) = await entries(api, rows(PHONE), "bucket flags contact { id }")
    assert entry == {"bucket": "EXISTING", "flags": ["OWNED_BY_YOU"], "contact": {"id": live}}


async def test_protection_is_the_accounts_and_ends_exactly_after_its_hours(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    await api.make_contact(PHONE, ownerId=bob)
    guarded = api.with_settings(contact_protection_hours=24)
    asked = "bucket flags protectedUntil isSelectable targetUser { id }"

    (protected,) = await entries(guarded.later(24 * HOUR - HOUR / 60), rows(PHONE), asked)
    (over,) = await entries(guarded.later(24 * HOUR), rows(PHONE), asked)

    assert protected == {
        "bucket": "PROTECTED",
        "flags": ["PROTECTED", "OWNED_BY_OTHER"],
        "protectedUntil": iso(TUESDAY),
        "isSelectable": False,
        "targetUser": None,
    }
    assert over == {
        "bucket": "ASSIGNED_TO_OTHER_USERS",
        "flags": ["OWNED_BY_OTHER"],
        "protectedUntil": None,
        "isSelectable": False,
        "targetUser": None,
    }
    assert await buckets(api, rows(PHONE)) == ["ASSIGNED_TO_OTHER_USERS"]


async def test_saving_the_same_owner_again_does_not_protect_anew_and_another_one_does(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    eve, _ = await api.make_user("Eve")
    contact = await api.make_contact(PHONE, ownerId=bob)
    guarded = api.with_settings(contact_protection_hours=24)

    await set_owner(api.later(30 * HOUR), contact, bob)
    assert await buckets(guarded.later(31 * HOUR), rows(PHONE)) == ["ASSIGNED_TO_OTHER_USERS"]

    await set_owner(api.later(30 * HOUR), contact, eve)
    assert await buckets(guarded.later(31 * HOUR), rows(PHONE)) == ["PROTECTED"]


async def test_users_who_are_not_active_neither_own_nor_work_on_anything(api: Api) -> None:
    eve, _ = await api.make_user("Eve")
    bob, _ = await api.make_user("Bob")
    await api.make_contact(PHONE, ownerId=eve)
    other = await api.make_contact("0712000002", ownerId=None)
    await assign_users(api, other, eve, bob)
    guarded = api.with_settings(contact_protection_hours=24).later(HOUR)
    asked = "bucket flags"
    assert await buckets(guarded, rows(PHONE, "0712000002")) == ["PROTECTED", "ASSIGNED_TO_OTHER_USERS"]

    for user in (eve, bob):
        payload = await mutate(api, "updateUser", "user { id }", id=user, isActive=False)
        assert payload["errors"] == []

    found = await entries(guarded, rows(PHONE, "0712000002"), asked)
    assert found == [{"bucket": "EXISTING", "flags": ["UNOWNED"]}] * 2


async def test_an_opted_out_number_can_not_be_ticked_whatever_its_bucket(api: Api) -> None:
    await api.make_contact(PHONE)
    for phone in (PHONE, "0712000002"):
        assert (await mutate(api, "optOut", "optOut { phone }", phone=phone))["errors"] == []
    assert (await mutate(api, "optOut", "optOut { phone }", phone="0712000003"))["errors"] == []
    assert (await mutate(api, "optIn", "optOut { phone }", phone="0712000003"))["errors"] == []
    asked = "bucket flags isSelectable isSelectedByDefault targetUser { id }"
    given = rows(PHONE, "0712000002", "0712000003", PHONE)

    found = await entries(api, given, asked)

    kept_off = {"isSelectable": False, "isSelectedByDefault": False, "targetUser": None}
    assert found == [
        {"bucket": "EXISTING", "flags": ["OWNED_BY_YOU", "OPTED_OUT"], **kept_off},
        {"bucket": "NEW", "flags": ["OPTED_OUT"], **kept_off},
        {
            "bucket": "NEW",
            "flags": [],
            "isSelectable": True,
            "isSelectedByDefault": True,
            "targetUser": {"id": api.user_id},
        },
        {"bucket": "DUPLICATE", "flags": ["OWNED_BY_YOU", "OPTED_OUT"], **kept_off},
    ]
    assert (await validate(api, given, COUNTS))["counts"]["optedOut"] == 3


async def test_who_is_in_the_campaign_is_flagged_only_where_the_review_is_of_one(api: Api) -> None:
    contact = await api.make_contact(PHONE)
    spring, autumn = await make_campaign(api, "Spring"), await make_campaign(api, "Autumn")
    await add_to_campaign(api, spring, contact)
    asked = "bucket flags isSelectedByDefault"

    found = [await entries(api, rows(PHONE), asked, **given) for given in ({}, {"campaignId": autumn})]
    (there,) = await entries(api, rows(PHONE), asked, campaignId=spring)

    elsewhere = {"bucket": "EXISTING", "flags": ["OWNED_BY_YOU"], "isSelectedByDefault": True}
    assert found == [[elsewhere], [elsewhere]]
    assert there == {**elsewhere, "flags": ["OWNED_BY_YOU", "ALREADY_IN_CAMPAIGN"]}


async def test_a_number_of_no_known_network_is_flagged_as_the_accounts_check_says(api: Api) -> None:
    landline, french = "+254205550100", "+33612345678"
    await api.make_contact(landline)
    asked = "bucket flags"
    given = rows("+254205550101", french, landline)

    assert await entries(api, given, asked) == [
        {"bucket": "NEW", "flags": ["UNKNOWN_NETWORK"]},
        {"bucket": "NEW", "flags": []},
        {"bucket": "EXISTING", "flags": ["OWNED_BY_YOU", "UNKNOWN_NETWORK"]},
    ]
    strict = await entries(api.with_settings(network_check=NetworkCheck.STRICT), rows("+442079460000"), asked)
    assert strict == [{"bucket": "NEW", "flags": ["UNKNOWN_NETWORK"]}]
    off = await entries(api.with_settings(network_check=NetworkCheck.OFF), rows("+254205550101"), asked)
    assert off == [{"bucket": "NEW", "flags": []}]
    own = api.with_settings(custom_prefixes={"25420": ("Own network", "KE")})
    assert await entries(own, rows("+254205550101"), asked) == [{"bucket": "NEW", "flags": []}]


async def test_nothing_of_another_account_is_looked_at(api: Api, stranger: Api) -> None:
    await stranger.make_contact(PHONE)
    await store_message_times(stranger, E164, last_inbound_at=MONDAY)
    await mutate(stranger, "optOut", "optOut { phone }", phone=PHONE)
    await trash(stranger, [await stranger.make_contact("0712000002")])

    found = await entries(api, rows(PHONE, "0712000002"), "bucket flags lastInboundAt")

    assert found == [{"bucket": "NEW", "flags": [], "lastInboundAt": None}] * 2


async def cost(api: Api, count: int, campaign: str) -> list[str]:
    """Returns the statements of a review of `count` rows: a quarter new, the others known, with users and messages."""
    given = rows(*(f"+2547{place:08}" for place in range(count)))
    with counted_statements() as statements:
        review = await validate(api, given, f"id {COUNTS} newContacts {{ index }}", campaignId=campaign)
    assert review["counts"]["total"] == count
    assert review["counts"]["newContacts"] == len(review["newContacts"]) == count // 4
    return statements


@pytest.mark.parametrize("executor", ["compiled"], indirect=True)
async def test_the_number_of_statements_does_not_grow_with_the_rows(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    campaign = await make_campaign(api, "Spring")
    await fill(api, bob, campaign)

    few, many = await cost(api, 12, campaign), await cost(api, 10_000, campaign)

    assert len(few) == len(many) == 8
    assert [statement.split(" FROM ")[0] for statement in few] == [statement.split(" FROM ")[0] for statement in many]


async def fill(api: Api, bob: str, campaign: str) -> None:
    """Creates 7,500 contacts with all facts: owned, assigned, messaged, opted out and in the campaign. A quarter of the
    10,000 numbers has no contact.
    """
    places = [place for place in range(10_000) if place % 4]
    ids = await insert_contacts(api, [{"phone": f"+2547{place:08}"} for place in places])
    contacts = [{"id": str(uuid_of(one)), "phone": f"+2547{place:08}"} for one, place in zip(ids, places, strict=True)]
    table = database.rows_of("$2", "r", {"id": "uuid", "phone": "text"})
    user, of_campaign = uuid_of(bob), uuid_of(campaign)
    statements: list[tuple[str, tuple[Any, ...]]] = [
        (f"INSERT INTO contact_assignee (account_id, contact_id, user_id) SELECT $1, r.id, $3 FROM {table}", (user,)),
        (
            "INSERT INTO phone_history (account_id, phone, last_inbound_at) SELECT $1, r.phone, $3 "
            f"FROM {table} WHERE r.phone < '+254700005000'",
            (MONDAY,),
        ),
        (
            "INSERT INTO opt_out (account_id, phone, is_opted_out, source, changed_at) "
            "SELECT $1, r.phone, TRUE, 'API', $3 "
            f"FROM {table} WHERE r.phone > '+254700005000'",
            (MONDAY,),
        ),
        (
            "INSERT INTO campaign_contact "
            "(account_id, id, campaign_id, contact_id, extracted_data, created_at, updated_at) "
            f"SELECT $1, r.id, $3, r.id, $5, $4, $4 FROM {table}",
            (of_campaign, MONDAY, {}),
        ),
    ]
    for sql, arguments in statements:
        await database.execute(sql, api.account_id, contacts, *arguments)


# ------------------------------------------------------------------ messages, as they are recorded


async def recorded(api: Api, *messages: dict[str, Any]) -> None:
    """Records messages of the number. The default is a delivered outbound message."""
    told = [{"phone": PHONE, "direction": "OUTBOUND", "status": "DELIVERED", **message} for message in messages]
    payload = await mutate(api, "recordMessages", "summary { created failed }", messages=told)
    assert (payload["errors"], payload["summary"]) == ([], {"created": len(told), "failed": 0})


INBOUND = {"direction": "INBOUND", "status": "RECEIVED"}
OUT, IN, NOT_MESSAGED = "ALREADY_MESSAGED_OUTBOUND", "ALREADY_MESSAGED_INBOUND", "EXISTING"


@pytest.mark.parametrize(
    ("messages", "bucket"),
    [
        ([{"status": "DELIVERED"}], OUT),
        ([{"status": "QUEUED"}], OUT),
        ([{"status": "READ", "channel": "WHATSAPP"}], OUT),
        ([{"status": "FAILED"}, {"status": "DECLINED"}], NOT_MESSAGED),
        ([{"status": "CANCELLED"}], NOT_MESSAGED),
        ([{"status": "FAILED"}, {"status": "SENT"}], OUT),
        ([{"kind": "VERIFICATION"}], NOT_MESSAGED),
        ([{"kind": "GROUP"}], NOT_MESSAGED),
        ([{**INBOUND, "kind": "GROUP"}], NOT_MESSAGED),
        ([INBOUND], IN),
        ([{}, {**INBOUND, "occurredAt": iso(MONDAY)}], IN),
        ([{**INBOUND, "occurredAt": "2020-01-01T00:00:00Z"}, {}], IN),
        ([{"occurredAt": "2001-01-01T00:00:00Z"}], OUT),
    ],
)
async def test_only_messages_that_count_move_a_contact_of_mine(
    api: Api, messages: list[dict[str, Any]], bucket: str
) -> None:
    await api.make_contact(PHONE)

    await recorded(api, *messages)

    assert await buckets(api.later(HOUR), rows(PHONE)) == [bucket]


async def test_a_message_of_a_colleague_counts_and_an_unowned_contact_that_bob_wrote_to_was_messaged(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    await api.make_contact(PHONE, ownerId=None)

    await recorded(api, {"userId": bob, "occurredAt": iso(MONDAY)})

    asked = "bucket flags lastInboundAt lastOutboundAt isSelectable isSelectedByDefault"
    assert await entries(api.later(HOUR), rows(PHONE), asked) == [
        {
            "bucket": "ALREADY_MESSAGED_OUTBOUND",
            "flags": ["UNOWNED", "MESSAGED_OUTBOUND"],
            "lastInboundAt": None,
            "lastOutboundAt": iso(MONDAY),
            "isSelectable": True,
            "isSelectedByDefault": False,
        }
    ]


async def test_a_report_that_a_message_failed_takes_it_back(api: Api) -> None:
    await api.make_contact(PHONE)
    await recorded(api, {"status": "QUEUED", "externalId": "m-1"})
    assert await buckets(api, rows(PHONE)) == ["ALREADY_MESSAGED_OUTBOUND"]

    payload = await mutate(
        api,
        "recordMessages",
        "summary { updated }",
        messages=[{"phone": PHONE, "direction": "OUTBOUND", "status": "FAILED", "externalId": "m-1"}],
    )

    assert payload["summary"] == {"updated": 1}
    assert await buckets(api, rows(PHONE)) == ["EXISTING"]


async def test_messages_with_a_number_that_is_no_contact_are_flags(api: Api) -> None:
    await recorded(api, {}, INBOUND)

    assert await entries(api, rows(PHONE), "bucket flags") == [
        {"bucket": "NEW", "flags": ["MESSAGED_OUTBOUND", "MESSAGED_INBOUND"]}
    ]
