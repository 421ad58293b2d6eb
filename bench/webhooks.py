"""The case `webhooks`: measures how many events a second reach the receivers of an account's webhook endpoints.

Each round records messages in batches, and ends when the receivers have all events. So the figure includes the writing
of the events, their payloads, and the receiver's share of the processor. A latency is the time from the start of the
round to the arrival of an event. The settings are the default ones, except for the rate of requests to an endpoint,
which is not limited.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import cast

import httptools
import uvloop

from bench import measuring, report
from bench.client import Seen
from bench.data import Facts
from bench.databases import Copies
from bench.report import Line, Round
from bench.servers import MUSTER, Failed, Request, Server

NAME = "webhooks"
_BATCH = 500
_PATIENCE = 120.0
_EVENTS_A_SECOND = 1_500
_KIND = replace(
    MUSTER, settings={"MUSTER_WEBHOOK_ALLOW_PRIVATE": "true", "MUSTER_WEBHOOK_REQUESTS_PER_SECOND": "10000"}
)
_SELECTION = "{ id type occurredAt message { id body status } contact { id phone name tags } }"
_TARGETS = {"ids": (1, None), "selection": (1, _SELECTION), "4 endpoints": (4, _SELECTION)}
"""The number of endpoints and their selection, by the name of the target."""
_CREATE = """
mutation Create($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { webhookEndpoint { id } errors { code message } }
}
"""
_DELETE = "mutation Delete($id: ID!) { deleteWebhookEndpoint(input: { id: $id }) { errors { code } } }"
_RECORD = """
mutation Record($messages: [MessageInput!]!) {
  recordMessages(input: { messages: $messages }) { summary { failed } errors { code message } }
}
"""


def measure(copies: Copies, count: int, seconds: float) -> list[Line]:
    """Measures each target in each round. A round has the events of about `seconds`."""
    batches = max(1, round(_EVENTS_A_SECOND * seconds / _BATCH))
    with copies.copy(NAME) as url, _KIND.serve(url, copies) as muster, receiving() as (port, arrivals):

        def rounds() -> Iterator[tuple[str, Round]]:
            for _ in range(count):
                for name, (endpoints, selection) in _TARGETS.items():
                    with _endpoints(muster, port, endpoints, selection):
                        work = partial(_work, muster, arrivals, copies.facts, batches, endpoints)
                        yield name, measuring.measured(muster, work)

        return report.compared(NAME, copies.database, rounds())


def _work(muster: Server, arrivals: list[float], facts: Facts, batches: int, endpoints: int) -> Seen:
    """Records the messages, and waits until all their events have arrived."""
    arrivals.clear()
    began = time.perf_counter()
    for place in range(batches):
        phones = [facts.phones[(place * _BATCH + row) % len(facts.phones)] for row in range(_BATCH)]
        messages = [{"phone": phone, "direction": "INBOUND", "body": "When do you open?"} for phone in phones]
        written = muster.ask(Request(_RECORD, {"messages": messages}))["recordMessages"]
        if written["errors"] or written["summary"]["failed"]:
            raise Failed(f"messages were not recorded: {written}")
    wait(arrivals, batches * _BATCH * endpoints)
    return Seen(len(arrivals), arrivals[-1] - began, [round((at - began) * 1000, 3) for at in arrivals])


@contextmanager
def _endpoints(muster: Server, port: int, count: int, selection: str | None) -> Iterator[None]:
    given = {"url": f"http://127.0.0.1:{port}/", "eventTypes": ["MESSAGE_RECORDED"], "selection": selection}
    made = [muster.ask(Request(_CREATE, {"input": given}))["createWebhookEndpoint"] for _ in range(count)]
    try:
        yield
    finally:
        for each in made:
            muster.ask(Request(_DELETE, {"id": each["webhookEndpoint"]["id"]}))


def wait(arrivals: list[float], count: int) -> None:
    """Waits until the receiver has this many events. Raises Failed."""
    until = time.monotonic() + _PATIENCE
    while len(arrivals) < count:
        if time.monotonic() > until:
            raise Failed(f"{len(arrivals)} of {count} events have arrived")
        time.sleep(0.005)


class _Connection(asyncio.Protocol):
    def __init__(self, arrivals: list[float]) -> None:
        self._arrivals = arrivals
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._arrivals.append(time.perf_counter())
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@contextmanager
def receiving() -> Iterator[tuple[int, list[float]]]:
    """Runs a receiver on loopback in a thread. Yields its port, and a list of the instants at which events arrive."""
    arrivals: list[float] = []
    loop = uvloop.new_event_loop()
    listening = loop.create_server(lambda: _Connection(arrivals), "127.0.0.1", 0)
    server = cast(asyncio.Server, loop.run_until_complete(listening))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], arrivals
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
