"""One token sends all that is expensive, over many connections: another account hardly notices."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
from websockets.exceptions import WebSocketException

from services.accounts.authentication import Role
from tests.faults.effort import effort
from tests.support.api_client import Api
from tests.support.hostile_mix import CHANGES, operation
from tests.support.rows import insert_contacts
from tests.support.servers.asking import CREATE, PAGE, ApiCaller, TimedReply, api_caller, new_token, sent
from tests.support.servers.server_process import serving

SECONDS = effort(6.0, 60.0)
CONTACTS = effort(15_000, 150_000)
CONNECTIONS = 100
SOCKETS = 20
BOUND = 5.0
"""Seconds that no request of the other account may take. A busy machine needs most of them."""
PAUSE = 0.05


@dataclass
class Hostile:
    """The attacker. It waits a moment after each refusal: the load is bounded."""

    asker: ApiCaller
    outcomes: Counter[tuple[int, str | None]] = field(default_factory=Counter)
    _turns: "itertools.count[int]" = field(default_factory=itertools.count)

    async def attack(self) -> None:
        """One connection's requests, until it is cancelled."""
        for turn in self._turns:
            query, variables = operation(turn)
            reply = await self.asker.ask(query, **variables)
            self.outcomes[(reply.status, reply.code)] += 1
            if not reply.is_good:
                await asyncio.sleep(PAUSE)


@dataclass
class Probe:
    """A request of another client, which repeats it until the end of the test."""

    ask: Callable[[], Awaitable[TimedReply]]
    replies: list[TimedReply] = field(default_factory=list)

    async def run(self, until: float) -> None:
        while time.monotonic() < until:
            self.replies.append(await self.ask())
            await asyncio.sleep(PAUSE)

    @property
    def worst(self) -> float:
        return max(reply.seconds for reply in self.replies)

    @property
    def statuses(self) -> set[tuple[int, str | None]]:
        return {(reply.status, reply.code) for reply in self.replies}


async def subscribe(url: str, secret: str) -> None:
    """Subscribes until it is cancelled; the server may refuse it."""
    with suppress(WebSocketException, OSError):
        async with sent("socket", url, secret, CHANGES):
            await asyncio.Event().wait()


async def furnished() -> tuple[str, str]:
    """The tokens of an AGENT of an account with many contacts, and of an account with a few."""
    large, small = await Api.of_new_account(name="Large"), await Api.of_new_account(name="Small")
    _, agent = await large.make_user("Bob", Role.AGENT)
    for first in range(0, CONTACTS, 5_000):
        numbers = range(first, first + 5_000)
        await insert_contacts(large, [{"phone": f"+25471{n:07}", "email": f"a{n}@mail.example"} for n in numbers])
    await insert_contacts(small, [{"phone": f"+25472{n:07}", "email": f"b{n}@mail.example"} for n in range(50)])
    return await new_token(agent), await new_token(small)


async def test_hostile_load_by_one_token_leaves_everybody_else_served(
    database_url: str, db: None, record_property: Any
) -> None:
    agent, other = await furnished()
    numbers = itertools.count()
    async with (
        serving(database_url) as url,
        api_caller(url, agent) as hostile_client,
        api_caller(url, other) as client,
        api_caller(url, "muster_wrong") as stranger,
    ):
        probes = {
            "read": Probe(lambda: client.ask(PAGE)),
            "create": Probe(lambda: client.ask(CREATE, phone=f"+25473{next(numbers):07}")),
            "wrong token": Probe(lambda: stranger.ask(PAGE)),
            "healthz": Probe(lambda: client.get("/healthz")),
            "readyz": Probe(lambda: client.get("/readyz")),
        }
        hostile = Hostile(hostile_client)
        attacking = [asyncio.create_task(hostile.attack()) for _ in range(CONNECTIONS)]
        attacking += [asyncio.create_task(subscribe(url, agent)) for _ in range(SOCKETS)]
        await asyncio.sleep(1)
        until = time.monotonic() + SECONDS
        try:
            await asyncio.gather(*(probe.run(until) for probe in probes.values()))
        finally:
            for task in attacking:
                task.cancel()
            ends = await asyncio.gather(*attacking, return_exceptions=True)
        after = await client.ask(PAGE)

    worst = {name: round(probe.worst, 2) for name, probe in probes.items()}
    record_property("worst", worst)
    record_property("hostile", {str(outcome): count for outcome, count in hostile.outcomes.items()})
    assert {name: probe.statuses for name, probe in probes.items()} == {
        "read": {(200, None)},
        "create": {(200, None)},
        "wrong token": {(401, "UNAUTHENTICATED")},
        "healthz": {(200, None)},
        "readyz": {(200, None)},
    }
    assert max(worst.values()) < BOUND, worst
    assert hostile.outcomes[(200, None)] > 0, "the busy account is slowed down, not shut out"
    assert not any(status == 500 for status, _ in hostile.outcomes)
    assert not [end for end in ends if isinstance(end, Exception) and not isinstance(end, httpx2.TransportError)]
    assert after.is_good
