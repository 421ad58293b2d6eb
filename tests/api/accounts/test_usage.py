"""Account.usage: contacts, messages and requests by day, counted without a statement for each request."""

import asyncio
import io
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from models.db import database
from models.migrations._tables import RunScript
from services.accounts import usage as usage_of_accounts
from services.accounts.authentication import Scope
from services.accounts.usage import UsageCounts, usage
from services.purging import registry
from tests.support.api_client import DAY, MONDAY, TUESDAY, Api, counted_statements
from tests.support.imports import import_content
from tests.support.mutations import bulk_create, mutate, purge, report, update
from tests.support.rows import make_campaign
from tests.support.servers.http_client import HttpServer, running_http_server
from tests.support.servers.running_server import RunningServer
from tests.support.servers.timeouts import TIMEOUT

USAGE = "query ($first: Int) { viewer { account { usage(first: $first) { day contacts messages requests } } } }"
NUMBER = "+254712000001"


def on(day: str, contacts: int = 0, messages: int = 0, requests: int = 0) -> dict[str, Any]:
    return {"day": day, "contacts": contacts, "messages": messages, "requests": requests}


async def used(api: Api, first: int | None = 2) -> list[dict[str, Any]]:
    await usage().flush()
    days: list[dict[str, Any]] = (await api.run(USAGE, first=first))["viewer"]["account"]["usage"]
    return days


async def stored(site: HttpServer) -> list[tuple[str, int]]:
    rows = await database.fetch(
        "SELECT day, requests FROM account_usage WHERE account_id = $1 ORDER BY day", site.account_id
    )
    return [(row["day"], row["requests"]) for row in rows]


# ------------------------------------------------------------------ what counts


async def test_every_way_to_make_contacts_and_messages_counts_on_its_day(api: Api, stranger: Api) -> None:
    late = api.at(MONDAY.replace(hour=23, minute=59, second=59))
    made = await late.make_contact(NUMBER)  # by the single statement on PostgreSQL
    await late.make_contact("0712000002", ownerId=api.user_id)  # by the general path
    await bulk_create(api, "id", [{"phone": "0712000003"}, {"phone": "0712000003"}, {"phone": "bad"}])
    tuesday = api.at(TUESDAY.replace(hour=0, minute=0, second=0, microsecond=0))
    await import_content(tuesday, "phone\n0712000004\n0712000005\n0712000003\n")
    campaign = await make_campaign(api, "C")
    rows = [{"contact": "0712000006"}, {"contact": "0712000001"}]
    await mutate(tuesday, "addCampaignContacts", "", campaignId=campaign, contacts=rows)
    message = {"phone": NUMBER, "direction": "INBOUND", "body": "Hello", "occurredAt": MONDAY.isoformat()}
    await report(tuesday, message | {"externalId": "a"}, message | {"externalId": "a"}, message)
    await update(tuesday, made, "id", firstName="Ann")
    await purge(tuesday, [made])

    assert await used(tuesday, 3) == [on("2026-01-06", 3, 2), on("2026-01-05", 3), on("2026-01-04")]
    assert await used(stranger.at(TUESDAY)) == [on("2026-01-06"), on("2026-01-05")]


async def test_what_is_rolled_back_does_not_count(api: Api) -> None:
    async def make_and_fail() -> None:
        async with database.transaction():
            await api.make_contact(NUMBER, ownerId=api.user_id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await make_and_fail()
    await api.make_contact(NUMBER)

    assert await used(api, 1) == [on("2026-01-05", 1)]


async def test_the_number_of_days_has_limits_and_the_field_needs_the_scope_admin(api: Api) -> None:
    days = await used(api, 400)
    by_default = await used(api, None)
    refused = [await api.ask(USAGE, first=first) for first in (0, -1, 401)]
    others = [scope for scope in Scope if scope is not Scope.ADMIN]
    hidden = await api.with_scopes(*others).ask(USAGE)

    assert (len(days), days[0]["day"], days[-1]["day"]) == (400, "2026-01-05", "2024-12-02")
    assert by_default == days[:30]
    assert [answer.codes for answer in refused] == [["BAD_USER_INPUT"]] * 3
    assert refused[2].errors[0]["message"] == "first must be 1 to 400, not 401."
    assert (hidden.codes, hidden.data["viewer"]["account"]) == (["FORBIDDEN"], {"usage": None})


# ------------------------------------------------------------------ requests


async def test_requests_over_each_transport_count_once(served: RunningServer) -> None:
    query = "{ viewer { tokenName: __typename } }"
    account_id = served.api.account_id
    await usage().flush()

    async with served.client() as client:
        await client.post("/graphql", json={"query": query})
        await client.get("/graphql", params={"query": query}, headers={"Accept": "application/json"})
        await client.post("/graphql", json={"query": "{ nothing }"})
        await client.post("/graphql", json={"query": query}, headers={"Authorization": "Bearer wrong"})
    async with served.socket() as socket:
        for key in ("1", "2"):
            await socket.subscribe(query, key=key)
            assert [(await socket.receive())["type"] for _ in range(2)] == ["next", "complete"]
    async with served.events(query) as events:
        await events.rest()

    counts = {key: each.requests for key, each in usage()._pending.items()}
    assert counts == {(account_id, MONDAY.date()): 5}


@pytest.mark.plain_postgres
async def test_a_request_runs_no_statement_for_its_count_and_one_statement_stores_all(site: HttpServer) -> None:
    await site.post()
    with counted_statements() as of_request:
        await site.post()
    site.at(TUESDAY - DAY / 2)
    await site.post()
    with counted_statements() as of_flush:
        await usage().flush()
    with counted_statements() as of_nothing:
        await usage().flush()

    assert [sql for sql in of_request if "usage" in sql] == []
    assert (len(of_flush), of_nothing) == (1, [])
    assert await stored(site) == [("2026-01-05", 3)]


async def test_the_counts_are_stored_regularly(site: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_of_accounts, "_FLUSHED_EVERY_SECONDS", 0.01)
    process = UsageCounts()
    process.start()
    for count in (1, 2):
        process.note_request(site.account_id, now=MONDAY)
        async with asyncio.timeout(TIMEOUT):
            while await stored(site) != [("2026-01-05", count)]:  # noqa: ASYNC110  # another task stores it
                await asyncio.sleep(0.005)
    await process.stop()


async def test_the_counts_are_stored_at_shutdown(database_url: str) -> None:
    async with running_http_server(database_url, jobs=0) as site:
        await site.post()
        before = await stored(site)
    await database.connect(database_url)
    after = await stored(site)
    await database.disconnect()

    assert (before, after) == ([], [("2026-01-05", 1)])


async def test_counts_that_cannot_be_stored_are_kept_and_logged_once(
    site: HttpServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> None:
        raise ConnectionError("+254712345678")

    with monkeypatch.context() as patched:
        patched.setattr(usage_of_accounts, "_add", refuse)
        for _ in range(3):
            assert (await site.post()).status_code == 200
            await usage().flush()
    failed = await stored(site)
    await site.post()
    await usage().flush()

    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["could not store the usage of accounts"]
    assert "+254712345678" not in str(lines)
    assert (failed, await stored(site)) == ([], [("2026-01-05", 4)])


async def test_concurrent_processes_add_their_counts(api: Api, stranger: Api) -> None:
    processes = [UsageCounts() for _ in range(4)]
    accounts = [api.account_id, stranger.account_id]
    for place, process in enumerate(processes):
        for account_id in accounts[:: 1 if place % 2 else -1]:
            for day in (MONDAY, TUESDAY):
                process.note_request(account_id, now=day)
                process.note_contacts(account_id, 10, now=day)
        process.note_request(database.uuid7(), now=MONDAY)  # of an account that was deleted

    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.create_task(process.flush()) for process in processes))

    assert await used(api.at(TUESDAY)) == [on("2026-01-06", 40, 0, 4), on("2026-01-05", 40, 0, 4)]
    assert await used(stranger.at(TUESDAY), 1) == [on("2026-01-06", 40, 0, 4)]


# ------------------------------------------------------------------ the table


@pytest.mark.plain_postgres
async def test_the_read_is_one_search_of_the_key(api: Api) -> None:
    with counted_statements() as statements:
        await api.run(USAGE, first=400)
    [sql] = [statement for statement in statements if "account_usage" in statement]

    values = (api.account_id, "2025-01-01", "2026-01-05")
    async with database.transaction():
        if database.is_postgres():
            await database.execute("SET LOCAL enable_seqscan = off")
        plan = await database.fetch(f"EXPLAIN {'' if database.is_postgres() else 'QUERY PLAN '}{sql}", *values)
    text = " ".join(str(value) for row in plan for value in row)
    key = "account_usage_pkey" if database.is_postgres() else "sqlite_autoindex_account_usage_1 (account_id=? AND day"
    assert key in text
    assert len(statements) == 2


async def test_counts_are_deleted_after_400_days(api: Api) -> None:
    for ago in (0, 399, 400, 500):
        usage().note_request(api.account_id, now=MONDAY - timedelta(days=ago))
    await usage().flush()

    deleted = await registry.purge("usage of accounts", now=MONDAY)

    assert deleted == 2
    assert [day["requests"] for day in await used(api, 400)] == [1, *[0] * 398, 1]


@pytest.mark.plain_postgres
async def test_the_migration_counts_what_exists(api: Api, stranger: Api) -> None:
    now = datetime.now(tz=MONDAY.tzinfo).replace(hour=23, minute=59, second=59)
    for place, ago in enumerate((0, 0, 1, 399, 401)):
        await api.at(now - timedelta(days=ago)).make_contact(f"+25471200000{place}")
    await bulk_create(stranger.at(now), "id", [{"phone": NUMBER}])
    message = {"phone": NUMBER, "direction": "INBOUND", "body": "Hello", "occurredAt": now.isoformat()}
    await report(api.at(now - DAY), message, message)

    client = SimpleNamespace(capabilities=database.connection().capabilities, execute_query=database.execute)
    editor: Any = SimpleNamespace(client=client)
    async with database.transaction():
        await RunScript("0028_usage_before.sql").database_forward("models", editor, editor, editor)

    rows = await database.fetch(
        "SELECT day, contacts, messages, requests FROM account_usage WHERE account_id = $1 ORDER BY day DESC",
        api.account_id,
    )
    days = [(now - timedelta(days=ago)).date().isoformat() for ago in (0, 1, 399)]
    assert [dict(row) for row in rows] == [on(days[0], 2), on(days[1], 1, 2), on(days[2], 1)]
