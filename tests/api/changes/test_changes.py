"""changes and syncCursor: what they report, in which order, to whom and for how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.db import database
from services.accounts.authentication import Scope
from services.changes import log as change_log, retention
from services.changes.cursor import Cursor, Place
from services.purging import registry as purges
from tests.support.api_client import DAY, Api, counted_statements
from tests.support.mutations import mutate
from tests.support.rows import add_to_campaign, make_campaign
from tests.support.sample_contacts import create_sample_contacts
from web.http.graphql_errors import status_of

CHANGES = """
query ($after: String!, $first: Int, $kinds: [SyncKind!]) {
  changes(after: $after, first: $first, kinds: $kinds) {
    edges { cursor node { id } }
    nodes { kind id isDeleted object { __typename ... on Contact { id deletedAt } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
PHONE = "+254712000001"


async def sync_cursor(api: Api) -> str:
    return str((await api.run("{ syncCursor }"))["syncCursor"])


async def read(api: Api, after: str, **arguments: Any) -> Any:
    return (await api.run(CHANGES, after=after, **arguments))["changes"]


async def changed(api: Api, after: str, **arguments: Any) -> set[tuple[str, str, bool]]:
    nodes = (await read(api, after, first=1000, **arguments))["nodes"]
    assert len({node["id"] for node in nodes}) == len(nodes)
    return {(node["kind"], node["id"], node["isDeleted"]) for node in nodes}


async def test_each_change_reports_the_objects_whose_fields_it_changes(api: Api) -> None:
    cast = await create_sample_contacts(api)
    amina, brian = cast.contacts["Amina"], cast.contacts["Brian"]
    users, lists, campaigns = cast.users, cast.lists, cast.campaigns
    of_amina = [("CONTACT", amina)]
    changes: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
        ("updateContact", {"contact": {"id": amina}, "notes": "N"}, of_amina),
        ("tagContacts", {"contacts": {"ids": [amina]}, "add": ["new"]}, of_amina),
        ("assignContacts", {"contacts": {"ids": [amina]}, "removeAssigneeIds": [users["Bob"]]}, of_amina),
        (
            "addContactsToList",
            {"listId": lists["Empty"], "contacts": {"ids": [amina]}},
            [*of_amina, ("CONTACT_LIST", lists["Empty"])],
        ),
        ("updateContactList", {"id": lists["Empty"], "name": "E"}, [("CONTACT_LIST", lists["Empty"])]),
        ("deleteContactList", {"id": lists["Empty"]}, [("CONTACT_LIST", lists["Empty"])]),
        ("updateUser", {"id": users["Bob"], "name": "Robert"}, [("USER", users["Bob"])]),
        ("updateCampaign", {"id": campaigns["Spring"], "name": "S"}, [("CAMPAIGN", campaigns["Spring"])]),
        ("verifyContact", {"contact": {"id": amina}, "action": "REVOKE"}, of_amina),
        ("purgeContacts", {"contacts": {"ids": [brian]}, "fromAnywhere": True}, [("CONTACT", brian)]),
    ]

    for name, given, expected in changes:
        before = await sync_cursor(api)
        assert (name, (await mutate(api, name, "", **given))["errors"]) == (name, [])
        reported = await changed(api, before)
        gone = {brian, lists["Empty"]} if name in ("purgeContacts", "deleteContactList") else set()
        wanted = {(kind, id, id in gone) for kind, id in expected}
        # A purge also changes the counts of the contact's lists and campaigns.
        counts = {one for one in reported - wanted if one[0] in ("CONTACT_LIST", "CAMPAIGN")}
        assert (name, reported) == (name, wanted | (counts if name == "purgeContacts" else set()))


async def test_an_opt_out_changes_all_contacts_with_the_number_in_the_trash_too(api: Api) -> None:
    trashed = await api.make_contact(PHONE)
    await mutate(api, "trashContacts", "", contacts={"ids": [trashed]})
    live = await api.make_contact(PHONE)
    before = await sync_cursor(api)

    opted = await mutate(api, "optOut", "optOut { id phone }", phone=PHONE)

    assert await changed(api, before) == {
        ("OPT_OUT", opted["optOut"]["id"], False),
        ("CONTACT", trashed, False),
        ("CONTACT", live, False),
    }
    contacts = (await read(api, before, kinds=["CONTACT"]))["nodes"]
    assert {node["id"]: node["object"]["deletedAt"] is None for node in contacts} == {trashed: False, live: True}


async def test_what_goes_with_its_owner_has_no_change_of_its_own(api: Api) -> None:
    contacts = [await api.make_contact(f"+25471200000{place}") for place in range(3)]
    list_id, campaign = await api.make_list("L"), await make_campaign(api, "C")
    await mutate(api, "addContactsToList", "", listId=list_id, contacts={"ids": contacts})
    for contact in contacts:
        await add_to_campaign(api, campaign, contact)
    before = await sync_cursor(api)

    await mutate(api, "deleteContactList", "", id=list_id)
    await mutate(api, "deleteCampaign", "", id=campaign)

    assert await changed(api, before) == {("CONTACT_LIST", list_id, True), ("CAMPAIGN", campaign, True)}


async def test_an_object_is_at_most_once_on_a_page_and_at_the_place_of_its_last_change(api: Api) -> None:
    before = await sync_cursor(api)
    first, second, third = [await api.make_contact(f"+25471200000{place}") for place in range(3)]
    await mutate(api, "updateContact", "", contact={"id": first}, notes="again")

    whole = await read(api, before)
    page = await read(api, before, first=2)
    rest = await read(api, page["pageInfo"]["endCursor"], first=2)
    end = rest["pageInfo"]["endCursor"]
    behind_first = await read(api, whole["edges"][0]["cursor"])

    assert [node["id"] for node in whole["nodes"]] == [second, third, first]
    assert [edge["node"]["id"] for edge in whole["edges"]] == [second, third, first]
    assert [node["id"] for node in page["nodes"]] == [second, third]
    assert page["pageInfo"]["hasNextPage"] is True
    assert [node["id"] for node in rest["nodes"]] == [first]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert [node["id"] for node in behind_first["nodes"]] == [third, first]
    assert await read(api, end) == {
        "edges": [],
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": end},
    }


async def test_a_change_has_the_time_of_its_transaction(api: Api) -> None:
    before = await sync_cursor(api)
    contact, list_id = await api.make_contact(PHONE), await api.make_list("L")
    times = [
        row[0] for row in await database.fetch("SELECT changed_at FROM change WHERE account_id = $1", api.account_id)
    ]
    if not database.is_postgres():
        times = [datetime.fromtimestamp(seconds, UTC) for seconds in times]

    query = (
        "query ($a: String!) { changes(after: $a) { nodes { id changedAt } edges { cursor } pageInfo { endCursor } } }"
    )
    page = (await api.run(query, a=before))["changes"]

    reported = {node["id"]: datetime.fromisoformat(node["changedAt"]) for node in page["nodes"]}
    assert reported.keys() == {contact, list_id}
    assert sorted(reported.values()) == sorted(times)
    assert [Cursor.decode(edge["cursor"]).at for edge in page["edges"]] == [
        min(at, api.now).replace(microsecond=0) for at in reported.values()
    ]


async def test_pages_are_complete_whatever_their_size_and_how_often_objects_change(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "_LONGEST_SCAN", 3)
    before, list_id = await sync_cursor(api), await api.make_list("L")
    contacts = [await api.make_contact(f"+2547120000{place:02}", listIds=[list_id]) for place in range(12)]
    for _ in range(5):
        await mutate(api, "updateContact", "", contact={"id": contacts[0]}, notes="again")

    for size in (1, 2, 5, 1000):
        seen, after, has_next = [], before, True
        while has_next:
            page = await read(api, after, first=size)
            assert len(page["nodes"]) <= size
            seen += [node["id"] for node in page["nodes"]]
            after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert set(seen) == {list_id, *contacts}
        assert seen[-1] == contacts[0]


async def test_only_kinds_that_the_caller_may_read_are_reported(api: Api) -> None:
    before = await sync_cursor(api)
    contact = await api.make_contact(PHONE)
    campaign = (await mutate(api, "createCampaign", "campaign { id }", name="C"))["campaign"]["id"]
    added = await mutate(
        api,
        "addCampaignContacts",
        "results { campaignContact { id } }",
        campaignId=campaign,
        contacts=[{"contact": PHONE}],
    )
    entry = added["results"][0]["campaignContact"]["id"]
    of_contacts, of_campaigns = api.with_scopes(Scope.CONTACTS_READ), api.with_scopes(Scope.CAMPAIGNS_READ)
    blind = api.with_scopes(Scope.CONTACTS_WRITE)

    assert await changed(of_contacts, before) == {("CONTACT", contact, False)}
    campaigns = {("CAMPAIGN", campaign, False), ("CAMPAIGN_CONTACT", entry, False)}
    assert await changed(of_campaigns, before) == campaigns
    assert await changed(api, before) == {("CONTACT", contact, False), *campaigns}
    assert await changed(api, before, kinds=["CAMPAIGN", "CAMPAIGN"]) == {("CAMPAIGN", campaign, False)}
    assert (await of_campaigns.ask(CHANGES, after=before, kinds=["CAMPAIGN", "USER"])).codes == ["FORBIDDEN"]
    with counted_statements() as statements:
        assert (await blind.ask(CHANGES, after=before)).codes == ["FORBIDDEN"]
        assert (await blind.ask("{ syncCursor }")).codes == ["FORBIDDEN"]
    assert statements == []


async def test_nothing_of_another_account_shows(api: Api, stranger: Api) -> None:
    before, elsewhere = await sync_cursor(api), await sync_cursor(stranger)

    contact = await api.make_contact(PHONE)

    assert await changed(stranger, elsewhere) == set()
    assert await changed(api, before) == {("CONTACT", contact, False)}
    assert (await stranger.ask(CHANGES, after=before)).codes == ["CURSOR_EXPIRED"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"after": "text"}, "after: This is not a cursor of changes or syncCursor."),
        ({"first": 0}, "first must be 1 to 1000, not 0."),
        ({"first": 1001}, "first must be 1 to 1000, not 1001."),
        ({"kinds": []}, "kinds can't be empty; leave it out for all types of objects."),
    ],
)
async def test_wrong_arguments_are_refused(api: Api, arguments: Any, message: str) -> None:
    answer = await api.ask(CHANGES, **{"after": await sync_cursor(api), **arguments})

    assert (answer.codes, answer.errors[0]["message"]) == (["BAD_USER_INPUT"], message)


@pytest.mark.plain_postgres
async def test_the_number_of_statements_depends_on_the_kinds_alone(api: Api) -> None:
    before = await sync_cursor(api)
    await api.make_contact(PHONE)
    few = await read(api, before)

    with counted_statements() as for_one:
        await read(api, before)
    for place in range(40):
        await api.make_contact(f"+2547120001{place:02}")
    with counted_statements() as for_many:
        await read(api, before)
    with counted_statements() as without_objects:
        await api.run("query ($a: String!) { changes(after: $a) { nodes { kind id } } }", a=before)
    await api.make_list("L")
    with counted_statements() as for_two_kinds:
        await read(api, few["pageInfo"]["endCursor"])

    assert [len(each) for each in (for_one, for_many, without_objects, for_two_kinds)] == [1, 1, 1, 2]


# ------------------------------------------------------------------ how long a cursor works


async def test_a_cursor_works_for_thirty_days(api: Api) -> None:
    before = await sync_cursor(api)

    assert (await api.later(30 * DAY).ask(CHANGES, after=before)).codes == []
    answer = await api.later(31 * DAY).ask(CHANGES, after=before)

    assert answer.codes == ["CURSOR_EXPIRED"]
    assert answer.errors[0]["message"] == "The cursor is older than 30 days. Load everything again."
    assert status_of(answer.data, answer.errors) == 410


async def test_old_changes_are_deleted_and_cursors_before_them_expire(api: Api, stranger: Api) -> None:
    before = await sync_cursor(api)
    old = await api.make_contact(PHONE)
    await stranger.make_contact(PHONE)
    between = await sync_cursor(api)
    await age_changes(api)
    new = await api.make_contact("+254712000002")
    count = await changes_kept()

    assert await purges.purge("changes for synchronization", now=api.now) == count - 1

    assert await changes_kept() == 1
    assert await purges.purge("changes for synchronization", now=api.now) == 0
    assert (await api.ask(CHANGES, after=before)).codes == ["CURSOR_EXPIRED"]
    assert await changed(api, between) == {("CONTACT", new, False)}
    assert old not in str(await read(api, between))


async def test_the_next_position_grows_even_if_all_changes_are_old(api: Api) -> None:
    await api.make_contact(PHONE)
    before = await sync_cursor(api)
    await age_changes(api)

    await purges.purge("changes for synchronization", now=api.now)
    contact = await api.make_contact("+254712000002")

    assert await changed(api, before) == {("CONTACT", contact, False)}


async def age_changes(api: Api) -> None:
    instant = "$1" if database.is_postgres() else "unixepoch($1)"
    await database.execute(f"UPDATE change SET changed_at = {instant}", api.now - 40 * DAY)


async def changes_kept() -> int:
    row = await database.fetch_one("SELECT count(*) FROM change")
    assert row is not None
    return int(row[0])


async def test_a_cursor_of_a_log_that_was_lost_has_expired(api: Api) -> None:
    before = await sync_cursor(api)
    contact = await api.make_contact(PHONE)
    ahead = Cursor.decode(await sync_cursor(api))
    ahead = Cursor(ahead.epoch, ahead.at, Place(ahead.place.position + 1000))

    assert await changed(api, before) == {("CONTACT", contact, False)}
    lost = await api.ask(CHANGES, after=ahead.encode())
    await database.execute("UPDATE account SET change_epoch = 'restored on Monday' WHERE id = $1", api.account_id)
    restored = await api.ask(CHANGES, after=before)

    for answer in (lost, restored):
        assert answer.codes == ["CURSOR_EXPIRED"]
        assert answer.errors[0]["message"].startswith("The database was restored after the cursor was made.")


async def test_the_retention_of_an_application_is_that_of_its_cursors(api: Api) -> None:
    before = await sync_cursor(api)
    retention.configure(days=2)

    assert (await api.later(3 * DAY).ask(CHANGES, after=before)).codes == ["CURSOR_EXPIRED"]
    assert retention.retention().span == timedelta(days=2)
