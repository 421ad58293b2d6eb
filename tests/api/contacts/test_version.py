"""A contact's version grows with each change of what updateContact can set, and guards updateContact."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from models.db import database
from schema.root import schema
from services.accounts.authentication import Scope
from services.contacts import selection as contact_selection
from services.contacts.fields import FIELDS
from tests.support.api_client import Api
from tests.support.imports import import_content, run_jobs
from tests.support.mutations import bulk_create, contact, create, mutate, stale, trash, update
from tests.support.random_changes import ACTS, Act, Writer
from tests.support.snapshot import stored_rows

NUMBER = "+254712345678"
ADA, BOB = "ada@example.com", "bob@example.com"
SET = ("given_phone", "owner_id", *(field.name for field in FIELDS))
OF_OTHER_THINGS = {
    "cancelJob",
    "createToken",
    "createUser",
    "createWebhookEndpoint",
    "deleteWebhookEndpoint",
    "emailExport",
    "exportContacts",
    "redeliverWebhookEvents",
    "revokeToken",
    "rotateWebhookSecret",
    "testWebhookEndpoint",
    "updateWebhookEndpoint",
}
"""Mutations that change no contact. All others are among the acts below."""


async def stored(api: Api) -> dict[UUID, tuple[int, Any]]:
    """Returns the version of each contact, and all values that updateContact can set, but for the lists."""
    rows = await stored_rows(api)
    assignees: dict[UUID, set[UUID]] = {}
    for row in rows["contact_assignee"]:
        assignees.setdefault(row["contact_id"], set()).add(row["user_id"])
    return {
        row["id"]: (row["version"], [[row[name] for name in SET], assignees.get(row["id"])]) for row in rows["contact"]
    }


async def test_the_values_of_this_test_are_those_of_the_input() -> None:
    fields = set(schema._schema.get_type("UpdateContactInput").fields)  # type: ignore[union-attr]

    named = {field.graphql_name for field in FIELDS} | {"ownerId", "assigneeIds", "assignedToEmail"}
    assert fields == named | {"contact", "region", "listIds", "expectedVersion"}


# ------------------------------------------------------------------ every way to change contacts


def upsert(w: Writer, phone: str | None = None) -> dict[str, Any]:
    pick = w.random.choice
    return {
        "phone": phone or pick([w.phone(), w.phone().replace("+254", "0")]),
        "firstName": pick(["A", "B", None]),
        "externalId": pick(["x", "y", None]),
        "tags": pick([["a"], ["c"], []]),
        "customVariables": pick([{"Plan": "gold"}, {}]),
        **pick(
            [{}, {"ownerId": w.one("user")}, {"assigneeIds": [w.one("user")]}, {"assignedToEmail": pick([ADA, BOB])}]
        ),
        "listIds": [w.one("list")],
    }


async def import_file(w: Writer) -> None:
    pick = w.random.choice
    rows = [
        f"{w.phone()},{pick('AB')},{pick('xyz')},{pick('ab')},{pick([ADA, BOB])},{pick([ADA, BOB])},L2" for _ in "123"
    ]
    text = "\n".join(["phone,first name,external id,tags,owner email,assignee email,lists", *rows])
    w.called.add("importContacts")
    await import_content(
        w.api, text, ifExists=pick(["UPDATE", "SKIP"]), matchOn=pick(["PHONE", "EXTERNAL_ID"]), createLists=True
    )


async def update_everything(w: Writer) -> None:
    for name in ("firstName", "lastName", "name", "email", "companyName", "notes", "externalId", "senderNumber"):
        value = {"email": BOB, "senderNumber": "0722000000"}.get(name, w.random.choice("xyz"))
        await w.mutate("updateContact", contact={"id": w.one("contact")}, **{name: w.random.choice([value, None])})
    of_people = {"ownerId": w.one("user"), "assigneeIds": [w.one("user")]}
    for change in ({"phone": w.phone()}, of_people, {"assignedToEmail": w.random.choice([ADA, BOB, None])}):
        await w.mutate("updateContact", contact={"id": w.one("contact")}, **change)
    await w.mutate("updateContact", contact={"id": w.one("contact")}, tags=["t"], customVariables={"Plan": None})


async def change_by_filter(w: Writer) -> None:
    """Changes more contacts than one request may, so that a job does."""
    chosen = {"matching": {"filter": {"search": "+2547"}}}
    if w.random.random() < 0.5:
        await w.mutate("tagContacts", contacts=chosen, add=[w.random.choice("ab")])
    else:
        await w.mutate("assignContacts", contacts=chosen, ownerId=w.one("user"), removeAssigneeIds=[w.one("user")])
    await run_jobs(w.api)


async def recheck(w: Writer) -> None:
    await w.mutate("updateAccount", networkCheck=w.random.choice(["OFF", "STRICT"]))
    await w.mutate("setOperatorPrefix", prefix="25471", operator=w.random.choice("AB"))
    await w.mutate("deleteOperatorPrefix", prefix="25471")
    await run_jobs(w.api)


async def review(w: Writer) -> None:
    rows = [{"phoneNumber": w.phone(), "columns": {"name": "N"}}]
    reviewed = await w.mutate("validateCampaignContacts", "review { id }", contacts=rows, campaignId=w.one("campaign"))
    await w.mutate("applyCampaignReview", reviewId=reviewed["review"]["id"], buckets=["NEW", "EXISTING"])


MORE_ACTS: list[Act] = [
    import_file,
    import_file,
    update_everything,
    change_by_filter,
    recheck,
    review,
    lambda w: w.mutate("createContact", contact=upsert(w), ifExists=w.random.choice(["UPDATE", "SKIP"])),
    lambda w: w.mutate("bulkCreateContacts", contacts=[upsert(w) for _ in "1234"], ifExists="UPDATE"),
    lambda w: w.mutate("bulkCreateContacts", contacts=[upsert(w, "+254712000003") for _ in "12"], ifExists="UPDATE"),
    lambda w: w.mutate("optOutNumbers", phones=[w.phone()]),
    lambda w: w.mutate("verifyContact", contact={"phone": w.phone()}, action="REVOKE"),
    lambda w: w.mutate("updateUser", id=w.one("user"), isActive=w.random.choice([True, False])),
]


async def test_every_mutation_raises_the_version_exactly_if_it_changes_a_value(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_selection, "MOST_AT_ONCE", 2)
    api = await Api.of_new_account()
    writer = Writer(api, 1, await Writer.known_objects(api))
    for place in range(3):  # so that some can be deleted
        await writer.make("list", "createContactList", "contactList", name=f"L{place}")
        await writer.make("campaign", "createCampaign", "campaign", name="C")
    await mutate(api, "bulkCreateContacts", "", contacts=[{"phone": writer.phone()} for _ in range(20)])
    writer.known["contact"] += [
        row["id"] for row in (await api.run("{ contacts { nodes { id } } }"))["contacts"]["nodes"]
    ]
    acts, seen = [*ACTS, *MORE_ACTS] * 3, Counter[bool]()
    writer.random.shuffle(acts)

    after = first = await stored(api)
    for act in acts:
        before = after
        await writer.act(act)
        after = await stored(api)
        for key in before.keys() & after.keys():
            (version, values), (new_version, new_values) = before[key], after[key]
            assert new_version >= version
            assert (new_version > version) is (new_values != values), (act, values, new_values)
            seen[new_version > version] += 1

    assert min(seen[True], seen[False]) > 50
    mutations = schema._schema.mutation_type
    assert mutations is not None
    assert writer.called | OF_OTHER_THINGS == set(mutations.fields)
    assert writer.called.isdisjoint(OF_OTHER_THINGS)
    assert {version for version, _ in first.values()} == {1}


async def test_one_change_raises_the_version_by_one_and_a_change_of_nothing_does_not(api: Api) -> None:
    list_id, [made] = await api.make_list("L"), [await api.make_contact(NUMBER, name="Ann", tags=["a"])]
    chosen = {"ids": [made]}

    versions = [(await contact(api, made, "version"))["version"]]
    for change in (
        update(api, made, "id", name="Bea", tags=["b"], assigneeIds=[api.user_id]),
        update(api, made, "id", name="Bea", tags=["b"], phone="0712 345 678", assigneeIds=[api.user_id]),
        mutate(api, "tagContacts", "", contacts=chosen, add=["c"]),
        mutate(api, "tagContacts", "", contacts=chosen, add=["c"]),
        mutate(api, "assignContacts", "", contacts=chosen, removeAssigneeIds=[api.user_id], ownerId=None),
        mutate(api, "assignContacts", "", contacts=chosen, removeAssigneeIds=[api.user_id], ownerId=None),
        create(api, "id", if_exists="UPDATE", phone=NUMBER, assignedToEmail=ADA, ownerId=None),
        create(api, "id", if_exists="UPDATE", phone=NUMBER, assignedToEmail=ADA, ownerId=None),
        mutate(api, "addContactsToList", "", listId=list_id, contacts=chosen),
        update(api, made, "id", listIds=[]),
        mutate(api, "trashContacts", "", contacts=chosen),
        mutate(api, "restoreContacts", "", contacts=chosen),
        update(api, made, "id", phone="0712 345 679"),
    ):
        assert (await change)["errors"] == []
        versions.append((await contact(api, made, "version"))["version"])

    assert versions == [1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5, 6]


async def test_two_rows_exchange_their_external_ids_and_each_contact_has_one_new_version(api: Api) -> None:
    rows = [{"phone": NUMBER, "externalId": "x"}, {"phone": "+254712345679", "externalId": "y"}]
    await bulk_create(api, "id", rows)
    moved = [row | {"externalId": name} for row, name in zip(rows, ("z", "x"), strict=True)]

    answer = await bulk_create(api, "version externalId", moved, ifExists="UPDATE")

    told = [row["contact"] for row in answer["results"]]
    assert told == [{"version": 2, "externalId": "z"}, {"version": 2, "externalId": "x"}]


# ------------------------------------------------------------------ expectedVersion


async def test_a_stale_change_writes_nothing_and_shows_the_present_contact(api: Api) -> None:
    made = await api.make_contact(NUMBER, firstName="Ann", tags=["a"])
    list_id = await api.make_list("L")

    first = await update(api, made, "version", firstName="Bea", expectedVersion=1)
    before = await stored_rows(api)
    changes: list[dict[str, Any]] = [
        {"firstName": "Cec"},
        {"phone": "0733000000", "listIds": [list_id], "assigneeIds": [api.user_id]},
        {"externalId": "x", "ownerId": None},
        {},
    ]
    late = [await update(api, made, "id", **change, expectedVersion=1) for change in changes]
    early = await update(api, made, "id", firstName="Cec", expectedVersion=3)
    writer = api.with_scopes(Scope.CONTACTS_WRITE)
    unseen = await mutate(writer, "updateContact", "", contact={"id": made}, firstName="Cec", expectedVersion=1)

    assert first == {"contact": {"version": 2}, "errors": []}
    assert late == [{"contact": None, "errors": [stale(made, 2, expected=1)]}] * 4
    assert early["errors"] == [stale(made, 2, expected=3)]
    assert unseen["errors"] == [stale(made, 2, expected=1) | {"current": None}]
    assert await stored_rows(api) == before
    on_the_version = await update(api, made, "version", firstName="Cec", phone="0733000000", expectedVersion=2)
    at_any_version = await update(api, made, "version", firstName="Dee", expectedVersion=None)
    assert (on_the_version["contact"], at_any_version["contact"]) == ({"version": 3}, {"version": 4})


async def test_the_contact_of_another_account_or_in_the_trash_has_no_version_to_compare(
    api: Api, stranger: Api
) -> None:
    made = await api.make_contact(NUMBER)
    elsewhere = await update(stranger, made, "id", firstName="Bea", expectedVersion=7)
    await trash(api, [made])
    trashed = await update(api, made, "id", firstName="Bea", expectedVersion=7)

    assert [error["code"] for error in elsewhere["errors"] + trashed["errors"]] == ["NOT_FOUND", "IN_TRASH"]


@pytest.mark.parametrize("field", ["firstName", "phone", "assigneeIds"])
async def test_of_many_writers_with_one_version_exactly_one_writes(api: Api, field: str) -> None:
    """`firstName` takes the single statement on PostgreSQL, `phone` and `assigneeIds` the general path."""
    made = await api.make_contact(NUMBER)
    users = [(await api.make_user(f"U{place}"))[0] for place in range(8)]
    values: dict[str, list[Any]] = {
        "firstName": [f"N{place}" for place in range(8)],
        "phone": [f"+25473300000{place}" for place in range(8)],
        "assigneeIds": [[user] for user in users],
    }

    answers = await asyncio.gather(
        *(update(api, made, "version", **{field: value}, expectedVersion=1) for value in values[field])
    )

    won = [place for place, answer in enumerate(answers) if not answer["errors"]]
    lost = [answer for answer in answers if answer["errors"]]
    shown = await contact(api, made, "version firstName phone assignees { id }")
    assert [answers[place]["contact"] for place in won] == [{"version": 2}]
    assert lost == [{"contact": None, "errors": [stale(made, 2, expected=1)]}] * 7
    now = {
        "firstName": shown["firstName"],
        "phone": shown["phone"],
        "assigneeIds": [one["id"] for one in shown["assignees"]],
    }
    assert (shown["version"], now[field]) == (2, values[field][won[0]])


async def test_a_new_version_does_not_rewrite_the_table(api: Api) -> None:
    """PostgreSQL stores the default of an added column once, instead of in each row."""
    if not database.is_postgres():
        pytest.skip("SQLite stores the default in the definition of the table")

    row = await database.fetch_one(
        "SELECT attmissingval::text AS missing FROM pg_attribute "
        "WHERE attrelid = 'contact'::regclass AND attname = 'version'"
    )

    assert row is not None
    assert row["missing"] == "{1}"
