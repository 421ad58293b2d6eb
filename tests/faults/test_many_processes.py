"""Four servers and two workers on one PostgreSQL database behave as one, also while the servers are replaced."""

import asyncio
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect

from models.db import database
from schema.ids import IdPrefix, encode
from services.accounts import tokens, users
from services.accounts.authentication import Role, Scope
from tests.support.api_client import MONDAY, Api
from tests.support.servers import cluster
from tests.support.servers.processes import children
from tests.support.servers.running_server import PROTOCOL, Socket
from tests.support.servers.server_process import ROOT, started
from tests.support.servers.timeouts import TIMEOUT, wait_until

SERVERS, WORKERS, SENDERS, AT_ONCE = 4, 2, 6, 24
CREATE = "mutation ($p: PhoneNumber!) { createContact(input: {contact: {phone: $p}}) { contact { id } } }"
IMPORT = """
mutation ($file: Upload!) {
  importContacts(input: {file: $file, waitSeconds: 30}) { job { status summary { created } } errors { code } }
}
"""
ADD = """
mutation { addCampaignContacts(input: {campaignId: "cmp_01h455vb4pex5vsknk084sn02q", contacts: [{contact: "1"}]}) {
  errors { code }
} }
"""
AUDIT = "{ auditEvents(first: 1) { nodes { id } } }"
LOOK_UP = '{ phoneLookup(text: "0712345678") { phone } }'
REGION = 'mutation { updateAccount(input: {defaultRegion: "UG"}) { errors { code } } }'
DEMOTE = "mutation ($id: ID!) { updateUser(input: {id: $id, role: AGENT}) { errors { code } } }"
REVOKE = "mutation ($id: ID!) { revokeToken(input: {id: $id}) { errors { code } } }"

pytestmark = pytest.mark.skipif(cluster.binaries() is None, reason="needs PostgreSQL")


class Servers:
    """The servers share a port, and each request has a connection of its own, so any of them answers it."""

    def __init__(self, url: str, secret: str, client: httpx2.AsyncClient) -> None:
        self.url = url
        self.secret = secret
        self.client = client

    async def send(self, query: str, *, secret: str | None = None, key: str = "", **variables: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {secret or self.secret}"} | ({"Idempotency-Key": key} if key else {})
        body = {"query": query, "variables": variables}
        return await self.client.post(self.url, json=body, headers=headers)

    async def value(self, query: str, **variables: Any) -> Any:
        answer = await self.send(query, **variables)
        assert "errors" not in answer.json(), answer.text
        [found] = answer.json()["data"].values()
        return found

    async def until_all_answer(self, wanted: str, query: str, *, secret: str | None = None) -> None:
        """Repeats many requests until each answer contains the text."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                answers = await asyncio.gather(*(self.send(query, secret=secret) for _ in range(AT_ONCE)))
                if all(wanted in answer.text for answer in answers):
                    return

    async def import_file(self, phones: list[str]) -> Any:
        operations = orjson.dumps({"query": IMPORT, "variables": {"file": None}}).decode()
        answer = await self.client.post(
            self.url,
            data={"operations": operations, "map": '{"0": ["variables.file"]}'},
            files={"0": ("people.csv", "\n".join(["phone", *phones]).encode(), "text/csv")},
            headers={"Authorization": f"Bearer {self.secret}", "GraphQL-Preflight": "1"},
        )
        return answer.json()["data"]["importContacts"]["job"]

    async def numbers(self) -> set[str]:
        """Returns the numbers of the servers that have answered operations."""
        page = await self.client.get(
            self.url.replace("graphql", "metrics"), headers={"Authorization": f"Bearer {self.secret}"}
        )
        return set(re.findall(r'^muster_operations_total\{.*worker="(\d)"', page.text, re.MULTILINE))


@asynccontextmanager
async def serving(database_url: str, secret: str) -> AsyncIterator[tuple[Servers, asyncio.subprocess.Process]]:
    environment = os.environ | {"MUSTER_DATABASE_URL": database_url, "MUSTER_LOG_LEVEL": "error"}
    work: dict[str, Any] = {"cwd": ROOT, "env": environment, "stderr": asyncio.subprocess.DEVNULL}
    command = (sys.executable, "-m", "muster", "work", "--jobs", "1")
    workers = [await asyncio.create_subprocess_exec(*command, **work) for _ in range(WORKERS)]
    serve = ("-m", "muster", "serve", "--workers", str(SERVERS))
    limits = httpx2.Limits(max_keepalive_connections=0)
    try:
        async with (
            started(database_url, *serve, jobs=0, metrics="on") as (url, process),
            httpx2.AsyncClient(timeout=TIMEOUT, limits=limits) as client,
        ):
            yield Servers(url, secret, client), process
    finally:
        for worker in workers:
            worker.terminate()
            await worker.wait()


@pytest.mark.parametrize("database_kind", ["postgres"])
async def test_four_servers_and_two_workers_behave_as_one(db: None, database_url: str) -> None:
    api = await Api.of_new_account()
    user_id = await users.create(account_id=api.account_id, email="u@x.org", name="U", role=Role.ADMIN, now=MONDAY)
    (_, secret), (_, of_user), (token_id, revoked) = [
        await tokens.create(
            account_id=api.account_id, name="t", user_id=id, scopes=list(Scope), expires_at=None, now=MONDAY
        )
        for id in (None, user_id, None)
    ]

    async with serving(database_url, secret) as (servers, process):
        await _one_of_equal_requests_is_done(servers)
        await _the_rate_limit_counts_calls_to_all(servers)
        await _a_subscriber_hears_of_changes(servers)
        await _workers_run_the_jobs(servers)

        assert (await servers.value(REGION))["errors"] == []
        await servers.until_all_answer("+256712345678", LOOK_UP)

        await servers.until_all_answer('"data"', AUDIT, secret=of_user)
        assert (await servers.value(DEMOTE, id=encode(IdPrefix.USER, user_id)))["errors"] == []
        await servers.until_all_answer("FORBIDDEN", AUDIT, secret=of_user)

        await servers.until_all_answer('"data"', AUDIT, secret=revoked)
        assert (await servers.value(REVOKE, id=encode(IdPrefix.API_TOKEN, token_id)))["errors"] == []
        await servers.until_all_answer("UNAUTHENTICATED", AUDIT, secret=revoked)

        assert await servers.numbers() == {"1", "2", "3", "4"}
        await _a_rolling_restart_loses_no_request(servers, process, api.account_id)


async def _one_of_equal_requests_is_done(servers: Servers) -> None:
    answers = await asyncio.gather(*(servers.send(CREATE, key="same", p="+254711000000") for _ in range(AT_ONCE)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    done = [answer.json() for answer in answers if answer.status_code == 200]
    assert Counter("extensions" in each for each in done)[False] == 1
    assert len({each["data"]["createContact"]["contact"]["id"] for each in done}) == 1


async def _the_rate_limit_counts_calls_to_all(servers: Servers) -> None:
    began = monotonic()
    answers = await asyncio.gather(*(servers.send(ADD) for _ in range(2 * AT_ONCE)))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 429}
    assert 12 <= statuses[200] <= 12 * (int(monotonic() - began) + 1)


async def _a_subscriber_hears_of_changes(servers: Servers) -> None:
    url = servers.url.replace("http", "ws")
    async with connect(url, subprotocols=[PROTOCOL]) as connection:  # type: ignore[list-item]
        socket = Socket(connection)
        await socket.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {servers.secret}"}})
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.subscribe("subscription { contactChanged { contact { phone } } }")
        phones = {f"+2547110001{number:02}" for number in range(8)}
        received = asyncio.create_task(socket.receive())
        while not received.done():  # until all servers know of the subscription
            await asyncio.gather(*(servers.send(CREATE, p=phone) for phone in phones))
            phones = {f"{phone[:-3]}{int(phone[-3:]) + 8:03}" for phone in phones}
            await asyncio.wait([received], timeout=0.1)
        assert (await received)["payload"]["data"]["contactChanged"]["contact"]["phone"].startswith("+2547110001")


async def _workers_run_the_jobs(servers: Servers) -> None:
    files = [[f"+25471101{file}{row:03}" for row in range(20)] for file in range(3)]

    assert await asyncio.gather(*map(servers.import_file, files)) == [
        {"status": "COMPLETED", "summary": {"created": 20}}
    ] * len(files)
    found = await servers.value('{ contacts(filter: {search: "25471101"}) { totalCount } }')
    assert found == {"totalCount": 60}


def _has_failed(tasks: list[asyncio.Task[None]]) -> bool:
    return any(task.done() for task in tasks)


async def _a_rolling_restart_loses_no_request(
    servers: Servers, process: asyncio.subprocess.Process, account_id: UUID
) -> None:
    answered: list[str] = []
    is_over = False

    async def send(sender: int) -> None:
        for number in count():
            if is_over:
                return
            made = await servers.value(CREATE, p=f"+25472{sender}{number:06}")
            answered.append(made["contact"]["id"])

    before = set(children(process.pid))
    sending = [asyncio.create_task(send(sender)) for sender in range(SENDERS)]
    process.send_signal(signal.SIGHUP)
    # It replaces one after another. Two are enough here.
    await wait_until(lambda: len(before & set(children(process.pid))) <= len(before) - 2 or _has_failed(sending))
    is_over = True
    await asyncio.gather(*sending)

    rows = await database.fetch("SELECT id FROM contact WHERE account_id = $1 AND phone LIKE '+25472%'", account_id)
    assert len(answered) > SENDERS
    assert sorted(encode(IdPrefix.CONTACT, row["id"]) for row in rows) == sorted(answered)
