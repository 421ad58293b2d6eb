"""The fast path writes the same as the general path: alone, for several requests at once, and in races with others."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from models.change import ChangeKind
from models.db import database, staging
from models.db.application import create_detached_task
from models.db.deadline import Deadline
from models.db.sqlite.texts import numbered
from resolvers.decoding import decode_id
from schema.ids import IdPrefix
from services.accounts.settings import load_account_settings
from services.contacts import saving, shared_changes, table as contact_table
from services.contacts.saving import NewContact
from tests.support.api_client import MONDAY, Api, counted_statements
from tests.support.audit_events import events_of
from tests.support.mutations import (
    bulk_create,
    contact,
    contacts,
    create,
    list_counts,
    refusal,
    tag_counts,
    taken_number,
    trash,
    update,
)
from tests.support.snapshot import stored_counts, true_counts
from tests.support.statement_work import PostgresObserver, recorded_reads
from tests.support.webhook_endpoints import make_endpoint

pytestmark = pytest.mark.plain_postgres  # a cluster uses the general path only
NUMBER = "+254712345678"
PHONES = [f"+2547120000{number:02}" for number in range(12)]


async def test_a_contact_is_created_in_one_statement_and_changed_in_two(api: Api) -> None:
    list_id = await api.make_list("Customers")

    with counted_statements() as creating:
        made = await create(api, "id name tags", phone=NUMBER, name="Ada", tags=["b", "a"], listIds=[list_id])
    with counted_statements() as changing:
        changed = await update(api, made["contact"]["id"], "name tags", name="Grace", tags=["c", "a"])

    assert (len(creating), len(changing)) == (1, 2)
    assert made["contact"] == {"id": made["contact"]["id"], "name": "Ada", "tags": ["a", "b"]}
    assert changed["contact"] == {"name": "Grace", "tags": ["a", "c"]}
    assert await stored_counts(api) == await true_counts(api)


@pytest.mark.parametrize("names", [[], ["Customers"], ["Customers", "Farmers", "Teachers"]])
async def test_a_contact_is_created_in_one_statement_on_any_number_of_lists(api: Api, names: list[str]) -> None:
    list_ids = [await api.make_list(name) for name in names]
    await api.make_list("Others")

    with counted_statements() as creating:
        await create(api, "id", phone=NUMBER, listIds=[*list_ids, *list_ids[:1]])

    assert len(creating) == 1
    assert await contacts(api, "lists { name contactCount }") == [
        {"lists": [{"name": name, "contactCount": 1} for name in names]}
    ]
    assert await stored_counts(api) == await true_counts(api)


async def test_contacts_that_are_created_at_once_share_a_statement_and_each_has_its_own_rows(api: Api) -> None:
    _, agent = await api.make_user("Grace")
    lists = [await api.make_list(name) for name in ("Customers", "Farmers")]
    endpoint, _ = await make_endpoint(api, None, "CONTACT_CREATED")

    async def made(place: int) -> Any:
        by = agent if place % 2 else api
        given: dict[str, Any] = {"listIds": lists[: place % 3], "tags": ["all", f"t{place % 2}"]}
        if place % 4 == 0:
            given["customVariables"] = {"City": "Accra"}
        return await create(by, "id phone tags owner { id } lists { name }", phone=PHONES[place], **given)

    with counted_statements() as statements:
        answers = await asyncio.gather(*(made(place) for place in range(12)))

    writes = [sql for sql in statements if "INSERT INTO contact " in sql]
    assert 1 < len(writes) < 12
    for place, answer in enumerate(answers):
        assert (answer["outcome"], answer["errors"]) == ("CREATED", [])
        assert answer["contact"]["phone"] == PHONES[place]
        assert answer["contact"]["tags"] == ["all", f"t{place % 2}"]
        assert answer["contact"]["owner"] == {"id": (agent if place % 2 else api).user_id}
        assert [one["name"] for one in answer["contact"]["lists"]] == ["Customers", "Farmers"][: place % 3]
    assert await list_counts(api) == {"Customers": 8, "Farmers": 4}
    assert await tag_counts(api) == {"all": 12, "t0": 6, "t1": 6}
    assert await stored_counts(api) == await true_counts(api)

    ids = [answer["contact"]["id"] for answer in answers]
    events = (await events_of(api, first=100, filter={"actions": ["CREATE"]}))["nodes"]
    users = {event["subjectId"]: event["user"]["id"] for event in events if event["subjectId"] in ids}
    assert users == {id: (agent if place % 2 else api).user_id for place, id in enumerate(ids)}
    sql = "SELECT contact_id, subject FROM webhook_delivery WHERE account_id = $1 AND event_type = 'CONTACT_CREATED'"
    deliveries = await database.fetch(sql, api.account_id)
    told = {row["contact_id"]: row["subject"]["userId"] for row in deliveries}
    assert endpoint
    assert told == {decode_id(IdPrefix.CONTACT, id): str(decode_id(IdPrefix.USER, users[id])) for id in ids}
    sql = "SELECT object_id FROM change WHERE account_id = $1 AND kind = $2"
    noted = Counter(row["object_id"] for row in await database.fetch(sql, api.account_id, ChangeKind.CONTACT))
    assert noted == Counter(decode_id(IdPrefix.CONTACT, id) for id in ids)


async def test_a_row_that_is_refused_does_not_affect_the_others(api: Api, stranger: Api) -> None:
    list_id, elsewhere = await api.make_list("Customers"), await stranger.make_list("Theirs")
    known = await api.make_contact(PHONES[0])
    rows: list[dict[str, Any]] = [
        {"phone": PHONES[1]},
        {"phone": PHONES[2], "listIds": [list_id]},
        {"phone": PHONES[2], "listIds": [list_id]},
        {"phone": PHONES[0]},
        {"phone": PHONES[3], "listIds": [list_id, elsewhere]},
        {"phone": PHONES[4], "listIds": [list_id]},
    ]
    answers = await asyncio.gather(*(create(api, "id phone", **row) for row in rows))
    theirs = await create(stranger, "id", phone=PHONES[1])

    assert theirs["outcome"] == "CREATED"
    assert [answer["outcome"] for answer in answers] == ["CREATED", "CREATED", None, None, None, "CREATED"]
    holder = answers[1]["contact"]["id"]
    assert answers[2]["errors"] == [taken_number(holder, "contact", "phone")]
    assert answers[3]["errors"] == [taken_number(known, "contact", "phone")]
    assert answers[4]["errors"] == [refusal("NOT_FOUND", "There is no such list.", "contact", "listIds", "1")]
    assert await list_counts(api) == {"Customers": 2}
    assert len(await contacts(api, "id")) == 4
    assert await stored_counts(api) == await true_counts(api)


async def test_only_requests_whose_own_contact_is_written_have_written(api: Api) -> None:
    settings = await load_account_settings(api.account_id)
    await api.make_contact(PHONES[0])

    async def has_written(phone: str) -> bool:
        row = saving.parse(NewContact(phone), settings)
        with Deadline(60) as bounds:
            await shared_changes.create(row, settings=settings, user_id=None, selected="1", now=MONDAY)
        return bounds.has_written

    phones = [PHONES[1], *PHONES[:4], *PHONES[:4]]
    writes = await asyncio.gather(*(create_detached_task(has_written(phone)) for phone in phones))
    assert Counter(phone for phone, wrote in zip(phones, writes, strict=True) if wrote) == Counter(PHONES[1:4])


async def test_contacts_that_are_changed_at_once_share_a_statement_and_each_has_its_own_history(api: Api) -> None:
    _, agent = await api.make_user("Grace")
    ids = [await api.make_contact(phone, firstName="Ada", tags=["a"]) for phone in PHONES]

    async def changed(place: int) -> Any:
        by, key = agent if place % 2 else api, {"phone": PHONES[place]} if place % 3 else {"id": ids[place]}
        variables = {"City": f"C{place}"} if place % 4 == 0 else {}
        text = (
            "mutation ($input: UpdateContactInput!) { updateContact(input: $input) "
            "{ contact { id name tags version customVariables } errors { code } } }"
        )
        given = {"contact": key, "lastName": f"L{place}", "tags": ["b", f"t{place % 2}"], "customVariables": variables}
        return (await by.run(text, input=given))["updateContact"]

    with counted_statements() as statements:
        answers = await asyncio.gather(*(changed(place) for place in range(12)))

    assert 1 < len([sql for sql in statements if "UPDATE contact SET" in sql]) < 12
    for place, answer in enumerate(answers):
        assert answer == {
            "contact": {
                "id": ids[place],
                "name": f"Ada L{place}",
                "tags": ["b", f"t{place % 2}"],
                "version": 2,
                "customVariables": {"City": f"C{place}"} if place % 4 == 0 else {},
            },
            "errors": [],
        }
    assert await tag_counts(api) == {"b": 12, "t0": 6, "t1": 6}
    assert await stored_counts(api) == await true_counts(api)
    history = "history(first: 1) { nodes { action user { id } changes { field before after } } }"
    for place, id in enumerate(ids):
        [entry] = (await contact(api, id, history))["history"]["nodes"]
        assert entry["user"] == {"id": (agent if place % 2 else api).user_id}
        assert {"field": "lastName", "before": None, "after": f"L{place}"} in entry["changes"]


async def test_changes_of_one_contact_at_once_all_take_effect(api: Api) -> None:
    contact_id = await api.make_contact(NUMBER, firstName="Ada")
    fields = ("lastName", "email", "companyName", "notes", "firstName")
    answers = await asyncio.gather(
        *(update(api, contact_id, "id", **{field: f"{field}@example.com"}) for field in fields)
    )
    assert [answer["errors"] for answer in answers] == [[]] * len(fields)
    found = await contact(api, contact_id, f"version {' '.join(fields)}")
    assert found == {"version": 1 + len(fields), **{field: f"{field}@example.com" for field in fields}}


async def test_a_transaction_that_creates_and_changes_a_contact_records_one_change_of_it(api: Api) -> None:
    text = """mutation ($contact: ContactInput!, $phones: [PhoneNumber!]!) {
      createContact(input: {contact: $contact}) { errors { code } contact { id } }
      tagContacts(input: {contacts: {phones: $phones}, add: ["vip"]}) { count errors { code } }
    }"""
    async with database.transaction():
        done = await api.run(text, contact={"phone": NUMBER, "tags": ["a"]}, phones=[NUMBER])

    assert done["tagContacts"] == {"count": 1, "errors": []}
    sql = "SELECT object_id FROM change WHERE account_id = $1 AND kind = $2"
    rows = await database.fetch(sql, api.account_id, ChangeKind.CONTACT)
    assert {row["object_id"] for row in rows} == {decode_id(IdPrefix.CONTACT, done["createContact"]["contact"]["id"])}
    assert len(rows) == 1
    assert await stored_counts(api) == await true_counts(api)


async def test_a_locked_list_or_contact_holds_up_only_the_requests_that_need_it(api: Api) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite locks the whole database")
    locked, free = await api.make_list("Locked"), await api.make_list("Free")
    ids = [await api.make_contact(phone) for phone in PHONES[:3]]
    async with database.transaction():
        await database.fetch(
            "SELECT 1 FROM contact_list WHERE account_id = $1 AND id = $2 FOR UPDATE",
            api.account_id,
            decode_id(IdPrefix.CONTACT_LIST, locked),
        )
        await database.fetch(
            "SELECT 1 FROM contact WHERE account_id = $1 AND id = $2 FOR UPDATE",
            api.account_id,
            decode_id(IdPrefix.CONTACT, ids[0]),
        )
        works = [
            create_detached_task(create(api, "id", phone=PHONES[3 + place], listIds=[locked if place == 2 else free]))
            for place in range(5)
        ]
        works += [create_detached_task(update(api, id, "id", lastName="Lovelace")) for id in [ids[1], ids[0], ids[2]]]
        held_up = {works[2], works[6]}
        done, _ = await asyncio.wait(set(works) - held_up, timeout=5)
        assert done == set(works) - held_up
        assert not any(work.done() for work in held_up)
    assert [answer["errors"] for answer in await asyncio.gather(*works)] == [[]] * 8
    assert await list_counts(api) == {"Locked": 1, "Free": 4}


async def test_a_change_costs_as_much_in_a_large_account(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"phone": f"+25471{place:07}"} for place in range(2000)]
    for start in range(0, 2000, 1000):
        await bulk_create(api, "id", rows[start : start + 1000])
    list_ids = [await api.make_list(f"List {place}") for place in range(3)]
    ids = [await api.make_contact(phone, firstName="Ada") for phone in PHONES[:3]]
    await database.execute("ANALYZE")
    scripts: list[str] = []
    run_script = staging.run_script

    async def recording(*args: Any) -> Any:
        scripts.append(args[-1])
        return await run_script(*args)

    monkeypatch.setattr(staging, "run_script", recording)
    with recorded_reads(monkeypatch) as statements:
        await asyncio.gather(*(create(api, "id", phone=phone, listIds=list_ids) for phone in PHONES[3:6]))
        await asyncio.gather(*(update(api, id, "id", lastName="Lovelace", tags=["a"]) for id in ids))
    assert len(scripts) >= 4

    if database.is_postgres():
        for statement in statements:
            assert await PostgresObserver().work([statement]) < 200, statement.sql
        return
    async with database.transaction():  # on the connection that has the temporary tables
        for part in (numbered(part) for script in scripts for part in script.split(staging.BETWEEN)):
            plan = [row[3] for row in await database.fetch(f"EXPLAIN QUERY PLAN {part}", api.account_id)]
            assert not [step for step in plan if step.startswith(("SCAN contact", "BLOOM FILTER"))], (part, plan)


async def test_a_change_that_another_one_overtakes_loses_nothing_of_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact_id = await api.make_contact(NUMBER, firstName="Ada", tags=["a"])
    read = contact_table.read

    async def overtaken(*args: Any) -> Any:
        found = await read(*args)
        monkeypatch.setattr(contact_table, "read", read)
        await update(api, contact_id, "id", lastName="Lovelace", tags=["b"])
        return found

    monkeypatch.setattr(contact_table, "read", overtaken)
    answer = await update(api, contact_id, "name", firstName="Augusta")

    lastly = await contacts(api, "name tags")
    assert answer["contact"] == {"name": "Augusta Lovelace"}
    assert lastly == [{"name": "Augusta Lovelace", "tags": ["b"]}]
    assert await stored_counts(api) == await true_counts(api)


async def test_a_contact_that_is_trashed_meanwhile_is_not_changed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    contact_id = await api.make_contact(NUMBER, firstName="Ada", tags=["a"])
    read = contact_table.read

    async def overtaken(*args: Any) -> Any:
        found = await read(*args)
        await trash(api, [contact_id])
        return found

    monkeypatch.setattr(contact_table, "read", overtaken)
    answer = await update(api, contact_id, "id", firstName="Augusta")

    assert [error["code"] for error in answer["errors"]] == ["IN_TRASH"]
    assert await stored_counts(api) == await true_counts(api)
