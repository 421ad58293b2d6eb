"""addCampaignContacts adds a batch of people to a campaign: each row on its own, in order."""

from typing import Any

from services.accounts.authentication import Role
from tests.support.api_client import HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.campaign_requests import PLACE, PROTECTED, add, outcomes, refused_batch, row_result
from tests.support.mutations import contact, contacts, mutate, no_number, refusal, trash
from tests.support.rows import insert, make_campaign
from tests.support.snapshot import stored_campaign_counts, stored_rows, true_campaign_counts


async def test_each_row_is_told_how_it_ended(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    await api.make_contact("0712000001")
    await api.make_contact("0712000002")
    await outcomes(api, spring, {"contact": "0712000002"})
    await api.run('mutation { optOut(input: {phone: "0712000003"}) { errors { code } } }')

    payload = await add(
        api,
        spring,
        {"contact": "0712 000 001"},
        {"contact": "+254712000002"},
        {"contact": "0712000003"},
        {"contact": "0712000004.0"},
        {"contact": " "},
        {},
        {"contact": "12"},
        {"contact": "0712000005", "region": "XX"},
        {"contact": "0712000005", "name": "n" * 201},
        {"contact": "0712000005", "extractedData": {"a": "\0"}},
    )

    few = "The number has too few digits for a number of KE; the area code may be missing."
    nobody = "No phone number is given."
    at = "contacts"
    opted_out = refusal("OPTED_OUT", "The number has opted out.", at, "2")
    region = refusal("INVALID", "'XX' is not a region that libphonenumber knows.", at, "7", "region")
    name = refusal("TOO_LONG", "The value has 201 characters; at most 200 are allowed.", at, "8", "name")
    text = "Texts must not contain the character U+0000 or half of a surrogate pair."
    assert payload == {
        "summary": {"total": 10, "created": 2, "updated": 0, "skippedDuplicate": 1, "failed": 7},
        "results": [
            row_result(0, "CREATED", "+254712000001"),
            row_result(1, "SKIPPED_DUPLICATE", "+254712000002"),
            row_result(2, "FAILED", "+254712000003", opted_out),
            row_result(3, "CREATED", "+254712000004"),
            row_result(4, "FAILED", " ", refusal("MISSING_CONTACT", nobody, at, "4", "contact")),
            row_result(5, "FAILED", None, refusal("MISSING_CONTACT", nobody, at, "5", "contact")),
            row_result(6, "FAILED", "12", no_number(few, at, "6", "contact", value="12")),
            row_result(7, "FAILED", "0712000005", region),
            row_result(8, "FAILED", "+254712000005", name),
            row_result(9, "FAILED", "+254712000005", refusal("INVALID", text, at, "9", "extractedData")),
        ],
        "campaign": {"contactCount": 3, "contacts": {"totalCount": 3}},
        "errors": [],
    }
    assert [one["phone"] for one in await contacts(api, "phone")] == [f"+25471200000{n}" for n in (1, 2, 4)]
    assert await stored_campaign_counts(api) == await true_campaign_counts(api) == {("Spring", None): 3}


async def test_a_row_keeps_what_is_given_of_it(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    await api.make_contact("0712000001", name="Ann", ownerId=None)
    data = {"age": 41, "crops": ["maize", None], "ok": True, "deep": {"é": 1.5}}

    payload = await add(
        api.at(TUESDAY),
        spring,
        {
            "contact": "0712000001",
            "name": " Mama Ann ",
            "context": "One.\nTwo.",
            "extractedData": data,
            "externalId": "f-1",
        },
        {"contact": "0712000002", "name": "Ben", "context": "", "extractedData": None},
        selected=f"{PLACE} createdAt updatedAt",
    )

    at = {"assignee": None, "segmentId": None, "createdAt": iso(TUESDAY), "updatedAt": iso(TUESDAY)}
    ann = {"phone": "+254712000001", "name": "Ann", "owner": None}
    ben = {"phone": "+254712000002", "name": "Ben", "owner": {"name": "Ada"}}
    assert [row["campaignContact"] for row in payload["results"]] == [
        {
            "name": "Mama Ann",
            "context": "One.\nTwo.",
            "extractedData": data,
            "externalId": "f-1",
            "contact": ann,
            **at,
        },
        {"name": "Ben", "context": None, "extractedData": {}, "externalId": None, "contact": ben, **at},
    ]


async def test_a_number_that_is_no_contact_yet_becomes_one_as_by_create_contact(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    history = {"account_id": api.account_id, "phone": "+254712000001", "last_outbound_at": MONDAY}
    await insert("phone_history", **history)
    selected = (
        "phone name owner { name } ownedAt status invalidReason operator { name } country timeZones lastOutboundAt "
        "tags lists { id } createdAt updatedAt"
    )

    await outcomes(api, spring, {"contact": "0712000001"}, {"contact": "+254202222222"})
    added = await contacts(api, selected)
    await mutate(api, "purgeContacts", "count", contacts={"phones": ["0712000001", "+254202222222"]}, fromAnywhere=True)
    await insert("phone_history", **history)  # the purge deleted it
    await api.make_contact("0712000001")
    await api.make_contact("+254202222222")

    assert added == await contacts(api, selected)
    assert [(one["status"], one["owner"], one["lastOutboundAt"]) for one in added] == [
        ("INVALID", {"name": "Ada"}, None),
        ("VALID", {"name": "Ada"}, iso(MONDAY)),
    ]


async def test_an_integrations_new_contact_is_nobodys(api: Api) -> None:
    spring = await make_campaign(api, "Spring")

    await outcomes(api.without_user(), spring, {"contact": "0712000001"})

    assert await contacts(api, "phone owner { name } ownedAt") == [
        {"phone": "+254712000001", "owner": None, "ownedAt": None}
    ]


async def test_a_duplicate_is_left_as_it_is_unless_it_is_to_be_updated(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    row = {"name": "Ann", "context": "Farmer", "extractedData": {"a": 1, "b": 2}, "externalId": "f-1"}
    await outcomes(api, spring, *({"contact": f"071200000{n}", **row} for n in range(4)))
    before = await stored_rows(api)

    skipped = await add(api.at(TUESDAY), spring, {"contact": "0712000000", "name": "Bea"}, selected="name")
    unchanged = await stored_rows(api)
    updated = await add(
        api.at(TUESDAY),
        spring,
        {"contact": "0712000000", "name": "Bea", "extractedData": {"c": 3}},
        {"contact": "0712000001", "name": None, "context": " ", "extractedData": None, "externalId": None},
        {"contact": "0712000002"},
        ifDuplicate="UPDATE",
        selected="name context extractedData externalId updatedAt contact { name }",
    )

    assert (skipped["summary"]["skippedDuplicate"], skipped["results"][0]["campaignContact"]) == (1, {"name": "Ann"})
    assert unchanged == before
    ann = {"contact": {"name": "Ann"}}
    assert updated["summary"] == {"total": 3, "created": 0, "updated": 3, "skippedDuplicate": 0, "failed": 0}
    assert [row["campaignContact"] for row in updated["results"]] == [
        row | ann | {"name": "Bea", "extractedData": {"c": 3}, "updatedAt": iso(TUESDAY)},
        dict.fromkeys(row) | ann | {"extractedData": {}, "updatedAt": iso(TUESDAY)},
        row | ann | {"updatedAt": iso(MONDAY)},
    ]
    assert await stored_campaign_counts(api) == await true_campaign_counts(api) == {("Spring", None): 4}


async def test_a_second_row_of_a_number_meets_what_the_first_made(api: Api) -> None:
    spring, autumn = await make_campaign(api, "Spring"), await make_campaign(api, "Autumn")
    rows: list[dict[str, Any]] = [
        {"contact": "0712000001", "name": "n" * 201},
        {"contact": "0712000001", "name": "Ann", "context": "Farmer"},
        {"contact": "+254 712 000 001", "name": "Bea"},
        {"contact": "0712000001", "extractedData": {"a": 1}},
    ]

    skipped = await add(api, spring, *rows, selected="name context")
    updated = await add(api, autumn, *rows, ifDuplicate="UPDATE", selected="name context extractedData")

    assert [row["outcome"] for row in skipped["results"]] == ["FAILED", "CREATED", *["SKIPPED_DUPLICATE"] * 2]
    assert [row["campaignContact"] for row in skipped["results"]] == [None, *[{"name": "Ann", "context": "Farmer"}] * 3]
    assert [row["outcome"] for row in updated["results"]] == ["FAILED", "CREATED", "UPDATED", "UPDATED"]
    assert [row["campaignContact"] for row in updated["results"]] == [
        None,
        *[{"name": "Bea", "context": "Farmer", "extractedData": {"a": 1}}] * 3,
    ]
    assert await contacts(api, "phone name") == [{"phone": "+254712000001", "name": "Ann"}]
    assert await stored_campaign_counts(api) == {("Spring", None): 1, ("Autumn", None): 1}


async def test_a_contact_in_the_trash_is_not_revived_and_its_number_becomes_a_new_contact(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    old = await api.make_contact("0712000001", name="Old")
    await outcomes(api, spring, {"contact": "0712000001"})
    await trash(api, [old])

    ended = await outcomes(api, spring, {"contact": "0712000001", "name": "New"})

    assert ended == ["CREATED"]
    assert await contacts(api, "name") == [{"name": "New"}]
    assert await contact(api, old, "name deletedAt") == {"name": "Old", "deletedAt": iso(MONDAY)}
    assert await stored_campaign_counts(api) == await true_campaign_counts(api) == {("Spring", None): 1}


async def test_an_opted_out_number_does_not_come_in_and_one_that_opts_out_later_stays(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    rows = [{"contact": "0712000001"}, {"contact": "0712000002"}]
    await api.make_contact("0712000001")
    await api.run('mutation { optOut(input: {phone: "0712000001"}) { errors { code } } }')

    first = await outcomes(api, spring, *rows)
    await api.run('mutation { optIn(input: {phone: "0712000001"}) { errors { code } } }')
    again = await outcomes(api, spring, *rows)
    await api.run('mutation { optOut(input: {phone: "0712000001"}) { errors { code } } }')
    later = await outcomes(api, spring, *rows)

    assert first == ["OPTED_OUT", "CREATED"]
    assert again == ["CREATED", "SKIPPED_DUPLICATE"]
    assert later == ["SKIPPED_DUPLICATE", "SKIPPED_DUPLICATE"]


async def test_a_campaign_by_email_takes_who_has_an_address(api: Api) -> None:
    letters = await make_campaign(api, "Letters", channel="EMAIL")
    await api.make_contact("0712000001", email="ann@example.com")
    await api.make_contact("0712000002")

    ended = await outcomes(api, letters, *({"contact": f"071200000{n}"} for n in (1, 2, 3)))

    assert ended == ["CREATED", "MISSING_EMAIL", "MISSING_EMAIL"]
    assert [one["phone"] for one in await contacts(api, "phone")] == ["+254712000001", "+254712000002"]


async def test_a_colleagues_new_contact_is_protected_until_its_time_is_over(api: Api) -> None:
    _, bob = await api.make_user("Bob")
    _, eve = await api.make_user("Eve", Role.MANAGER)
    spring, autumn = await make_campaign(api, "Spring"), await make_campaign(api, "Autumn")
    hours = {"contact_protection_hours": 24}
    await bob.make_contact("0712000001")
    row = {"contact": "0712000001"}

    of_colleague = await add(api.later(23 * HOUR).with_settings(**hours), spring, row)
    of_integration = await outcomes(api.without_user().with_settings(**hours), spring, row)
    own = await outcomes(bob.with_settings(**hours), spring, row)
    overridden = await outcomes(eve.with_settings(**hours), autumn, row, overrideProtection=True)
    over = await outcomes(api.later(24 * HOUR).with_settings(**hours), await make_campaign(api, "Winter"), row)

    error = refusal("CONTACT_PROTECTED", PROTECTED, "contacts", "0")
    assert of_colleague["results"] == [row_result(0, "FAILED", "+254712000001", error)]
    assert of_colleague["campaign"] == {"contactCount": 0, "contacts": {"totalCount": 0}}
    assert of_integration == ["CONTACT_PROTECTED"]
    assert own == overridden == over == ["CREATED"]


async def test_only_managers_override_protection(api: Api) -> None:
    _, bob = await api.make_user("Bob")
    spring = await make_campaign(api, "Spring")
    before = await stored_rows(api)

    payload = await add(bob, spring, {"contact": "0712000001"}, overrideProtection=True)

    message = "This requires the role MANAGER or ADMIN."
    assert payload == refused_batch(refusal("FORBIDDEN", message, "overrideProtection"))
    assert await stored_rows(api) == before


async def test_only_some_outcomes_can_be_asked_for(api: Api) -> None:
    spring = await make_campaign(api, "Spring")
    asked = "summary { total } failed: results(only: [FAILED]) { index } none: results(only: []) { index }"

    payload = await mutate(
        api,
        "addCampaignContacts",
        asked,
        campaignId=spring,
        contacts=[{"contact": "0712000001"}, {"contact": ""}, {"contact": "0712000002"}],
    )

    assert payload == {"summary": {"total": 3}, "failed": [{"index": 1}], "none": [], "errors": []}


async def test_four_rows_take_as_many_statements_as_a_thousand(api: Api) -> None:
    counts = {}
    for size in (4, 1000):
        campaign = await make_campaign(api, f"Of {size}")
        rows = [{"contact": f"07{size:04}{number:04}", "name": f"N {number}"} for number in range(size)]
        half = rows[: size // 2]
        await outcomes(api, campaign, *half)

        with counted_statements() as statements:
            await add(api, campaign, *rows, ifDuplicate="UPDATE", selected="id contact { phone }")
        counts[size] = len(statements)

    assert counts[4] == counts[1000] <= 20
    assert (
        await stored_campaign_counts(api)
        == await true_campaign_counts(api)
        == {("Of 4", None): 4, ("Of 1000", None): 1000}
    )
