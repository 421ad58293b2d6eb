"""Two forms of a number are one person: with and without Argentina's 9, and in old and new plans."""

from typing import Any

import pytest

from models.db import database
from models.db.sql import MARK, Sql
from services.exports.rows import ExportRequest
from tests.support.api_client import Api
from tests.support.campaign_requests import add
from tests.support.imports import import_content, summary
from tests.support.mutations import bulk_create, contacts, create, mutate, record_messages

MOBILE, WITHOUT_9 = "+5491151234501", "+541151234501"
CONSENT = """query ($phone: PhoneNumber!) {
  contact(by: {phone: $phone}) { id phone displayName isOptedOut }
  optOut(phone: $phone) { isOptedOut }
  messages(phone: $phone) { nodes { phone contact { id } } }
  contacts(filter: {phones: [$phone]}) { nodes { id } }
}"""
LOOK_UP = "query ($written: String!) { phoneLookup(text: $written) { phone isOptedOut contact { id } } }"


async def seen(api: Api, phone: str) -> Any:
    found = await api.run(CONSENT, phone=phone)
    looked_up = (await api.run(LOOK_UP, written=phone))["phoneLookup"]
    assert looked_up["phone"] == phone
    assert [found["contact"]] == [looked_up["contact"] | found["contact"]]
    assert looked_up["isOptedOut"] == found["contact"]["isOptedOut"] == found["optOut"]["isOptedOut"]
    return found


@pytest.mark.parametrize(("given", "other"), [(MOBILE, WITHOUT_9), (WITHOUT_9, MOBILE)])
async def test_a_number_of_argentina_is_shown_as_given_and_found_with_and_without_its_9(
    api: Api, given: str, other: str
) -> None:
    made = await api.make_contact(given)
    await record_messages(api, {"phone": other, "direction": "INBOUND", "body": "STOP"})

    both = [await seen(api, phone) for phone in (given, other)]

    assert both[0] == both[1]
    assert (both[0]["contact"]["id"], both[0]["contact"]["phone"]) == (made, given)
    assert both[0]["contact"]["isOptedOut"]
    assert both[0]["messages"]["nodes"] == [{"phone": other, "contact": {"id": made}}]
    for text in (given, other, "11 5123-4501", "1151234501"):
        assert [one["id"] for one in await contacts(api, "id", search=text)] == [made], text


async def test_both_forms_are_one_contact_wherever_contacts_are_written(api: Api) -> None:
    made = await api.make_contact(MOBILE)

    alone = await create(api, "id", phone=WITHOUT_9)
    batch = await bulk_create(api, "id", [{"phone": WITHOUT_9}, {"phone": MOBILE}], ifExists="SKIP")
    imported = await import_content(api, f"Phone\n{WITHOUT_9}\n{MOBILE}\n")
    anew = await mutate(api, "updateContact", "contact { id phone }", contact={"id": made}, phone=WITHOUT_9)

    assert [error["contact"]["id"] for error in alone["errors"]] == [made]
    assert batch["summary"]["skipped"] == 2
    assert imported["summary"] == summary(total=2, skipped=2, rejected=1)
    assert [error["code"] for error in imported["rowErrors"]["nodes"]] == ["DUPLICATE_IN_FILE"]
    assert anew["contact"] == {"id": made, "phone": WITHOUT_9}
    assert len(await contacts(api, "id")) == 1


async def test_an_imported_number_of_argentina_is_exported_as_given(api: Api) -> None:
    await import_content(api, f"Phone\n{MOBILE}\n+541151234502\n")

    of_account = Sql(f"contact.account_id = {MARK}", (api.account_id,))
    exported = [row["phone"] async for page in ExportRequest(api.account_id, None, of_account).pages() for row in page]

    assert exported == [MOBILE, "+541151234502"]
    assert [one["phone"] for one in await contacts(api, "phone")] == exported
    stored = await database.fetch("SELECT phone, given_phone FROM contact WHERE account_id = $1", api.account_id)
    assert sorted(map(tuple, stored)) == [(WITHOUT_9, MOBILE), ("+541151234502", None)]


@pytest.mark.parametrize(("old", "new"), [("+229 97 12 34 01", "+2290197123401"), ("+241 07 45 67 01", "+24177456701")])
async def test_a_number_of_an_old_plan_is_the_number_of_the_new_one(api: Api, old: str, new: str) -> None:
    made = await api.make_contact(old)
    await record_messages(api, {"phone": new, "direction": "INBOUND", "body": "STOP"})

    found = [(await api.run(CONSENT, phone=phone))["contact"] for phone in (old, new)]

    assert found[0] == found[1]
    assert (found[0]["id"], found[0]["phone"], found[0]["isOptedOut"]) == (made, new, True)


async def test_a_review_and_a_campaign_know_both_forms(api: Api) -> None:
    made = await api.make_contact(MOBILE)
    await mutate(api, "optOut", "optOut { phone }", phone=MOBILE)

    campaign = (await mutate(api, "createCampaign", "campaign { id }", name="C"))["campaign"]["id"]
    review = await mutate(
        api,
        "validateCampaignContacts",
        "review { entries { nodes { phoneNumber bucket flags contact { id } } } }",
        contacts=[{"phoneNumber": WITHOUT_9}, {"phoneNumber": MOBILE}],
    )
    added = await add(
        api, campaign, {"contact": WITHOUT_9}, {"contact": "+541151234502"}, {"contact": "+5491151234502"}
    )

    entries = review["review"]["entries"]["nodes"]
    assert [(entry["phoneNumber"], entry["bucket"]) for entry in entries] == [
        (WITHOUT_9, "EXISTING"),
        (MOBILE, "DUPLICATE"),
    ]
    assert (entries[0]["contact"], "OPTED_OUT" in entries[0]["flags"]) == ({"id": made}, True)
    assert [row["outcome"] for row in added["results"]] == ["FAILED", "CREATED", "SKIPPED_DUPLICATE"]
