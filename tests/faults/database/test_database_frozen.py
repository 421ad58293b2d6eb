"""While PostgreSQL is frozen or restarted, the server answers UNAVAILABLE. Afterwards it recovers without a restart."""

import asyncio

import pytest

from models.db import database
from tests.faults.effort import effort
from tests.support.api_client import Api
from tests.support.servers.asking import CREATE, PAGE, ApiCaller, TimedReply, api_caller, new_token
from tests.support.servers.cluster import Cluster
from tests.support.servers.server_process import serving

DEADLINE = 2.0
LATEST = DEADLINE + 6
"""Seconds: an answer that has to wait for the outcome of a write may take some more than the deadline."""
RESTARTS = effort(1, 5)
PHONES = [f"07120000{number:02}" for number in range(8)]


@pytest.fixture(params=["postgres"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """SQLite has no server."""
    return str(request.param)


async def written() -> set[str]:
    rows = await database.fetch("SELECT phone FROM contact")
    return {f"0{row['phone'].removeprefix('+254')}" for row in rows}


def assert_written(seen: set[str], replies: dict[str, TimedReply]) -> None:
    """All that was acknowledged is there, and nothing that was said not to be written."""
    for phone, reply in replies.items():
        if reply.is_good:
            assert phone in seen
        elif reply.code != "RESULT_UNKNOWN":
            assert phone not in seen


async def created(asker: ApiCaller, phones: list[str]) -> dict[str, TimedReply]:
    replies = await asyncio.gather(*(asker.ask(CREATE, phone=phone) for phone in phones))
    return dict(zip(phones, replies, strict=True))


@pytest.mark.own_server
async def test_a_frozen_database_is_unavailable_and_serves_again_later(
    account: Api, database_url: str, postgres: Cluster
) -> None:
    secret = await new_token(account)
    async with serving(database_url, operation_timeout=DEADLINE) as url, api_caller(url, secret) as asker:
        before = await created(asker, PHONES[:2])
        with postgres.frozen():
            reading = asyncio.gather(*(asker.ask(PAGE) for _ in range(20)))
            writing = asyncio.create_task(created(asker, PHONES[2:6]))
            health, readiness = await asker.get("/healthz"), await asker.get("/readyz")
            reads, frozen = await reading, await writing
        after = await asker.until(lambda reply: reply.is_good)
        ready = await asker.until_got("/readyz", lambda reply: reply.status == 200)
        later = await created(asker, PHONES[6:])

    assert (health.status, readiness.status) == (200, 503)
    assert health.seconds < DEADLINE
    assert {(reply.status, reply.code) for reply in reads} == {(503, "UNAVAILABLE")}
    assert all("retry-after" in reply.headers for reply in reads)
    assert {reply.status for reply in frozen.values()} == {503}
    assert {reply.code for reply in frozen.values()} <= {"UNAVAILABLE", "RESULT_UNKNOWN"}
    assert max(reply.seconds for reply in [readiness, *reads, *frozen.values()]) < LATEST
    assert after.body["data"]["contacts"]["nodes"]
    assert ready.body["status"] == "ready"
    assert all(reply.is_good for reply in (before | later).values())
    assert_written(await written(), before | frozen | later)


@pytest.mark.own_server
async def test_a_database_that_is_restarted_is_unavailable_meanwhile(
    account: Api, database_url: str, postgres: Cluster
) -> None:
    secret = await new_token(account)
    async with serving(database_url) as url, api_caller(url, secret) as asker:
        before = await created(asker, PHONES[:2])
        await asyncio.to_thread(postgres.stop, "fast")
        try:
            read, health, readiness = await asker.ask(PAGE), await asker.get("/healthz"), await asker.get("/readyz")
            away = await created(asker, PHONES[2:6])
        finally:
            await asyncio.to_thread(postgres.start)
        after = await asker.until(lambda reply: reply.is_good)
        later = await created(asker, PHONES[6:])

    assert (read.status, read.code, "retry-after" in read.headers) == (503, "UNAVAILABLE", True)
    assert (health.status, readiness.status) == (200, 503)
    assert {(reply.status, reply.code) for reply in away.values()} == {(503, "UNAVAILABLE")}
    assert after.body["data"]["contacts"]["nodes"]
    assert all(reply.is_good for reply in (before | later).values())
    assert_written(await written(), before | away | later)


@pytest.mark.own_server
async def test_a_restart_in_the_middle_of_writes_loses_nothing_acknowledged(
    account: Api, database_url: str, postgres: Cluster
) -> None:
    secret = await new_token(account)
    replies: dict[str, TimedReply] = {}

    async def keep_creating(asker: ApiCaller, sender: int) -> None:
        for number in range(100 * RESTARTS):
            phone = f"0713{sender:02}{number:04}"
            replies[phone] = await asker.ask(CREATE, phone=phone)
            if not replies[phone].is_good:
                await asyncio.sleep(0.1)

    async with serving(database_url) as url, api_caller(url, secret) as asker:
        senders = [asyncio.create_task(keep_creating(asker, sender)) for sender in range(4)]
        for _ in range(RESTARTS):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(postgres.stop, "fast")
            await asyncio.to_thread(postgres.start)
        await asyncio.gather(*senders)

    bad = {(reply.status, reply.code) for reply in replies.values() if not reply.is_good}
    assert bad <= {(503, "UNAVAILABLE"), (503, "RESULT_UNKNOWN")}
    assert_written(await written(), replies)
