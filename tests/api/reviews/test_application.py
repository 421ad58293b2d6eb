"""applyCampaignReview adds the contacts of a review to its campaign if the review's findings are still true."""

from dataclasses import replace
from typing import Any

import pytest

from models.db import database
from services.accounts.authentication import Role, Scope
from tests.support.api_client import DAY, HOUR, MONDAY, Api, counted_statements, iso
from tests.support.mutations import mutate, refusal, trash
from tests.support.review_requests import apply, assign_users, count_of, rows, set_owner, store_message_times, validate
from tests.support.rows import change, insert_contacts, make_campaign
from tests.support.snapshot import stored_rows

PHONES = [f"+25471200000{place}" for place in range(10)]
PLACES = """
query ($id: ID!) {
  campaign(id: $id) {
    contactCount segments { segmentId scheduledDate contactCount }
    contacts(first: 100) {
      nodes { contact { phone name firstName lastName owner { name } } assignee { name } segmentId name extractedData }
    }
  }
}
"""


def summary(**counts: int) -> dict[str, int]:
    given = {"created": 0, "updated": 0, "skippedDuplicate": 0, "failed": 0, **counts}
    return {"total": sum(given.values()), **given}


RESULTS = "results { index outcome phone error { code path } }"


def failed(index: int) -> dict[str, Any]:
    """Returns the result of a row whose number has opted out."""
    error = {"code": "OPTED_OUT", "path": ["input", "reviewId"]}
    return {"index": index, "outcome": "FAILED", "phone": PHONES[index], "error": error}


async def in_campaign(api: Api, campaign: str) -> Any:
    return (await api.run(PLACES, id=campaign))["campaign"]


async def phones_in(api: Api, campaign: str) -> list[str]:
    return [place["contact"]["phone"] for place in (await in_campaign(api, campaign))["contacts"]["nodes"]]


async def test_rows_come_with_their_segment_their_user_and_their_columns(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    await api.make_contact(PHONES[1], name="Known", ownerId=bob)
    campaign = await make_campaign(api, "Spring")
    given = [
        {"phoneNumber": PHONES[0], "firstName": "Amina", "lastName": "Otieno", "columns": {"City": "Nairobi"}},
        {"phoneNumber": PHONES[1], "firstName": "Other", "columns": {"Due": [1, 2]}},
        {"phoneNumber": PHONES[2], "firstName": " Zuri\n", "lastName": "x" * 300},
        {"phoneNumber": "none"},
    ]
    review = await validate(
        api,
        given,
        "id",
        campaignId=campaign,
        segmentationConfig={
            "enabled": True,
            "contactDistribution": [
                {"segmentId": "first", "contactCount": 2, "scheduledDate": iso(MONDAY)},
                {"segmentId": "rest", "contactCount": 1},
            ],
        },
        assignmentConfig={
            "isAssignmentEnabled": True,
            "assignmentType": "SELECTED_USERS",
            "selectedUsers": [bob, api.user_id],
        },
    )

    payload = await apply(api.later(HOUR), review["id"], "review { id }")

    assert payload == {
        "summary": summary(created=3),
        "changed": [],
        "review": {"id": review["id"]},
        "campaign": {"contactCount": 3},
        "errors": [],
    }
    found = await in_campaign(api, campaign)
    assert found["segments"] == [
        {"segmentId": "first", "scheduledDate": iso(MONDAY), "contactCount": 2},
        {"segmentId": "rest", "scheduledDate": None, "contactCount": 1},
    ]

    def place(phone: str, names: tuple[Any, Any, Any], user: str, segment: str, columns: Any) -> dict[str, Any]:
        name, first, last = names
        return {
            "contact": {"phone": phone, "name": name, "firstName": first, "lastName": last, "owner": {"name": user}},
            "assignee": {"name": user},
            "segmentId": segment,
            "name": None,
            "extractedData": columns,
        }

    assert found["contacts"]["nodes"] == [
        place(PHONES[0], ("Amina Otieno", "Amina", "Otieno"), "Bob", "first", {"City": "Nairobi"}),
        place(PHONES[1], ("Known", None, None), "Bob", "first", {"Due": [1, 2]}),
        place(PHONES[2], (f"Zuri {'x' * 200}", "Zuri", "x" * 200), "Ada", "rest", {}),
    ]


async def test_applying_twice_adds_nothing_twice(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    await api.make_contact(PHONES[0])
    review = await validate(api, rows(*PHONES[:3]), campaignId=campaign)

    first = await apply(api, review["id"])
    before = await stored_rows(api)
    second = await apply(api.later(HOUR), review["id"])

    assert first["summary"] == summary(created=3)
    assert second == {
        "summary": summary(skippedDuplicate=3),
        "changed": [],
        "campaign": {"contactCount": 3},
        "errors": [],
    }
    assert await stored_rows(api) == before


async def test_rows_that_have_moved_come_back_as_they_are_now_and_stay_out(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    campaign = await make_campaign(api, "Spring")
    owned = [await api.make_contact(phone) for phone in PHONES[1:5]]
    review = await validate(api, rows(*PHONES[:7]), campaignId=campaign)
    now = api.later(HOUR)
    made = await now.make_contact(PHONES[0])
    await set_owner(now, owned[0], bob)
    await assign_users(now, owned[1], bob)
    await store_message_times(api, PHONES[3], last_inbound_at=MONDAY)
    await trash(api, [owned[3]])
    asked = (
        "changed { id index bucket phoneNumber contact { id } flags targetUser { id } isSelectable lastInboundAt "
        "protectedUntil }"
    )

    payload = await apply(now.with_settings(contact_protection_hours=24), review["id"], asked)

    me = {"id": api.user_id}
    entry_ids = [entry.pop("id") for entry in payload["changed"]]
    common = {"lastInboundAt": None, "protectedUntil": None, "isSelectable": True, "targetUser": me}
    kept_off = {"isSelectable": False, "targetUser": None}
    expected = [
        {**common, "bucket": "EXISTING", "contact": {"id": made}, "flags": ["OWNED_BY_YOU"]},
        {
            **common,
            **kept_off,
            "bucket": "PROTECTED",
            "contact": {"id": owned[0]},
            "flags": ["PROTECTED", "OWNED_BY_OTHER"],
            "protectedUntil": iso(MONDAY + DAY + HOUR),
        },
        {
            **common,
            **kept_off,
            "bucket": "ASSIGNED_TO_OTHER_USERS",
            "contact": {"id": owned[1]},
            "flags": ["OWNED_BY_YOU", "ASSIGNED_TO_OTHER"],
        },
        {
            **common,
            "bucket": "ALREADY_MESSAGED_INBOUND",
            "contact": {"id": owned[2]},
            "flags": ["OWNED_BY_YOU", "MESSAGED_INBOUND"],
            "lastInboundAt": iso(MONDAY),
        },
        {**common, "bucket": "NEW", "contact": None, "flags": ["IN_TRASH"]},
    ]
    assert payload["changed"] == [
        {"index": index, "phoneNumber": PHONES[index], **entry} for index, entry in enumerate(expected)
    ]
    assert payload["summary"] == summary(created=2)
    assert await phones_in(api, campaign) == PHONES[5:7]
    text = "query ($id: ID!) { campaignReview(id: $id) { entries { nodes { id bucket } } } }"
    shown = (await api.run(text, id=review["id"]))["campaignReview"]["entries"]["nodes"]
    assert [entry["id"] for entry in shown[:5]] == entry_ids
    assert [entry["bucket"] for entry in shown] == ["NEW", *["EXISTING"] * 4, "NEW", "NEW"]


async def test_who_is_in_the_campaign_is_skipped_wherever_they_have_moved_to(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    campaign = await make_campaign(api, "Spring")
    contact = await api.make_contact(PHONES[0])
    review = await validate(api, rows(PHONES[0], PHONES[1]), campaignId=campaign)
    added = await mutate(
        api, "addCampaignContacts", "summary { created }", campaignId=campaign, contacts=[{"contact": PHONES[0]}]
    )
    assert added["summary"] == {"created": 1}
    await set_owner(api, contact, bob)

    payload = await apply(api.with_settings(contact_protection_hours=24), review["id"])

    assert (payload["summary"], payload["changed"]) == (summary(skippedDuplicate=1, created=1), [])


async def test_only_new_and_existing_rows_are_added_unless_others_are_named(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    for phone in PHONES[1:3]:
        await api.make_contact(phone)
    await store_message_times(api, PHONES[2], last_outbound_at=MONDAY)
    review = await validate(api, rows(*PHONES[:3], "none", PHONES[0]), campaignId=campaign)

    assert (await apply(api, review["id"], buckets=[]))["summary"] == summary()
    assert await phones_in(api, campaign) == []
    assert (await apply(api, review["id"]))["summary"] == summary(created=2)
    assert await phones_in(api, campaign) == PHONES[:2]
    messaged = await apply(api, review["id"], buckets=["ALREADY_MESSAGED_OUTBOUND", "ASSIGNED_TO_YOU_NOT_OWNED"])
    assert messaged["summary"] == summary(created=1)
    assert await phones_in(api, campaign) == PHONES[:3]


async def test_indexes_narrow_and_except_indexes_take_out(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    review = await validate(api, rows(*PHONES[:6], "none"), campaignId=campaign)

    one = await apply(api, review["id"], indexes=[4, 1, 6, 99, -1, 1], exceptIndexes=[4])
    none = await apply(api, review["id"], indexes=[])
    rest = await apply(api, review["id"], exceptIndexes=[0, 77])

    assert (one["summary"], none["summary"]) == (summary(created=1), summary())
    assert rest["summary"] == summary(created=4, skippedDuplicate=1)
    assert await phones_in(api, campaign) == [PHONES[place] for place in (1, 2, 3, 4, 5)]


async def test_an_opted_out_number_is_never_added(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    await mutate(api, "optOut", "optOut { phone }", phone=PHONES[0])
    review = await validate(api, rows(*PHONES[:3]), campaignId=campaign)
    await mutate(api, "optOut", "optOut { phone }", phone=PHONES[1])

    payload = await apply(api, review["id"], RESULTS)
    named = await apply(api, review["id"], RESULTS, indexes=[0, 2])
    by_bucket = await apply(api, review["id"], RESULTS, buckets=["NEW"])

    assert (payload["summary"], payload["changed"]) == (summary(created=1, failed=1), [])
    assert payload["results"] == [failed(1)]
    assert named["results"] == [failed(0), {**failed(2), "outcome": "SKIPPED_DUPLICATE", "error": None}]
    assert by_bucket["summary"] == summary(skippedDuplicate=1, failed=2)
    assert await phones_in(api, campaign) == [PHONES[2]]
    assert await count_of("contact", api) == 1


async def test_the_results_are_narrowed_by_outcome_and_name_no_number_to_a_stranger(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    review = await validate(api, rows(*PHONES[:2]), campaignId=campaign)
    await mutate(api, "optOut", "optOut { phone }", phone=PHONES[1])
    writer = replace(api, caller=replace(api.caller, scopes=frozenset({Scope.CAMPAIGNS_WRITE, Scope.CONTACTS_WRITE})))

    blind = await mutate(writer, "applyCampaignReview", RESULTS, reviewId=review["id"], indexes=[0, 1])
    selected = "failed: results(only: [FAILED]) { index } other: results(only: [CREATED, SKIPPED_DUPLICATE]) "
    again = await apply(api, review["id"], selected + "{ index campaignContact { contact { phone } } }")

    assert blind["results"] == [{**failed(1), "phone": None}]
    assert again["failed"] == [{"index": 1}]
    assert again["other"] == [{"index": 0, "campaignContact": {"contact": {"phone": PHONES[0]}}}]


async def test_a_row_whose_cells_no_database_can_hold_fails_alone(api: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    given = [{"phoneNumber": PHONES[0], "columns": {"a": "\u0000"}}, {"phoneNumber": PHONES[1]}]
    review = await validate(api, given, campaignId=campaign)

    assert (await apply(api, review["id"]))["summary"] == summary(created=1, failed=1)
    assert await phones_in(api, campaign) == [PHONES[1]]


async def test_protected_rows_come_only_by_those_who_may_override_it(api: Api) -> None:
    bob, agent = await api.make_user("Bob")
    _, manager = await api.make_user("Eve", Role.MANAGER)
    campaign = await make_campaign(api, "Spring")
    await api.make_contact(PHONES[0])
    guarded = [one.with_settings(contact_protection_hours=24) for one in (agent, manager)]
    review = await validate(guarded[0], rows(*PHONES[:2]), campaignId=campaign)
    before = await stored_rows(api)

    plain = await apply(guarded[0], review["id"], buckets=["NEW", "PROTECTED"])
    as_agent = await apply(guarded[0], review["id"], buckets=["PROTECTED"], overrideProtection=True)

    nothing: dict[str, Any] = {"summary": None, "changed": [], "campaign": None}
    without = "The rows in PROTECTED can't be added to a campaign without overrideProtection."
    assert plain == {**nothing, "errors": [refusal("INVALID", without, "buckets", "1")]}
    forbidden = refusal("FORBIDDEN", "This requires the role MANAGER or ADMIN.", "overrideProtection")
    assert as_agent == {**nothing, "errors": [forbidden]}
    assert await stored_rows(api) == before
    as_manager = await apply(guarded[1], review["id"], buckets=["PROTECTED"], overrideProtection=True)
    assert as_manager["summary"] == summary(created=1)
    assert await phones_in(api, campaign) == [PHONES[0]]


@pytest.mark.parametrize("bucket", ["INVALID", "DUPLICATE", "ASSIGNED_TO_OTHER_USERS"])
async def test_rows_that_can_not_be_ticked_can_not_be_added(api: Api, bucket: str) -> None:
    review = await validate(api, rows(PHONES[0]), campaignId=await make_campaign(api, "Spring"))
    before = await stored_rows(api)

    payload = await apply(api, review["id"], buckets=["NEW", bucket], overrideProtection=True)

    message = f"The rows in {bucket} can't be added to a campaign."
    assert payload["errors"] == [refusal("INVALID", message, "buckets", "1")]
    assert payload["summary"] is None
    assert await stored_rows(api) == before


async def test_the_campaign_is_named_where_the_review_has_none_and_is_never_another(api: Api) -> None:
    spring, autumn = await make_campaign(api, "Spring"), await make_campaign(api, "Autumn")
    over = await make_campaign(api, "Over", status="ARCHIVED")
    of_none = await validate(api, rows(PHONES[0]))
    of_spring = await validate(api, rows(PHONES[1]), campaignId=spring)
    before = await stored_rows(api)

    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (of_none["id"], {}, refusal("REQUIRED", "The review has no campaign. Set campaignId.", "campaignId")),
        (
            of_spring["id"],
            {"campaignId": autumn},
            refusal("INVALID", "The review belongs to another campaign.", "campaignId"),
        ),
        (
            of_none["id"],
            {"campaignId": "cmp_01jd8vq0c5fj2v7wq1x3ynm8za"},
            refusal("NOT_FOUND", "There is no such campaign.", "campaignId"),
        ),
        (
            of_none["id"],
            {"campaignId": over},
            refusal("WRONG_STATE", "The campaign is ARCHIVED; no contacts can be added to it.", "campaignId"),
        ),
    ]
    for review, given, expected in cases:
        assert (await apply(api, review, **given))["errors"] == [expected]
    assert await stored_rows(api) == before
    assert (await apply(api, of_none["id"], campaignId=autumn))["summary"] == summary(created=1)
    assert (await apply(api, of_spring["id"], campaignId=spring))["summary"] == summary(created=1)
    assert [await phones_in(api, one) for one in (spring, autumn)] == [[PHONES[1]], [PHONES[0]]]


async def test_a_review_that_has_expired_or_is_anothers_is_not_there(api: Api, stranger: Api) -> None:
    campaign = await make_campaign(api, "Spring")
    review = await validate(api, rows(PHONES[0]), campaignId=campaign)
    message = "There is no such review. Reviews are deleted after a day."
    gone = [refusal("NOT_FOUND", message, "reviewId")]

    assert (await apply(api.later(DAY), review["id"]))["errors"] == gone
    assert (await apply(stranger, review["id"]))["errors"] == gone
    assert await phones_in(api, campaign) == []


async def test_a_review_for_a_user_who_is_gone_is_not_applied(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    config = {"isAssignmentEnabled": True, "assignmentType": "SELECTED_USERS", "selectedUsers": [bob]}
    campaign = await make_campaign(api, "Spring")
    review = await validate(api, rows(PHONES[0]), campaignId=campaign, assignmentConfig=config)
    await change("account_user", bob, is_active=False)

    payload = await apply(api, review["id"])

    message = "The review includes a user who is no longer active. Validate the rows again."
    assert payload["errors"] == [refusal("WRONG_STATE", message, "reviewId")]
    assert await phones_in(api, campaign) == []


async def test_whoever_applies_it_a_review_is_for_those_whom_it_was_made_for(api: Api) -> None:
    _, manager = await api.make_user("Eve", Role.MANAGER)
    campaign = await make_campaign(api, "Spring")
    await api.make_contact(PHONES[0])
    review = await validate(api, rows(*PHONES[:2]), campaignId=campaign)

    payload = await apply(manager, review["id"])

    assert (payload["summary"], payload["changed"]) == (summary(created=2), [])
    places = (await in_campaign(api, campaign))["contacts"]["nodes"]
    assert [place["assignee"] for place in places] == [{"name": "Ada"}] * 2
    assert [place["contact"]["owner"] for place in places] == [{"name": "Ada"}] * 2


async def test_the_number_of_statements_does_not_grow_with_the_rows(api: Api) -> None:
    costs = []
    for count, start in ((10, 0), (2_000, 5_000)):
        campaign = await make_campaign(api, "Spring")
        phones = [f"+2547{start + place:08}" for place in range(count)]
        await insert_contacts(api, [{"phone": phone} for phone in phones[::2]])
        review = await validate(api, rows(*phones), campaignId=campaign)
        with counted_statements() as statements:
            payload = await apply(api, review["id"])
        assert payload["summary"] == summary(created=count)
        costs.append(len(statements))
        row = await database.fetch_one("SELECT count(*) FROM campaign_contact WHERE account_id = $1", api.account_id)
        assert row is not None

    assert costs[0] == costs[1]
