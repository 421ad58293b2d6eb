"""Contacts are trashed, restored and purged."""

from typing import Any

import pytest

from services.accounts.authentication import Role
from tests.support.api_client import DAY, HOUR, MONDAY, TUESDAY, Api, counted_statements, iso
from tests.support.mutations import contact, contacts, create, list_counts, mutate, refusal, tag_counts, trash
from tests.support.snapshot import stored_counts, stored_rows, true_counts

ANSWER = "count contactIds contactLists { name contactCount }"
ERROR = "error { __typename code path ... on DuplicateContact { contact { id } } }"
CONFLICTS = f"conflictCount conflicts {{ contact {{ id }} {ERROR} }}"
REFUSED: dict[str, Any] = {"count": None, "contactIds": [], "contactLists": []}


async def put_in(api: Api, *ids: str) -> Any:
    return await mutate(api, "trashContacts", ANSWER, contacts={"ids": list(ids)})


async def restore(api: Api, **chosen: Any) -> Any:
    return await mutate(api, "restoreContacts", f"{ANSWER} {CONFLICTS}", contacts=chosen)


async def purge(api: Api, chosen: dict[str, Any], **options: Any) -> Any:
    return await mutate(api, "purgeContacts", ANSWER, contacts=chosen, **options)


def done(*ids: str, **lists: int) -> dict[str, Any]:
    shown = [{"name": name, "contactCount": count} for name, count in lists.items()]
    return {"count": len(ids), "contactIds": list(ids), "contactLists": shown, "errors": []}


def back(*ids: str, **lists: int) -> dict[str, Any]:
    return done(*ids, **lists) | {"conflictCount": 0, "conflicts": []}


def conflict(contact_id: str, code: str, holder: str) -> dict[str, Any]:
    error = {"__typename": "DuplicateContact", "code": code, "path": ["input", "contacts"], "contact": {"id": holder}}
    return {"contact": {"id": contact_id}, "error": error}


# ------------------------------------------------------------------ in


async def test_the_trash_hides_a_contact_and_keeps_it_for_the_accounts_days(api: Api) -> None:
    made = await api.make_contact("0712000001")

    answer = await put_in(api.at(TUESDAY), made)

    assert answer == done(made)
    assert await contacts(api, "id") == []
    assert await contacts(api, "id", state="TRASHED") == await contacts(api, "id", state="ANY") == [{"id": made}]
    assert await contact(api, made, "deletedAt purgeAt updatedAt") == {
        "deletedAt": iso(TUESDAY),
        "purgeAt": iso(TUESDAY + 90 * DAY),
        "updatedAt": iso(TUESDAY),
    }


async def test_the_trash_frees_the_number_and_leaves_the_counts(api: Api) -> None:
    clients, leads = await api.make_list("Clients"), await api.make_list("Leads")
    gone = await api.make_contact("0712000001", tags=["a", "b"], listIds=[clients, leads])
    await api.make_contact("0712000002", tags=["a"], listIds=[clients])

    answer = await put_in(api, gone)

    assert answer == done(gone, Clients=1, Leads=0)
    assert await tag_counts(api) == {"a": 1}
    assert (await create(api, "phone", phone="0712000001"))["outcome"] == "CREATED"


async def test_what_is_trashed_already_or_not_there_is_left_alone(api: Api, stranger: Api) -> None:
    clients = await api.make_list("Clients")
    trashed = await api.make_contact("0712000001", listIds=[clients])
    await trash(api, [trashed])
    theirs = await stranger.make_contact("0712000001")
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    answer = await put_in(api.at(TUESDAY), trashed, theirs, "cnt_01jd8vq0c5fj2v7wq1x3ynm8za")

    assert answer == done()
    assert (await stored_rows(api), await stored_rows(stranger)) == (before, before_theirs)


async def test_a_later_change_of_the_days_is_for_what_is_trashed_after_it(api: Api) -> None:
    before, after = await api.make_contact("0712000001"), await api.make_contact("0712000002")

    await put_in(api, before)
    await put_in(api.with_settings(trash_retention_days=1), after)

    assert await contacts(api, "purgeAt", state="TRASHED") == [
        {"purgeAt": iso(MONDAY + 90 * DAY)},
        {"purgeAt": iso(MONDAY + DAY)},
    ]


# ------------------------------------------------------------------ back


async def test_a_contact_comes_back_as_it_was_with_its_lists_and_tags(api: Api) -> None:
    clients = await api.make_list("Clients")
    made = await api.make_contact(
        "0712000001", firstName="Ann", tags=["a"], listIds=[clients], assigneeIds=[api.user_id], externalId="x"
    )
    shown = "id phone name tags externalId owner { name } ownedAt assignees { name } lists { name } createdAt deletedAt"
    was = await contact(api, made, shown)
    await trash(api, [made])

    answer = await restore(api.at(TUESDAY), ids=[made])

    assert answer == back(made, Clients=1)
    assert await contact(api, made, shown) == was
    assert await tag_counts(api) == {"a": 1}


async def test_where_its_number_was_taken_that_contact_alone_stays(api: Api) -> None:
    clients = await api.make_list("Clients")
    blocked = await api.make_contact("0712000001", listIds=[clients], tags=["a"])
    named = await api.make_contact("0712000002", externalId="x", listIds=[clients])
    free = await api.make_contact("0712000003", listIds=[clients])
    await trash(api, [blocked, named, free])
    holder = await api.make_contact("0712000001")
    namesake = await api.make_contact("0712000004", externalId="x")

    answer = await restore(api, ids=[blocked, named, free])

    conflicts = {one["contact"]["id"]: one for one in answer.pop("conflicts")}
    assert answer == done(free, Clients=1) | {"conflictCount": 2}
    assert conflicts == {
        blocked: conflict(blocked, "DUPLICATE_PHONE", holder),
        named: conflict(named, "DUPLICATE_EXTERNAL_ID", namesake),
    }
    assert {one["id"] for one in await contacts(api, "id", state="TRASHED")} == {blocked, named}
    assert await stored_counts(api) == await true_counts(api)


async def test_of_several_with_one_number_the_last_trashed_comes_back(api: Api) -> None:
    first = await api.make_contact("0712000001", firstName="First")
    await trash(api.at(MONDAY), [first])
    last = await api.make_contact("0712000001", firstName="Last")
    await trash(api.at(TUESDAY), [last])

    by_phone = await restore(api.at(TUESDAY), phones=["0712 000 001"])
    await trash(api.at(TUESDAY), [last])
    by_ids = await restore(api.at(TUESDAY), ids=[first, last])

    assert by_phone == back(last)
    assert by_ids == done(last) | {"conflictCount": 1, "conflicts": [conflict(first, "DUPLICATE_PHONE", last)]}


async def test_one_that_is_past_its_time_does_not_count_as_the_last_trashed(api: Api) -> None:
    first = await api.make_contact("0712000001")
    await trash(api, [first])
    last = await api.make_contact("0712000001")
    await trash(api.at(TUESDAY).with_settings(trash_retention_days=1), [last])

    answer = await restore(api.at(TUESDAY + 2 * DAY), phones=["0712000001"])

    assert answer == back(first)


async def test_what_is_not_in_the_trash_is_left_alone(api: Api, stranger: Api) -> None:
    live = await api.make_contact("0712000001")
    theirs = await stranger.make_contact("0712000001")
    await trash(stranger, [theirs])
    before, before_theirs = await stored_rows(api), await stored_rows(stranger)

    answer = await restore(api.at(TUESDAY), ids=[live, theirs])

    assert answer == back()
    assert (await stored_rows(api), await stored_rows(stranger)) == (before, before_theirs)


async def test_what_is_past_its_time_is_nowhere_even_before_it_is_purged(api: Api) -> None:
    made = await api.make_contact("0712000001")
    await trash(api, [made])
    last_moment, too_late = api.at(MONDAY + 90 * DAY - HOUR / 3600), api.at(MONDAY + 90 * DAY)

    assert await contact(last_moment, made, "id") == {"id": made}
    for state in ("TRASHED", "ANY"):
        assert await contacts(too_late, "id", state=state) == []
    assert await contact(too_late, made, "id") is None
    assert (await too_late.run("query ($id: ID!) { node(id: $id) { id } }", id=made))["node"] is None
    assert await restore(too_late, ids=[made]) == await restore(too_late, phones=["0712000001"]) == back()
    assert await purge(too_late, {"ids": [made]}) == done()


# ------------------------------------------------------------------ for good


async def test_a_purge_deletes_what_is_in_the_trash_for_good(api: Api) -> None:
    clients = await api.make_list("Clients")
    before = await stored_rows(api)
    trashed = await api.make_contact("0712000001", listIds=[clients], assigneeIds=[api.user_id])
    await trash(api, [trashed])

    answer = await purge(api, {"ids": [trashed]})

    assert answer == done(trashed)
    assert await contact(api, trashed, "id") is None
    logs = ("change", "audit_event", "account_queue")  # they have its id, or say that its traces must be erased
    unrelated = {"contact_purge": [], **{log: before[log] for log in logs}}
    assert await stored_rows(api) | unrelated == before


async def test_a_purge_spares_what_is_not_in_the_trash_unless_told(api: Api) -> None:
    clients = await api.make_list("Clients")
    live = await api.make_contact("0712000001", listIds=[clients], tags=["a"])
    before = await stored_rows(api)

    spared = await purge(api, {"ids": [live]})
    by_phone = await purge(api, {"phones": ["0712000001"]})
    unchanged = await stored_rows(api)
    gone = await purge(api, {"ids": [live]}, fromAnywhere=True)

    assert spared == by_phone == done()
    assert unchanged == before
    assert gone == done(live, Clients=0)
    assert (await contacts(api, "id", state="ANY"), await tag_counts(api)) == ([], {})


async def test_an_agent_purges_from_the_trash_alone(api: Api) -> None:
    _, bob = await api.make_user("Bob")
    trashed, live = await api.make_contact("0712000001"), await api.make_contact("0712000002")
    await trash(api, [trashed])

    refused = await purge(bob, {"ids": [live]}, fromAnywhere=True)
    allowed = await purge(bob, {"ids": [trashed]})

    message = "This requires the role MANAGER or ADMIN."
    assert refused == REFUSED | {"errors": [refusal("FORBIDDEN", message, "fromAnywhere")]}
    assert allowed == done(trashed)
    assert await contacts(api, "id", state="ANY") == [{"id": live}]


async def test_a_manager_purges_from_anywhere(api: Api) -> None:
    _, mia = await api.make_user("Mia", Role.MANAGER)
    live = await api.make_contact("0712000002")

    assert await purge(mia, {"ids": [live]}, fromAnywhere=True) == done(live)


async def test_a_purge_by_number_takes_the_last_trashed(api: Api) -> None:
    first = await api.make_contact("0712000001")
    await trash(api, [first])
    last = await api.make_contact("0712000001")
    await trash(api.at(TUESDAY), [last])

    answer = await purge(api.at(TUESDAY), {"phones": ["0712000001"]})

    assert answer == done(last)
    assert await contacts(api, "id", state="ANY") == [{"id": first}]


@pytest.mark.parametrize("mutation", ["trashContacts", "restoreContacts", "purgeContacts"])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_contacts(api: Api, mutation: str) -> None:
    lists = [await api.make_list(f"List {number}") for number in range(2)]
    ids = [
        await api.make_contact(f"07120000{number:02}", listIds=lists, tags=["a", f"t{number}"]) for number in range(51)
    ]
    if mutation != "trashContacts":
        await trash(api, ids)

    async def statements(*chosen: str) -> int:
        with counted_statements() as seen:
            answer = await mutate(api, mutation, ANSWER, contacts={"ids": list(chosen)})
        assert answer["count"] == len(chosen)
        return len(seen)

    assert await statements(*ids[:2]) == await statements(*ids[2:])
    assert await stored_counts(api) == await true_counts(api)
    assert await list_counts(api) == {
        f"List {number}": 51 if mutation == "restoreContacts" else 0 for number in range(2)
    }
