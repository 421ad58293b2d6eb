"""Idempotency keys and rate limits are shared by several server processes, and keys survive a kill."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2
import pytest

from models.db import database
from schema.ids import IdPrefix, encode
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY
from tests.support.servers.cluster import free_port

ROOT = Path(__file__).parent.parent.parent
KILLS = 3
SENDERS = 6
PAUSE = 0.02
CREATE = """
mutation ($name: String!, $rows: [ContactInput!]!, $phone: PhoneNumber!) {
  createCampaign(input: {name: $name}) { campaign { id } errors { code } }
  bulkCreateContacts(input: {contacts: $rows}) { summary { created } errors { code } }
  optOut(input: {phone: $phone}) { optOut { isOptedOut } errors { code } }
}
"""


@dataclass
class Servers:
    """Processes on one database, each on a different port."""

    database_url: str
    secret: str
    ports: list[int]
    processes: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    async def start(self, port: int) -> None:
        self.processes[port] = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "muster", "serve", "--port", str(port)),
            cwd=ROOT,
            env=os.environ | {"MUSTER_DATABASE_URL": self.database_url, "MUSTER_LOG_LEVEL": "error"},
        )
        async with asyncio.timeout(60), httpx2.AsyncClient() as client:
            while True:
                with suppress(httpx2.TransportError):
                    if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    async def kill(self, port: int) -> None:
        """Kills the process with SIGKILL."""
        self.processes[port].kill()
        await self.processes[port].wait()

    async def send(self, client: httpx2.AsyncClient, port: int, key: str, variables: Any) -> httpx2.Response:
        return await client.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": CREATE, "variables": variables},
            headers={"Authorization": f"Bearer {self.secret}", "Idempotency-Key": key},
        )

    async def send_until_answered(
        self, client: httpx2.AsyncClient, random: Random, key: str, variables: Any
    ) -> httpx2.Response:
        """Repeats the request, to a random server, while it gets no answer or the first request still runs."""
        while True:
            try:
                response = await self.send(client, random.choice(self.ports), key, variables)
            except httpx2.ConnectError:
                self.outcomes["nobody was there"] += 1
            except httpx2.TransportError:
                self.outcomes["cut off"] += 1
            else:
                if response.status_code == 200:
                    self.outcomes["replayed" if "extensions" in response.json() else "done"] += 1
                    return response
                assert response.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_IN_USE"
                self.outcomes["in use"] += 1
            await asyncio.sleep(PAUSE)


@asynccontextmanager
async def serving(database_url: str, secret: str, count: int) -> AsyncIterator[Servers]:
    servers = Servers(database_url, secret, [free_port() for _ in range(count)])
    try:
        await asyncio.gather(*map(servers.start, servers.ports))
        yield servers
    finally:
        for process in servers.processes.values():
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


@pytest.fixture
async def caller(db: None) -> tuple[UUID, str]:
    """Creates an account and returns its id and the secret of a token."""
    account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
    _, secret = await tokens.create(
        account_id=account_id, name="test", user_id=None, scopes=list(Scope), expires_at=None, now=MONDAY
    )
    return account_id, secret


def variables_of(number: int) -> dict[str, Any]:
    phones = [f"+2547{number:05}{row:03}" for row in range(30)]
    return {"name": f"Campaign {number}", "rows": [{"phone": phone} for phone in phones], "phone": phones[0]}


async def written(account_id: UUID) -> dict[str, Any]:
    """Returns names and ids of campaigns, and the counts of contacts, opt-outs and consent events."""
    rows = await database.fetch("SELECT id, name FROM campaign WHERE account_id = $1", account_id)
    found: dict[str, Any] = {"campaigns": sorted((row["name"], encode(IdPrefix.CAMPAIGN, row["id"])) for row in rows)}
    for table in ("contact", "opt_out", "consent_event"):
        count = await database.fetch_one(f"SELECT count(*) FROM {table} WHERE account_id = $1", account_id)
        assert count is not None
        found[table] = count[0]
    return found


async def test_of_fifty_equal_requests_to_two_processes_one_is_done(
    database_url: str, caller: tuple[UUID, str]
) -> None:
    account_id, secret = caller
    variables = variables_of(0)

    async with serving(database_url, secret, 2) as servers, httpx2.AsyncClient(timeout=60) as client:
        sent = [servers.send(client, servers.ports[number % 2], "a", variables) for number in range(50)]
        answers = await asyncio.gather(*sent)
        again = await asyncio.gather(*(servers.send(client, port, "a", variables) for port in servers.ports))

    [first] = [answer for answer in answers if answer.status_code == 200 and "extensions" not in answer.json()]
    replay = first.content[:-1] + b',"extensions":{"idempotency":{"replayed":true}}}'
    others = [answer for answer in answers if answer is not first]
    assert {answer.status_code for answer in others} <= {200, 409}
    assert {answer.content for answer in others if answer.status_code == 200} <= {replay}
    assert {answer.headers.get("retry-after") for answer in others if answer.status_code == 409} <= {"1"}
    assert [answer.content for answer in again] == [replay, replay]
    assert await written(account_id) == {
        "campaigns": [("Campaign 0", first.json()["data"]["createCampaign"]["campaign"]["id"])],
        "contact": 30,
        "opt_out": 1,
        "consent_event": 1,
    }


async def test_a_server_that_is_killed_leaves_a_request_done_or_not_and_its_retry_does_it_once(
    database_url: str, caller: tuple[UUID, str], record_property: Any
) -> None:
    account_id, secret = caller
    random = Random(7)
    answers: dict[int, httpx2.Response] = {}
    is_over = False

    async def keep_sending(client: httpx2.AsyncClient, sender: int) -> None:
        number = sender
        while not is_over:
            answers[number] = await servers.send_until_answered(client, random, f"key {number}", variables_of(number))
            number += SENDERS

    async with serving(database_url, secret, 2) as servers, httpx2.AsyncClient(timeout=60) as client:
        sending = [asyncio.create_task(keep_sending(client, sender)) for sender in range(SENDERS)]
        for kill in range(KILLS):
            await asyncio.sleep(random.uniform(0.05, 0.5))
            port = servers.ports[kill % 2]
            await servers.kill(port)
            await servers.start(port)
        is_over = True
        await asyncio.gather(*sending)

    record_property("outcomes", dict(servers.outcomes))
    assert servers.outcomes["cut off"] > 0
    assert [answer.json()["data"]["bulkCreateContacts"]["summary"]["created"] for answer in answers.values()] == [
        30
    ] * len(answers)
    assert await written(account_id) == {
        "campaigns": sorted(
            (f"Campaign {number}", answer.json()["data"]["createCampaign"]["campaign"]["id"])
            for number, answer in answers.items()
        ),
        "contact": 30 * len(answers),
        "opt_out": len(answers),
        "consent_event": len(answers),
    }
    kept = await database.fetch("SELECT key_hash FROM idempotency_key WHERE account_id = $1", account_id)
    assert len(kept) == len(answers)


async def test_two_processes_together_take_no_more_calls_than_the_limit(
    database_url: str, caller: tuple[UUID, str]
) -> None:
    _, secret = caller
    add = """
    mutation { addCampaignContacts(input: {campaignId: "cmp_01h455vb4pex5vsknk084sn02q", contacts: [{contact: "1"}]}) {
      errors { code }
    } }
    """

    async with serving(database_url, secret, 2) as servers, httpx2.AsyncClient(timeout=60) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        urls = [f"http://127.0.0.1:{port}/graphql" for port in servers.ports]
        await asyncio.gather(*(client.post(url, json={"query": "{ __typename }"}, headers=headers) for url in urls))
        started = monotonic()
        sent = [client.post(urls[number % 2], json={"query": add}, headers=headers) for number in range(60)]
        answers = await asyncio.gather(*sent)
        seconds = monotonic() - started

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 429}
    assert 12 <= statuses[200] <= 12 * (int(seconds) + 1)
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"addCampaignContacts";q=12;w=1'}
    assert {
        answer.json()["data"]["addCampaignContacts"]["errors"][0]["code"] for answer in answers if answer.is_success
    }
    assert {
        (answer.headers["retry-after"], answer.headers["ratelimit"], answer.json()["errors"][0]["extensions"]["code"])
        for answer in answers
        if answer.status_code == 429
    } <= {("1", '"addCampaignContacts";r=0;t=1', "RATE_LIMITED")}
