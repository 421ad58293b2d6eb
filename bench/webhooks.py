"""The case `webhooks`: measures how many events a second reach the receivers of an account's webhook endpoints.

Each round records messages in batches, and ends when the receivers have all events. So the figure includes the writing
of the events, their payloads, and the receiver's share of the processor. A latency is the time from the start of the
round to the arrival of an event. The settings are
the default ones, except for the rate of requests to an endpoint, which is not limited.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import uvloop

from bench import measuring, report
from bench.cases import Request
from bench.data import Facts
from bench.databases import Copies
from bench.report import Figures, Round
from bench.servers import MUSTER, Server
from bench.watch import Watch

NAME = "webhooks"
_BATCH = 500
_PATIENCE = 120.0
_EVENTS_A_SECOND = 1_500
_OK = b"HTTP/1.1 204 No Content\r\n\r\n"
_KIND = replace(
    MUSTER, settings={"MUSTER_WEBHOOK_ALLOW_PRIVATE": "true", "MUSTER_WEBHOOK_REQUESTS_PER_SECOND": "10000"}
)
_SELECTION = "{ id type occurredAt message { id body status } contact { id phone name tags } }"
_TARGETS: dict[str, tuple[int, str | None]] = {
    "ids": (1, None),
    "selection": (1, _SELECTION),
    "4 endpoints": (4, _SELECTION),
}
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


def measure(database: str, copies: Copies, watch: Watch, count: int, seconds: float) -> list[Figures]:
    """Measures each target in each round. A round has the events of about `seconds`."""
    rounds: dict[str, list[Round]] = {name: [] for name in _TARGETS}
    batches = max(1, round(_EVENTS_A_SECOND * seconds / _BATCH))
    with copies.copy(NAME) as url, _KIND.serve(url, copies.facts, watch) as muster, _receiving() as receiver:
        for _ in range(count):
            for name, (endpoints, selection) in _TARGETS.items():
                with _endpoints(muster, receiver, endpoints, selection):
                    rounds[name].append(_round(muster, receiver, copies.facts, batches, endpoints))
    return [report.figures((NAME, database, name), of, rounds["ids"]) for name, of in rounds.items()]


def _round(muster: Server, receiver: "_Receiver", facts: Facts, batches: int, endpoints: int) -> Round:
    wanted = batches * _BATCH * endpoints
    before, database_before = muster.cpu_seconds(), muster.database_cpu_seconds()
    receiver.expect(wanted)
    began = time.perf_counter()
    for place in range(batches):
        phones = [facts.phones[(place * _BATCH + row) % len(facts.phones)] for row in range(_BATCH)]
        messages = [{"phone": phone, "direction": "INBOUND", "body": "When do you open?"} for phone in phones]
        written = measuring.asked(muster, Request(_RECORD, {"messages": messages}))["recordMessages"]
        if written["errors"] or written["summary"]["failed"]:
            raise RuntimeError(f"messages were not recorded: {written}")
    arrived = receiver.arrivals()
    latencies = [round((at - began) * 1000, 3) for at in arrived]
    cpu_ms = (muster.cpu_seconds() - before) * 1000 / wanted
    db_cpu_ms = (muster.database_cpu_seconds() - database_before) * 1000 / wanted
    return Round(wanted / (arrived[-1] - began), latencies, cpu_ms, muster.rss_mib(), db_cpu_ms)


@contextmanager
def _endpoints(muster: Server, receiver: "_Receiver", count: int, selection: str | None) -> Iterator[None]:
    given = {"url": f"http://127.0.0.1:{receiver.port}/", "eventTypes": ["MESSAGE_RECORDED"], "selection": selection}
    made = [measuring.asked(muster, Request(_CREATE, {"input": given})) for _ in range(count)]
    try:
        yield
    finally:
        for each in made:
            id = each["createWebhookEndpoint"]["webhookEndpoint"]["id"]
            measuring.asked(muster, Request(_DELETE, {"id": id}))


class _Receiver:
    """The events that have arrived. Another thread notes them."""

    def __init__(self) -> None:
        self.port = 0
        self._wanted = 0
        self._arrived: list[float] = []
        self._has_all = threading.Event()

    def expect(self, count: int) -> None:
        self._arrived, self._wanted = [], count
        self._has_all.clear()

    def arrivals(self) -> Sequence[float]:
        """Waits for the expected events, and returns the instants of their arrival. Raises RuntimeError."""
        if not self._has_all.wait(_PATIENCE):
            raise RuntimeError(f"{len(self._arrived)} of {self._wanted} events have arrived")
        return self._arrived

    def note(self) -> None:
        self._arrived.append(time.perf_counter())
        if len(self._arrived) == self._wanted:
            self._has_all.set()


class _Connection(asyncio.Protocol):
    """Accepts each request of a connection."""

    def __init__(self, receiver: _Receiver) -> None:
        self._receiver = receiver
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        if length and len(body) >= int(length):
            self._received = b""
            self._receiver.note()
            self._transport.write(_OK)


@contextmanager
def _receiving() -> Iterator[_Receiver]:
    """Runs a receiver on loopback in a thread."""
    receiver, is_ready, loop = _Receiver(), threading.Event(), uvloop.new_event_loop()

    async def serve() -> None:
        server = await loop.create_server(lambda: _Connection(receiver), "127.0.0.1", 0)
        receiver.port = cast(asyncio.Server, server).sockets[0].getsockname()[1]
        is_ready.set()
        await server.serve_forever()

    thread = threading.Thread(target=_run, args=(loop, serve()), daemon=True)
    thread.start()
    try:
        if not is_ready.wait(_PATIENCE):
            raise RuntimeError("the receiver did not start")
        yield receiver
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, serving: Coroutine[Any, Any, None]) -> None:
    task = loop.create_task(serving)
    loop.run_forever()
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
