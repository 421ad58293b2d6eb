"""No request holds the event loop: a watchdog measures how long its thread works without a break."""

import asyncio
import http.client
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import orjson
import pytest

from tests.support.servers.running_server import RunningServer, running_server
from tests.support.servers.timeouts import TIMEOUT

MOST_SECONDS = 0.2
"""Twice of what is promised: a machine that is busy is slower. The shapes below took 0.3 to 2 seconds."""
TRIES = 3

ROWS = "mutation ($input: BulkCreateContactsInput!) { bulkCreateContacts(input: $input) { errors { code } } }"
REVIEW = (
    "mutation ($input: ValidateCampaignContactsInput!) "
    "{ validateCampaignContacts(input: $input) { review { id } errors { code } } }"
)


def body(text: str, number: int, **variables: object) -> bytes:
    """A request whose text did not come before."""
    return orjson.dumps({"query": f"{text} #{number}", "variables": variables})


def phones(count: int) -> Iterator[str]:
    return (f"+2547{number:08}" for number in range(count))


def names(count: int) -> str:
    return " ".join(f"f{number}" for number in range(count))


def unknown_types(count: int) -> str:
    return " ".join(f"fragment F{number} on ContactListFoo{number} {{ id }}" for number in range(count))


REFUSED: dict[str, Callable[[int], bytes]] = {
    "a comment of 15 MB": lambda n: body("#" + "x" * 14_900_000 + "\n{ __typename }", n),
    "one field 300 times": lambda n: body("{ " + "contacts(first: 1) { nodes { id } } " * 300 + "}", n),
    "3,200 aliases": lambda n: body("{ " + " ".join(f"a{alias}: __typename" for alias in range(3200)) + " }", n),
    "200,000 rows": lambda n: body(ROWS, n, input={"contacts": [{"phone": "+254712345678"}] * 200_000}),
    "200,000 ids": lambda n: body("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", n, ids=["cnt_1"] * 200_000),
    "fields in conflict": lambda n: body("{ contacts { nodes { " + "x: id x: phone x: tags " * 200 + "} } }", n),
    "types that do not exist": lambda n: body("{ __typename } " + unknown_types(250), n),
    "lists in lists": lambda n: (
        b'{"query": "{ __typename }", "variables": {"x": [' + b"[[[[[[[[]]]]]]]]," * 800_000 + b"1]}}"
    ),
    "names without end": lambda n: body("{ __typename }", n, **{f"key{key}": key for key in range(300_000)}),
}
ANSWERED: dict[str, Callable[[int], bytes]] = {
    "a field 1,900 times": lambda n: body("{ contacts { nodes { " + "id " * 1900 + "} } }", n),
    "a field with fields 130 times": lambda n: body("{ " + "contacts(first: 1) { nodes { id } } " * 130 + "}", n),
    "650 aliases": lambda n: body("{ " + " ".join(f"a{alias}: __typename" for alias in range(650)) + " }", n),
    "a fragment for each field": lambda n: body(
        "{ contacts { nodes { ..."
        + names(150).replace(" ", " ...")
        + " } } } "
        + " ".join(f"fragment {name} on Contact {{ id phone }}" for name in names(150).split()),
        n,
    ),
    "10,000 rows of a review": lambda n: body(
        REVIEW, n, input={"contacts": [{"phoneNumber": phone, "firstName": "A"} for phone in phones(10_000)]}
    ),
    "1,000 contacts": lambda n: body(ROWS, n, input={"contacts": [{"phone": phone} for phone in phones(1000)]}),
}


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[RunningServer]:
    async with running_server(database_url) as served:
        yield served


class Watchdog:
    """Measures the processor time of the event loop's thread between two turns of it."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            self.longest = max(self.longest, now - before)
            before = now


@asynccontextmanager
async def watchdog() -> AsyncIterator[Watchdog]:
    dog = Watchdog()
    watching = asyncio.create_task(dog.watch())
    try:
        yield dog
    finally:
        watching.cancel()


def posted(served: RunningServer, content: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=TIMEOUT)
    try:
        connection.request("POST", "/graphql", content, {**served.headers, "Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


async def shortest_hold(served: RunningServer, shape: Callable[[int], bytes]) -> tuple[int, float]:
    """The status, and for how long the loop was held in the best of some tries."""
    status, longest = 0, []
    for number in range(TRIES):
        content = shape(number)
        async with watchdog() as dog:
            status = await asyncio.to_thread(posted, served, content)
            await asyncio.sleep(0.01)
        longest.append(dog.longest)
    return status, min(longest)


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_too_large_is_refused_before_it_holds_the_event_loop(served: RunningServer, name: str) -> None:
    status, held = await shortest_hold(served, REFUSED[name])

    assert status == 400
    assert held < MOST_SECONDS


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_is_large_is_prepared_beside_the_event_loop(served: RunningServer, name: str) -> None:
    status, held = await shortest_hold(served, ANSWERED[name])

    assert status == 200
    assert held < MOST_SECONDS


async def test_an_answer_is_refused_before_writing_it_holds_the_event_loop(served: RunningServer) -> None:
    rows = [{"phone": phone, "notes": '"' * 10_000} for phone in phones(100)]
    for start in range(0, 100, 50):
        await asyncio.to_thread(posted, served, body(ROWS, start, input={"contacts": rows[start : start + 50]}))

    def shape(aliases: int) -> Callable[[int], bytes]:
        selected = " ".join(f"n{alias}: notes" for alias in range(aliases))
        return lambda n: body("{ contacts(first: 100) { nodes { " + selected + " } } }", n)

    answered, held_by_answer = await shortest_hold(served, shape(15))
    refused, held_by_refusal = await shortest_hold(served, shape(100))

    assert (answered, refused) == (200, 400)
    assert max(held_by_answer, held_by_refusal) < MOST_SECONDS
