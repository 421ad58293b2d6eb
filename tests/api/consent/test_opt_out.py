"""Opt-outs are registered by number; only an opt-in reverts them."""

import asyncio
from typing import Any

import pytest

from models.db import database
from schema.root import schema
from tests.support.api_client import MONDAY, TUESDAY, Api, iso
from tests.support.mutations import contact, contacts, create, mutate, no_number, purge, refusal, trash, update
from tests.support.rows import make_campaign
from tests.support.snapshot import stored_rows

REGISTER = "optOut { phone isOptedOut source reason changedAt changedBy { name } } contact { id isOptedOut optedOutAt }"
PHONE = "+254712345678"
NEVER = {"phone": PHONE, "isOptedOut": False, "source": None, "reason": None, "changedAt": None, "changedBy": None}


async def opt_out(api: Api, phone: str = PHONE, **options: Any) -> Any:
    return await mutate(api, "optOut", REGISTER, phone=phone, **options)


async def opt_in(api: Api, phone: str = PHONE, **options: Any) -> Any:
    return await mutate(api, "optIn", REGISTER, phone=phone, **options)


def register(is_opted_out: bool, changed_at: Any, **more: Any) -> dict[str, Any]:
    told = {"isOptedOut": is_opted_out, "source": "API", "changedAt": iso(changed_at), "changedBy": {"name": "Ada"}}
    return NEVER | told | more


async def events(api: Api) -> list[dict[str, Any]]:
    """Returns the consent history, oldest first, without ids."""
    rows = (await stored_rows(api))["consent_event"]
    return [
        {
            name: row[name]
            for name in ("phone", "is_opted_out", "source", "reason", "user_id", "token_id", "occurred_at")
        }
        for row in sorted(rows, key=lambda row: str(row["id"]))
    ]


def event(api: Api, is_opted_out: bool, at: Any, *, source: str = "API", reason: str | None = None) -> dict[str, Any]:
    return {
        "phone": PHONE,
        "is_opted_out": is_opted_out,
        "source": source,
        "reason": reason,
        "user_id": api.caller.user_id,
        "token_id": api.caller.token_id,
        "occurred_at": at,
    }


async def test_a_number_opts_out_and_its_contact_shows_it(api: Api) -> None:
    made = await api.make_contact("0712345678")

    answer = await opt_out(api.at(TUESDAY), "0712 345 678", reason=" Said STOP\non the phone ")

    assert answer == {
        "optOut": register(True, TUESDAY, reason="Said STOP\non the phone"),
        "contact": {"id": made, "isOptedOut": True, "optedOutAt": iso(TUESDAY)},
        "errors": [],
    }
    assert await events(api) == [event(api, True, TUESDAY, reason="Said STOP\non the phone")]


async def test_opting_out_twice_keeps_the_first_date(api: Api) -> None:
    await opt_out(api, reason="first")
    before = await stored_rows(api)

    answer = await opt_out(api.at(TUESDAY), reason="second")

    assert answer["optOut"] == register(True, MONDAY, reason="first")
    assert await stored_rows(api) == before


async def test_an_opt_in_lifts_it_and_each_change_leaves_an_event(api: Api) -> None:
    made = await api.make_contact("0712345678")
    _, bob = await api.make_user("Bob")
    await opt_out(api)

    lifted = await opt_in(bob.at(TUESDAY), reason="asked for it")
    again = await opt_in(api.at(TUESDAY))
    await opt_out(api.at(TUESDAY))

    shown = {"id": made, "isOptedOut": False, "optedOutAt": None}
    in_again = register(False, TUESDAY, reason="asked for it", changedBy={"name": "Bob"})
    assert lifted == again == {"optOut": in_again, "contact": shown, "errors": []}
    assert await events(api) == [
        event(api, True, MONDAY),
        event(bob, False, TUESDAY, reason="asked for it"),
        event(api, True, TUESDAY),
    ]


async def test_a_number_needs_no_contact(api: Api) -> None:
    stopped = await opt_out(api)
    made = await create(api, "isOptedOut optedOutAt", phone=PHONE)

    assert stopped == {"optOut": register(True, MONDAY), "contact": None, "errors": []}
    assert made["contact"] == {"isOptedOut": True, "optedOutAt": iso(MONDAY)}


async def test_an_opt_in_of_a_number_never_heard_of_changes_nothing(api: Api) -> None:
    before = await stored_rows(api)

    answer = await opt_in(api)

    assert answer == {"optOut": NEVER, "contact": None, "errors": []}
    assert await stored_rows(api) == before


async def test_an_integration_is_its_token(api: Api) -> None:
    integration = api.without_user()

    answer = await opt_out(integration)

    assert answer["optOut"] == register(True, MONDAY, changedBy=None)
    assert await events(api) == [event(integration, True, MONDAY)]


@pytest.mark.parametrize("mutation", ["optOut", "optIn"])
async def test_what_is_no_number_or_too_long_is_refused(api: Api, mutation: str) -> None:
    await opt_out(api)
    before = await stored_rows(api)

    async def refused(**given: Any) -> Any:
        answer = await mutate(api.at(TUESDAY), mutation, REGISTER, **given)
        assert (answer["optOut"], answer["contact"]) == (None, None)
        return answer["errors"]

    few = "The number has too few digits for a number of KE; the area code may be missing."
    assert await refused(phone=" ") == [refusal("MISSING_CONTACT", "No phone number is given.", "phone")]
    assert await refused(phone="12") == [no_number(few, "phone", value="12")]
    assert await refused(phone=PHONE, reason="x" * 1001) == [
        refusal("TOO_LONG", "The reason has 1001 characters; at most 1000 are allowed.", "reason")
    ]
    assert await refused(phone=PHONE, reason="a\x00b") == [
        refusal("INVALID", "The reason contains control characters, which are not allowed.", "reason")
    ]
    assert await refused(phone=PHONE, region="XX") == [
        refusal("INVALID", "'XX' is not a region that libphonenumber knows.", "region")
    ]
    assert await stored_rows(api) == before


async def test_the_region_tells_which_number_is_meant(api: Api) -> None:
    answer = await opt_out(api, "0712345678", region="TZ")

    assert answer["optOut"]["phone"] == "+255712345678"


async def test_opt_outs_of_one_account_are_none_of_another(api: Api, stranger: Api) -> None:
    made = await stranger.make_contact("0712345678")
    before = await stored_rows(stranger)

    await opt_out(api)

    assert await contact(stranger, made, "isOptedOut") == {"isOptedOut": False}
    assert await stored_rows(stranger) == before


async def test_opt_outs_at_once_leave_one_event(api: Api) -> None:
    answers = await asyncio.gather(*(opt_out(api, reason=str(number)) for number in range(10)))

    assert len({answer["optOut"]["reason"] for answer in answers}) == 1
    assert len(await events(api)) == 1


# ------------------------------------------------------------------ what lifts it not, and what sets it


def other_mutations(contact_id: str, list_id: str, campaign_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Returns all mutations of a contact, its lists and its account, in an order in which all succeed."""
    chosen = {"contacts": {"ids": [contact_id]}}
    early = {"phone": PHONE, "direction": "INBOUND", "occurredAt": iso(MONDAY)}
    of_campaign = {"campaignId": campaign_id}
    return [
        ("updateContact", {"contact": {"id": contact_id}, "firstName": "Ann", "notes": None}),
        ("createCampaign", {"name": "Autumn", "channel": "SMS"}),
        ("updateCampaign", {"id": campaign_id, "listIds": [list_id]}),
        ("addCampaignContacts", of_campaign | {"contacts": [{"contact": PHONE}]}),
        ("removeCampaignContacts", of_campaign | chosen),
        ("validateCampaignContacts", {"contacts": [{"phoneNumber": PHONE}]}),
        ("deleteCampaign", {"id": campaign_id}),
        ("setOperatorPrefix", {"prefix": "+25471", "operator": "Ours"}),
        ("createContact", {"contact": {"phone": PHONE, "firstName": "Bea"}, "ifExists": "UPDATE"}),
        ("bulkCreateContacts", {"contacts": [{"phone": PHONE, "tags": ["a"]}], "ifExists": "UPDATE"}),
        ("assignContacts", chosen | {"ownerId": None}),
        ("tagContacts", chosen | {"add": ["vip"]}),
        ("createContactList", {"name": "Leads"}),
        ("updateContactList", {"id": list_id, "name": "Customers"}),
        ("addContactsToList", chosen | {"listId": list_id}),
        ("removeContactsFromList", chosen | {"listId": list_id}),
        ("deleteContactList", {"id": list_id}),
        ("recordMessages", {"messages": [early | {"body": "start"}, early | {"direction": "OUTBOUND"}]}),
        ("verifyContact", {"contact": {"id": contact_id}, "action": "CONFIRM"}),
        ("updateAccount", {"trashRetentionDays": 1}),
        ("createUser", {"email": "bob@example.com", "name": "Bob"}),
        ("trashContacts", chosen),
        ("restoreContacts", chosen),
        ("updateContact", {"contact": {"id": contact_id}, "phone": "0733345678"}),
        ("updateContact", {"contact": {"id": contact_id}, "phone": PHONE}),
        ("purgeContacts", chosen | {"fromAnywhere": True}),
        ("createContact", {"contact": {"phone": PHONE}}),
    ]


FAR_FROM_CONTACTS = {"updateUser", "createToken", "revokeToken", "cancelJob", "deleteOperatorPrefix"}
FAR_FROM_CONTACTS |= {
    "createWebhookEndpoint",
    "updateWebhookEndpoint",
    "deleteWebhookEndpoint",
    "rotateWebhookSecret",
    "testWebhookEndpoint",
    "redeliverWebhookEvents",
}
# Other test files cover these mutations, which concern files and reviews.
ELSEWHERE = {"importContacts", "exportContacts", "emailExport", "applyCampaignReview"}


async def test_nothing_but_an_opt_in_lifts_an_opt_out(api: Api) -> None:
    made = await api.make_contact("0712345678")
    clients = await api.make_list("Clients")
    await opt_out(api)
    state = await stored_rows(api)

    for name, change in other_mutations(made, clients, await make_campaign(api, "Spring")):
        payload = await mutate(api.at(TUESDAY), name, "__typename", **change)

        assert payload["errors"] == [], name
        now = await stored_rows(api)
        assert (now["opt_out"], now["consent_event"]) == (state["opt_out"], state["consent_event"]), name
    assert await contacts(api, "isOptedOut optedOutAt") == [{"isOptedOut": True, "optedOutAt": iso(MONDAY)}]


def test_no_mutation_is_forgotten_there() -> None:
    tried = {name for name, _ in other_mutations("", "", "")} | {"optOut", "optOutNumbers", "optIn"}

    assert tried | FAR_FROM_CONTACTS | ELSEWHERE == set(schema._schema.mutation_type.fields)  # type: ignore[union-attr]


async def test_an_opt_out_survives_trash_purge_and_re_creation(api: Api) -> None:
    first = await api.make_contact("0712345678")
    await opt_out(api)
    await trash(api, [first])
    while_trashed = await contact(api, first, "isOptedOut")
    await purge(api, [first])

    made = await create(api.at(TUESDAY), "isOptedOut optedOutAt", phone=PHONE)

    assert while_trashed == {"isOptedOut": True}
    assert made["contact"] == {"isOptedOut": True, "optedOutAt": iso(MONDAY)}


async def test_an_opt_out_stays_with_the_number_where_a_contact_changes_it(api: Api) -> None:
    made = await api.make_contact("0712345678")
    await opt_out(api)

    moved = await update(api, made, "isOptedOut", phone="0733345678")

    assert moved["contact"] == {"isOptedOut": False}
    assert (await create(api, "isOptedOut", phone=PHONE))["contact"] == {"isOptedOut": True}


async def test_a_purge_opts_the_numbers_out_where_it_says_so(api: Api) -> None:
    stopped_before = await api.make_contact("0712345678")
    new = await api.make_contact("0733345678")
    spared = await api.make_contact("0744345678")
    await opt_out(api)

    await mutate(
        api.at(TUESDAY),
        "purgeContacts",
        "count",
        contacts={"ids": [stopped_before, new]},
        fromAnywhere=True,
        optOut=True,
    )
    await mutate(api.at(TUESDAY), "purgeContacts", "count", contacts={"ids": [spared]}, optOut=True)

    found = await api.run("{ optOuts { nodes { phone isOptedOut source changedAt changedBy { name } } } }")
    assert found["optOuts"]["nodes"] == [
        {
            "phone": "+254733345678",
            "isOptedOut": True,
            "source": "PURGE",
            "changedAt": iso(TUESDAY),
            "changedBy": {"name": "Ada"},
        },
        {"phone": PHONE, "isOptedOut": True, "source": "API", "changedAt": iso(MONDAY), "changedBy": {"name": "Ada"}},
    ]
    assert [one["source"] for one in await events(api)] == ["API", "PURGE"]


async def test_the_history_is_never_changed_or_deleted(api: Api) -> None:
    made = await api.make_contact("0712345678")
    seen: list[dict[str, Any]] = []

    for act in (opt_out, opt_in, opt_out):
        await act(api)
        now = sorted((await stored_rows(api))["consent_event"], key=lambda row: str(row["id"]))
        assert now[:-1] == seen
        seen = now
    await purge(api, [made])

    assert sorted((await stored_rows(api))["consent_event"], key=lambda row: str(row["id"])) == seen
    assert await database.fetch("SELECT 1 FROM contact WHERE account_id = $1", api.account_id) == []
