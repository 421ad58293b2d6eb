"""Contacts named by number or external id are found by index; SQLite does not scan the account.

PostgreSQL's plan depends on its table statistics, SQLite's on the statement alone, so the test runs on SQLite.
"""

import re
from typing import Any

import pytest

from models.db import database, staging
from services.contacts import trash
from services.purging import traces as purged_traces
from tests.support.api_client import DAY, Api, counted_statements
from tests.support.imports import import_content
from tests.support.mutations import mutate
from tests.support.rows import insert_contacts
from tests.support.statement_work import TABLES_OF_ACCOUNTS, SqliteObserver, reads_whole_account, recorded_reads

PHONE, OTHER = "+254712000001", "+254712000002"
SHEET = "Phone,External id,Lists\n0712000001,x,News\n0712000003,y,News\n"
# An import reads all custom prefixes. Few subscriptions are open at once. The index of waiting jobs has no others.
# An account has at most one row of purges, rarely numbers whose messages are still there, and at most 20 endpoints.
SMALL = {"operator_prefix", "subscription", "job", "contact_purge", "purged_phone", "webhook_endpoint"}

Asked = tuple[str, dict[str, Any]]
MUTATIONS: dict[str, Asked] = {
    "create": ("createContact", {"contact": {"phone": OTHER, "externalId": "new", "tags": ["vip"]}}),
    "create in a batch": ("bulkCreateContacts", {"contacts": [{"phone": OTHER}, {"phone": PHONE, "externalId": "z"}]}),
    "update": ("updateContact", {"contact": {"phone": PHONE}, "phone": OTHER, "externalId": "new"}),
    "update fields": ("updateContact", {"contact": {"phone": PHONE}, "lastName": "Lovelace", "tags": ["vip"]}),
    "tag": ("tagContacts", {"contacts": {"phones": [PHONE]}, "add": ["vip"]}),
    "trash": ("trashContacts", {"contacts": {"phones": [PHONE]}}),
    "opt out": ("optOut", {"phone": PHONE}),
    "record": ("recordMessages", {"messages": [{"phone": PHONE, "direction": "INBOUND", "externalId": "m"}]}),
}


_OF_TRASH = re.compile(r"SEARCH contact USING COVERING INDEX contact_trashed_phone \(account_id=\?\)")


async def whole_accounts_read(statements: list[str]) -> dict[str, list[str]]:
    """Statements by which SQLite reads all of an account's rows in a table, with that part of its plan."""
    found = {}
    tables = {row[0] for row in await database.fetch(TABLES_OF_ACCOUNTS)} - SMALL
    async with database.transaction():  # only its connection has the import's temporary table
        for sql in (part for text in statements for part in text.split(staging.BETWEEN)):
            if sql.split()[0] not in ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH"):
                continue
            places = max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=sql.count("?"))
            plan = [row["detail"] for row in await database.fetch(f"EXPLAIN QUERY PLAN {sql}", *[None] * places)]
            if any(map(_OF_TRASH.fullmatch, plan)) and re.search(r" LIMIT \d+$", sql):
                continue  # the limit applies to the contacts of the trash
            if bad := [line for line in plan if reads_whole_account(sql, line, tables)]:
                found[sql] = bad
    return found


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_change_of_named_contacts_reads_no_whole_account(api: Api, name: str) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    mutation, given = MUTATIONS[name]
    await api.make_contact(PHONE, externalId="x")

    kind = mutation[0].upper() + mutation[1:] + "Input"
    with counted_statements() as statements:
        await api.run(
            f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}", input=given
        )

    assert await whole_accounts_read(statements) == {}


async def test_a_number_with_two_forms_is_found_by_index(api: Api) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    with_9, without_9 = "+5491151234501", "+541151234501"
    await api.make_contact(with_9)
    text = """query ($phone: PhoneNumber!) {
      contact(by: {phone: $phone}) { phone isOptedOut messages { nodes { phone } } }
      optOut(phone: $phone) { isOptedOut }
      contacts(filter: {phones: [$phone]}) { nodes { phone } }
    }"""

    with counted_statements() as statements:
        found = await api.run(text, phone=without_9)
        await mutate(api, "optOut", "optOut { phone }", phone=without_9)

    assert found["contact"]["phone"] == found["contacts"]["nodes"][0]["phone"] == with_9
    assert await whole_accounts_read(statements) == {}


@pytest.mark.parametrize(
    "options",
    [
        {"ifExists": "UPDATE"},
        {"ifExists": "SKIP", "addExistingToList": True},
        {"ifExists": "ERROR"},
        {"ifExists": "UPDATE", "matchOn": "EXTERNAL_ID", "createLists": True},
    ],
)
async def test_an_import_reads_no_whole_account(api: Api, options: dict[str, Any]) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    clients = await api.make_list("Clients")
    await api.make_contact(PHONE, externalId="x")

    with counted_statements() as statements:
        await import_content(api, SHEET, listId=clients, **options)

    assert await whole_accounts_read(statements) == {}


async def test_a_restore_reads_no_whole_account(api: Api) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    id = await api.make_contact(PHONE, externalId="x")
    change = "mutation ($id: ID!) {{ {}(input: {{contacts: {{ids: [$id]}}}}) {{ errors {{ code }} }} }}"
    await api.run(change.format("trashContacts"), id=id)

    with counted_statements() as statements:
        await api.run(change.format("restoreContacts"), id=id)

    assert await whole_accounts_read(statements) == {}


@pytest.mark.parametrize("filter", [{"phones": [PHONE]}, {"externalIds": ["x"]}, {"phones": [PHONE], "state": "ANY"}])
async def test_a_page_of_named_contacts_reads_no_whole_account(api: Api, filter: dict[str, Any]) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    id = await api.make_contact(PHONE, externalId="x")
    await api.make_contact(OTHER)

    with counted_statements() as statements:
        found = await api.run(
            "query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } } }", filter=filter
        )

    assert found["contacts"]["nodes"] == [{"id": id}]
    assert await whole_accounts_read(statements) == {}


SEARCHES: list[dict[str, Any]] = [
    {"search": "otieno"},
    {"search": "nobody otieno"},
    {"search": "qx"},
    {"companyNames": ["Acme"]},
    {"companyNames": ["Acme"], "search": "otieno"},
    {"customVariables": [{"label": "Plan", "equals": "Gold"}]},
    {"customVariables": [{"label": "Plan", "anyOf": ["Gold", "Silver"]}, {"label": "City", "contains": "o"}]},
    {"customVariables": [{"label": "Plan", "exists": True}]},
    {"and": [{"search": "otieno"}, {"companyNames": ["Acme"]}]},
    {"or": [{"search": "otieno"}, {"customVariables": [{"label": "Plan", "equals": "Gold"}]}]},
]


@pytest.mark.parametrize("filter", SEARCHES)
async def test_a_search_reads_no_whole_account_for_what_is_rare(api: Api, filter: dict[str, Any]) -> None:
    """A page first examines 500 contacts in order. Then it uses an index, as totals, bulk changes and facets do."""
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    await api.make_contact(PHONE, name="Otieno qx", companyName="Acme", customVariables={"Plan": "Gold"})
    await api.make_contact(OTHER)
    page = "query ($filter: ContactFilter) { contacts(filter: $filter) { totalCount nodes { id } } }"
    facets = "query ($filter: ContactFilter) { contactFacets(filter: $filter, fields: [TAG, STATUS]) { otherCount } }"

    with counted_statements() as statements:
        await api.run(page, filter=filter)
        await api.run(facets, filter=filter)
        await mutate(api, "tagContacts", "count", contacts={"matching": {"filter": filter}}, add=["found"])

    walks = [sql for sql in statements if 'LIMIT $2) AS "contact"' in sql]
    assert walks
    assert await whole_accounts_read([sql for sql in statements if sql not in walks]) == {}


async def test_a_purge_and_what_follows_it_read_no_whole_account(api: Api) -> None:
    if database.is_postgres():
        pytest.skip("PostgreSQL's plans depend on the tables' content")
    for phone in (PHONE, OTHER):
        await api.make_contact(phone)
        await import_content(api, f"phone\n{phone}\n")
    given = {"contacts": {"phones": [PHONE]}, "fromAnywhere": True, "optOut": True}

    with counted_statements() as statements:
        await api.run(
            "mutation ($input: PurgeContactsInput!) { purgeContacts(input: $input) { errors { code } } }", input=given
        )
        assert await purged_traces.erase(now=api.now) == 1
    with counted_statements() as expiry:
        await mutate(api, "trashContacts", "count", contacts={"phones": [OTHER]})
        assert await trash.purge_expired(now=api.now + 91 * DAY) == 1

    assert await whole_accounts_read([*statements, *expiry]) == {}


@pytest.mark.parametrize("arguments", ["", ", orderBy: [{field: CREATED_AT, direction: ASC}]", ", offset: 3"])
async def test_a_search_that_many_meet_reads_only_the_first_rows(
    api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    if database.is_postgres():
        pytest.skip("SQLite only")
    text = f'{{ contacts(first: 5{arguments}, filter: {{search: "often"}}) {{ nodes {{ name }} }} }}'
    work = []
    observer = SqliteObserver(database_url.removeprefix("sqlite:///"))
    for count in (40, 400):
        rows = [{"phone": f"+2547{count:03}0{number:04}", "name": "often"} for number in range(count)]
        await insert_contacts(api, rows)
        with recorded_reads(monkeypatch) as found:
            answer = await api.run(text)
        assert len(answer["contacts"]["nodes"]) == 5
        work.append(await observer.work(found))
    observer.close()

    assert work[1] <= work[0] * 1.2
