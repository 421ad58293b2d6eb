"""The history of a contact: each change, who made it, and what it changed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from resolvers.query.history_sql import NEWEST_ENTRIES, EntryKind
from services.accounts.authentication import Scope
from services.contacts import selection as contact_selection
from services.history import retention
from services.ids import IdPrefix, encode
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.imports import import_content, run_jobs
from tests.support.messages import inbound
from tests.support.mutations import bulk_create, create, mutate, purge, report, update
from tests.support.rows import insert_contacts, make_campaign, uuid_of
from tests.support.snapshot import stored_rows

PHONE, OTHER = "+254712345678", "+254712345679"
ENTRY = """action changes { field before after } contactList { name } campaign { name } message { body } job { kind }
line source reason user { name } token { id } occurredAt"""
HISTORY = f"""query ($id: ID!, $first: Int, $after: String) {{ contact(by: {{id: $id}}) {{
  history(first: $first, after: $after) {{ nodes {{ id {ENTRY} }} pageInfo {{ hasNextPage endCursor }} }}
}} }}"""
NOTHING: dict[str, Any] = {
    "changes": [],
    **dict.fromkeys(("contactList", "campaign", "message", "job", "line", "source", "reason", "user")),
}


async def history(api: Api, contact: str, **page: Any) -> list[dict[str, Any]]:
    """Returns the entries, newest first, without their ids and tokens."""
    found = await api.run(HISTORY, id=contact, **page)
    return [
        {name: value for name, value in node.items() if name not in ("id", "token")}
        for node in found["contact"]["history"]["nodes"]
    ]


async def actions(api: Api, contact: str) -> list[str]:
    text = "query ($id: ID!) { contact(by: {id: $id}) { history { nodes { action } } } }"
    return [node["action"] for node in (await api.run(text, id=contact))["contact"]["history"]["nodes"]]


def entry(action: str, at: Any, *changes: tuple[str, Any, Any], **more: Any) -> dict[str, Any]:
    shown = [{"field": field, "before": before, "after": after} for field, before, after in changes]
    return NOTHING | {"user": {"name": "Ada"}} | more | {"action": action, "changes": shown, "occurredAt": iso(at)}


async def test_single_changes_show_their_fields_with_both_values(api: Api) -> None:
    bob, _ = await api.make_user("Bob")
    new, old = await api.make_list("New"), await api.make_list("Old")
    made = await create(api, "id", phone=PHONE, firstName="Grace", tags=["b", "a"], listIds=[old], ownerId=None)
    person = made["contact"]["id"]
    await update(api.later(HOUR), person, "id", firstName="Amina", customVariables={"city": "Kisumu"})
    await update(api.later(2 * HOUR), person, "id", phone=OTHER, listIds=[new], assigneeIds=[bob])
    await mutate(api.later(3 * HOUR), "tagContacts", "count", contacts={"ids": [person]}, add=["c"], remove=["a"])
    await mutate(api.later(4 * HOUR), "assignContacts", "count", contacts={"ids": [person]}, ownerId=bob)
    await mutate(api.later(5 * HOUR), "verifyContact", "outcome", contact={"id": person}, action="CONFIRM")
    await mutate(api.later(6 * HOUR), "trashContacts", "count", contacts={"ids": [person]})
    await mutate(api.later(7 * HOUR), "restoreContacts", "count", contacts={"ids": [person]})
    await create(api.later(8 * HOUR), "id", if_exists="UPDATE", phone=OTHER, email="g@example.com", listIds=[old])

    shown = await history(api, person)

    by_hour = [(place, MONDAY + place * HOUR) for place in range(9)]
    [at0, at1, at2, at3, at4, at5, at6, at7, at8] = [at for _, at in by_hour]
    new_list, old_list = {"contactList": {"name": "New"}}, {"contactList": {"name": "Old"}}
    renumbered = next(one for one in shown if one["occurredAt"] == iso(at2) and one["action"] == "UPDATE")
    assert {change["field"]: change["after"] for change in renumbered["changes"]} == {"phone": OTHER, "assignees": bob}
    assert [one for one in shown if one is not renumbered] == [
        entry("ADD_TO_LIST", at8, **old_list),
        entry("UPDATE", at8, ("email", None, "g@example.com")),
        entry("RESTORE", at7),
        entry("TRASH", at6),
        entry("VERIFY", at5, ("isVerified", "false", "true")),
        entry("ASSIGN", at4, ("owner", None, bob)),
        entry("TAG", at3, ("tags", "a;b", "b;c")),
        entry("REMOVE_FROM_LIST", at2, **old_list),
        entry("ADD_TO_LIST", at2, **new_list),
        entry(
            "UPDATE",
            at1,
            ("firstName", "Grace", "Amina"),
            ("name", "Grace", "Amina"),
            ("customVariables.city", None, "Kisumu"),
        ),
        entry("CREATE", at0),
    ]


async def test_other_tables_are_part_of_the_history(api: Api) -> None:
    done = await import_content(api, f"phone,lists\n{OTHER},\n{PHONE},Old\n", selected="id", createLists=True)
    assert done["id"]
    [person] = [
        row["id"]
        for row in (await api.run("{ contacts { nodes { id phone } } }"))["contacts"]["nodes"]
        if row["phone"] == PHONE
    ]
    campaign = await make_campaign(api, "Spring")
    await mutate(api.later(HOUR), "optOut", "optOut { phone }", phone=PHONE, reason="asked")
    await report(api.later(2 * HOUR), inbound(body="START", phone=PHONE, occurredAt=iso(MONDAY + 2 * HOUR)))
    add = {"campaignId": campaign, "contacts": [{"contact": PHONE}]}
    await mutate(api.later(3 * HOUR), "addCampaignContacts", "summary { total }", **add)
    await mutate(
        api.later(4 * HOUR), "removeCampaignContacts", "count", campaignId=campaign, contacts={"ids": [person]}
    )

    shown = await history(api, person)

    spring, job = {"campaign": {"name": "Spring"}}, {"job": {"kind": "IMPORT"}}
    message = entry("RECORD_MESSAGES", MONDAY + 2 * HOUR, message={"body": "START"}, user=shown[2]["user"])
    start = entry("OPT_IN", MONDAY + 2 * HOUR, source="KEYWORD", user=None)
    verified = entry("VERIFY", MONDAY + 2 * HOUR, ("isVerified", "false", "true"), user=None)
    assert shown == [
        entry("REMOVE_FROM_CAMPAIGN", MONDAY + 4 * HOUR, **spring),
        entry("ADD_TO_CAMPAIGN", MONDAY + 3 * HOUR, **spring),
        message,
        start,
        verified,
        entry("OPT_OUT", MONDAY + HOUR, source="API", reason="asked"),
        entry("ADD_TO_LIST", MONDAY, **job, contactList={"name": "Old"}),
        entry("IMPORT", MONDAY, **job, line=3),
    ]


async def test_campaigns_and_messages_need_their_scopes(api: Api) -> None:
    person = (await create(api, "id", phone=PHONE))["contact"]["id"]
    campaign = await make_campaign(api, "Spring")
    await mutate(api, "addCampaignContacts", "summary { total }", campaignId=campaign, contacts=[{"contact": PHONE}])
    await mutate(api, "removeCampaignContacts", "count", campaignId=campaign, contacts={"ids": [person]})
    await report(api, inbound(phone=PHONE, campaignId=campaign))

    async def seen(*scopes: Scope) -> list[str]:
        return await actions(api.with_scopes(Scope.CONTACTS_READ, *scopes), person)

    both = ["ADD_TO_CAMPAIGN", "REMOVE_FROM_CAMPAIGN"]
    assert sorted(await seen()) == ["CREATE", "VERIFY"]
    assert sorted(await seen(Scope.CAMPAIGNS_READ)) == [both[0], "CREATE", both[1], "VERIFY"]
    assert sorted(await seen(Scope.MESSAGES_READ)) == ["CREATE", "RECORD_MESSAGES", "VERIFY"]
    assert len(await seen(Scope.CAMPAIGNS_READ, Scope.MESSAGES_READ)) == 5
    reader = api.with_scopes(Scope.CONTACTS_READ)
    for field in ("campaign", "message", "token"):
        asked = f"query ($id: ID!) {{ contact(by: {{id: $id}}) {{ history {{ nodes {{ {field} {{ id }} }} }} }} }}"
        errors = (await reader.ask(asked, id=person)).errors
        assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}, field
    stranger = await Api.of_new_account(name="Others")
    assert (await stranger.run(HISTORY, id=person))["contact"] is None


async def test_pages_have_each_entry_once_in_any_size(api: Api) -> None:
    person, other = await insert_contacts(api, [{"phone": PHONE}, {"phone": OTHER}])
    for place in range(4):  # several kinds of entries at the same instants
        at = api.later(place // 2 * HOUR)
        await update(at, person, "id", firstName=f"Name {place}")
        await mutate(at, "tagContacts", "count", contacts={"ids": [person, other]}, add=[f"tag {place}"])
        await mutate(at, "optIn" if place % 2 else "optOut", "optOut { phone }", phone=PHONE)
        await report(at, inbound(phone=PHONE, occurredAt=iso(at.now), body=str(place)))
        new_list = await api.make_list(f"List {place}")
        await mutate(at, "addContactsToList", "added", listId=new_list, contacts={"ids": [person, other]})
    whole = (await api.run(HISTORY, id=person, first=100))["contact"]["history"]["nodes"]
    instants = [node["occurredAt"] for node in whole]

    for size in (1, 3, 7):
        pages, cursor = [], None
        while True:
            page = (await api.run(HISTORY, id=person, first=size, after=cursor))["contact"]["history"]
            pages += page["nodes"]
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert pages == whole, size
    assert len({node["id"] for node in whole}) == len(whole) == 2 + 4 * 5
    assert instants == sorted(instants, reverse=True)
    latest = datetime.max.replace(tzinfo=UTC)
    for cursor in ("x", NEWEST_ENTRIES.encode([MONDAY, 99, uuid_of(person)])):
        bad = await api.ask(HISTORY, id=person, after=cursor)
        assert bad.errors[0]["extensions"]["code"] == "BAD_USER_INPUT", cursor
    newest = NEWEST_ENTRIES.encode([latest, EntryKind.MESSAGE, uuid_of(person)])
    assert await history(api, person, after=newest, first=100) == [
        {name: value for name, value in node.items() if name not in ("id", "token")} for node in whole
    ]


async def test_bulk_changes_are_shown_with_their_job_for_thirty_days(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await insert_contacts(api, [{"phone": f"+2547000000{number:02}"} for number in range(30)])
    target = await api.make_list("VIP")
    await mutate(api.later(HOUR), "tagContacts", "count", contacts={"ids": ids}, add=["x"])
    await mutate(api.later(2 * HOUR), "addContactsToList", "added", listId=target, contacts={"ids": ids})
    monkeypatch.setattr(contact_selection, "MOST_AT_ONCE", 20)
    everybody = {"matching": {"filter": {}, "expectedCount": 30}}
    await mutate(api.later(3 * HOUR), "trashContacts", "count job { kind }", contacts=everybody)
    await run_jobs(api.later(3 * HOUR))

    vip = {"contactList": {"name": "VIP"}}
    bulk = [
        entry("TRASH", MONDAY + 3 * HOUR, job={"kind": "TRASH"}),
        entry("ADD_TO_LIST", MONDAY + 2 * HOUR, **vip),
        entry("TAG", MONDAY + HOUR),
    ]
    created = entry("CREATE", MONDAY, user=None)
    assert await history(api, ids[17]) == [*bulk, created]

    await retention.purge_expired(now=MONDAY + 30 * DAY)
    assert await history(api, ids[17]) == [*bulk, created]
    await retention.purge_expired(now=TUESDAY + 30 * DAY)
    assert await history(api, ids[17]) == [entry("ADD_TO_LIST", MONDAY + 2 * HOUR, **vip, user=None), created]
    assert (await stored_rows(api))["bulk_change_contact"] == []


async def test_the_deletion_of_a_list_or_a_campaign_is_an_entry_of_its_contacts(api: Api) -> None:
    phones = [f"+2547000000{number:02}" for number in range(3)]
    live, trashed, other = await insert_contacts(api, [{"phone": phone} for phone in phones])
    [vip, empty], campaign = (
        [await api.make_list(name) for name in ("VIP", "Empty")],
        await make_campaign(api, "Spring"),
    )
    both = {"ids": [live, trashed]}
    await mutate(api.later(HOUR), "addContactsToList", "added", listId=vip, contacts=both)
    add = [{"contact": phone} for phone in phones[:2]]
    await mutate(api.later(HOUR), "addCampaignContacts", "summary { total }", campaignId=campaign, contacts=add)
    await mutate(api.later(2 * HOUR), "trashContacts", "count", contacts={"ids": [trashed]})

    await mutate(api.later(3 * HOUR), "deleteContactList", "deletedId", id=vip)
    await mutate(api.later(3 * HOUR), "deleteContactList", "deletedId", id=empty)
    await mutate(api.later(4 * HOUR), "deleteCampaign", "deletedId", id=campaign)

    ends = [entry("REMOVE_FROM_CAMPAIGN", MONDAY + 4 * HOUR), entry("REMOVE_FROM_LIST", MONDAY + 3 * HOUR)]
    came = [entry("ADD_TO_CAMPAIGN", MONDAY + HOUR), entry("ADD_TO_LIST", MONDAY + HOUR)]
    assert await history(api, live) == [*ends, *came, entry("CREATE", MONDAY, user=None)]
    assert (await actions(api, trashed))[:2] == [end["action"] for end in ends]
    assert await history(api, other) == [entry("CREATE", MONDAY, user=None)]
    assert await actions(api.with_scopes(Scope.CONTACTS_READ), live) == ["REMOVE_FROM_LIST", "ADD_TO_LIST", "CREATE"]
    made = {row["action"] for row in (await stored_rows(api))["bulk_change"]}
    assert sorted(action for action in made if action.startswith("REMOVE")) == [
        "REMOVE_FROM_CAMPAIGN",
        "REMOVE_FROM_LIST",
    ]


async def test_the_contacts_that_an_import_adds_to_a_list_show_the_user(api: Api) -> None:
    skipped, updated = await insert_contacts(api, [{"phone": PHONE}, {"phone": OTHER}])
    first, second = await api.make_list("First"), await api.make_list("Second")
    onto: dict[str, Any] = {"listId": first, "addExistingToList": True}
    _, by_bob = await api.make_user("Bob")

    await import_content(by_bob.later(HOUR), f"phone,lists\n{PHONE},Second\n+254712000001,\n", **onto)
    await import_content(by_bob.later(2 * HOUR), f"phone,lists\n{OTHER},Second\n", ifExists="UPDATE", **onto)
    rows: list[dict[str, Any]] = [
        {"phone": PHONE, "listIds": [second]},
        {"phone": OTHER, "tags": ["x"]},
        {"phone": "0712000002"},
    ]
    await bulk_create(api.later(3 * HOUR), "id", rows, ifExists="UPDATE", listId=second)

    def by_job(action: str, hours: int, **more: Any) -> dict[str, Any]:
        return entry(action, MONDAY + hours * HOUR, job={"kind": "IMPORT"}, user={"name": "Bob"}, **more)

    one, two = {"contactList": {"name": "First"}}, {"contactList": {"name": "Second"}}
    created = entry("CREATE", MONDAY, user=None)
    assert await history(api, skipped) == [
        by_job("ADD_TO_LIST", 1, **two), by_job("ADD_TO_LIST", 1, **one), created
    ]  # fmt: skip
    new = (await api.run('{ contact(by: {phone: "+254712000001"}) { id } }'))["contact"]["id"]
    assert await history(api, new) == [by_job("ADD_TO_LIST", 1, **one), by_job("IMPORT", 1, line=3)]
    assert await history(api, updated) == [
        entry("UPDATE", MONDAY + 3 * HOUR), by_job("ADD_TO_LIST", 2, **one), by_job("ADD_TO_LIST", 2, **two), created
    ]  # fmt: skip


async def test_the_first_inbound_message_verifies_and_is_an_entry(api: Api) -> None:
    phones = [f"+2547000000{number:02}" for number in range(4)]
    first, second, revoked, trashed = await insert_contacts(api, [{"phone": phone} for phone in phones])
    await mutate(api, "verifyContact", "outcome", contact={"id": revoked}, action="REVOKE")
    await mutate(api, "trashContacts", "count", contacts={"ids": [trashed]})

    messages = [inbound(MONDAY, phone=phone) for phone in phones]
    await report(api.later(HOUR), *messages, *messages[:1])
    await report(api.later(2 * HOUR), *messages)

    verified = entry("VERIFY", MONDAY + HOUR, ("isVerified", "false", "true"), user=None)
    for contact, expected in ((first, [verified]), (second, [verified]), (revoked, []), (trashed, [])):
        assert [one for one in await history(api, contact) if one["action"] == "VERIFY"] == expected
    single = await api.run(HISTORY, id=first)
    token = encode(IdPrefix.API_TOKEN, api.caller.token_id)
    assert [one["token"] for one in single["contact"]["history"]["nodes"] if one["action"] == "VERIFY"] == [
        {"id": token}
    ]


async def test_a_bulk_entry_has_the_instant_of_the_change_and_not_that_of_its_job(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _ = await insert_contacts(api, [{"phone": "+254205550101"}, {"phone": PHONE}])
    everybody = {"matching": {"filter": {}, "expectedCount": 2}}
    target = await api.make_list("VIP")
    monkeypatch.setattr(contact_selection, "MOST_AT_ONCE", 1)
    await mutate(api, "addContactsToList", "job { id }", listId=target, contacts=everybody)
    await update(api.later(HOUR), person, "id", notes="called")
    await run_jobs(api.later(2 * HOUR))
    await mutate(api.later(3 * HOUR), "updateAccount", "job { id }", networkCheck="STRICT")
    await run_jobs(api.later(4 * HOUR))
    await mutate(api.later(5 * HOUR), "trashContacts", "job { id }", contacts=everybody)
    await run_jobs(api.later(6 * HOUR))

    assert await history(api, person) == [
        entry("TRASH", MONDAY + 6 * HOUR, job={"kind": "TRASH"}),
        entry("UPDATE", MONDAY + 4 * HOUR, job={"kind": "RECHECK"}),
        entry("ADD_TO_LIST", MONDAY + 2 * HOUR, job={"kind": "UPDATE"}, contactList={"name": "VIP"}),
        entry("UPDATE", MONDAY + HOUR, ("notes", None, "called")),
        entry("CREATE", MONDAY, user=None),
    ]
    text = "query ($id: ID!) { contact(by: {id: $id}) { deletedAt updatedAt } }"
    assert (await api.run(text, id=person))["contact"] == dict.fromkeys(
        ("deletedAt", "updatedAt"), iso(MONDAY + 6 * HOUR)
    )


async def test_a_purge_erases_the_history(api: Api) -> None:
    ids = await insert_contacts(api, [{"phone": PHONE}, {"phone": OTHER}])
    await update(api, ids[0], "id", firstName="Zuleikha")
    await mutate(api, "tagContacts", "count", contacts={"ids": ids}, add=["x"])

    await purge(api, ids[:1])

    rows = await stored_rows(api)
    assert (rows["contact_history"], len(rows["bulk_change_contact"])) == ([], 1)
    assert [one["action"] for one in await history(api, ids[1])] == ["TAG", "CREATE"]


async def test_the_histories_of_many_contacts_are_one_statement(api: Api) -> None:
    rows = [{"phone": f"+2547000000{number:02}", "tags": ["new"]} for number in range(40)]
    await bulk_create(api, "id", rows)
    ids = [row["id"] for row in (await api.run("{ contacts(first: 100) { nodes { id } } }"))["contacts"]["nodes"]]
    await mutate(api.later(HOUR), "tagContacts", "count", contacts={"ids": ids}, add=["x"])
    for contact in ids[:3]:
        await update(api.later(2 * HOUR), contact, "id", notes="called")
    page = "{ contacts(first: 50) { nodes { history(first: 2) { nodes { action changes { field } occurredAt } } } } }"

    with counted_statements() as statements:
        found = (await api.run(page))["contacts"]["nodes"]

    assert len(statements) == 2
    actions = [tuple(node["action"] for node in each["history"]["nodes"]) for each in found]
    assert sorted(actions) == [("TAG", "CREATE")] * 37 + [("UPDATE", "TAG")] * 3
