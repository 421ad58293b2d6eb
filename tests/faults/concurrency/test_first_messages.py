"""A contact is created while the first message of its number is recorded: in any order, the contact shows the message.

Neither transaction sees the other's uncommitted rows, so one must wait. SQLite has only one writer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

import asyncpg
import pytest

from models.db import database
from services.contacts import table as contact_table
from services.messages import contact_updates as message_effects
from tests.support.api_client import HOUR, MONDAY, Api, iso
from tests.support.imports import import_content
from tests.support.messages import PHONE, inbound
from tests.support.mutations import bulk_create, contacts, create, mutate, report, update
from tests.support.rows import make_campaign

AT = MONDAY - HOUR
OTHER = "+254712345699"

Way = Callable[[Api], Coroutine[Any, Any, Any]]


async def _create(api: Api) -> None:
    assert (await create(api, "id", phone=PHONE))["errors"] == []


async def _bulk_create(api: Api) -> None:
    assert (await bulk_create(api, "id", [{"phone": PHONE}, {"phone": "+254712345600"}]))["summary"]["created"] == 2


async def _add_to_campaign(api: Api) -> None:
    campaign = await make_campaign(api, "Winter")
    added = await mutate(
        api, "addCampaignContacts", "summary { created }", campaignId=campaign, contacts=[{"contact": PHONE}]
    )
    assert added["summary"] == {"created": 1}


async def _import(api: Api) -> None:
    job = await import_content(api, f"phone\n{PHONE}\n", selected="summary { created }")
    assert job == {"summary": {"created": 1}}


async def _change_number(api: Api) -> None:
    [other] = await contacts(api, "id", phones=[OTHER])
    assert (await update(api, other["id"], "id", phone=PHONE))["errors"] == []


WAYS: dict[str, Way] = {
    "createContact": _create,
    "bulkCreateContacts": _bulk_create,
    "addCampaignContacts": _add_to_campaign,
    "importContacts": _import,
    "updateContact": _change_number,
}
# The last contact write of each mutation before its COMMIT.
WRITTEN_BY = {
    "bulkCreateContacts": "insert",
    "addCampaignContacts": "insert",
    "importContacts": "insert_staged",
    "updateContact": "update",
}


async def until_it_waits(task: "asyncio.Task[Any]", database_url: str) -> None:
    """Returns when the task is done or a connection waits for a lock."""
    watching = await asyncpg.connect(database_url)
    try:
        while not task.done():
            sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            if await watching.fetchval(sql):
                return
            await asyncio.sleep(0.01)
    finally:
        await watching.close()


def meeting(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, other: Callable[[], Coroutine[Any, Any, Any]], url: str
) -> "list[asyncio.Task[Any]]":
    """Starts `other` after the first call of a function, and continues when `other` waits for a lock or is done."""
    outside: Context = copy_context()
    begun: list[asyncio.Task[Any]] = []
    original: Callable[..., Awaitable[Any]] = getattr(module, name)

    async def met(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        if not begun:
            begun.append(asyncio.get_running_loop().create_task(other(), context=outside))
            await until_it_waits(begun[0], url)
        return result

    monkeypatch.setattr(module, name, met)
    return begun


async def shown(api: Api) -> Any:
    return await contacts(api, "lastInboundAt verifiedAt", phones=[PHONE])


@pytest.mark.parametrize("way", WAYS)
async def test_a_contact_that_comes_while_a_message_is_recorded_shows_it(
    api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has one writer")
    await api.make_contact(OTHER)

    coming = meeting(monkeypatch, message_effects, "update_contacts", lambda: WAYS[way](api), database_url)
    await report(api, inbound(AT))
    await coming[0]

    assert await shown(api) == [{"lastInboundAt": iso(AT), "verifiedAt": None}]


@pytest.mark.parametrize("way", WRITTEN_BY)
async def test_a_message_that_comes_while_the_contact_is_made_shows_on_it_and_verifies_it(
    api: Api, database_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if not database.is_postgres():
        pytest.skip("SQLite has one writer")
    await api.make_contact(OTHER)

    coming = meeting(monkeypatch, contact_table, WRITTEN_BY[way], lambda: report(api, inbound(AT)), database_url)
    await WAYS[way](api)
    assert await coming[0] == ["CREATED"]

    assert await shown(api) == [{"lastInboundAt": iso(AT), "verifiedAt": iso(AT)}]


async def test_contacts_and_their_first_messages_come_at_once_without_a_deadlock(api: Api) -> None:
    phones = [f"+2547123456{number:02}" for number in range(24)]
    messages = [inbound(AT, phone=phone) for phone in phones]

    await asyncio.gather(
        *(create(api, "id", phone=phone) for phone in phones[:12]),
        bulk_create(api, "id", [{"phone": phone} for phone in reversed(phones)]),
        *(report(api, message) for message in messages),
        report(api, *reversed(messages)),
        report(api, *messages),
    )

    found = await contacts(api, "phone lastInboundAt")
    assert found == [{"phone": phone, "lastInboundAt": iso(AT)} for phone in phones]
