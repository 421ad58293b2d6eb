"""The load generator: a separate process that sends requests over a few keep-alive connections.

A connection sends its next request as soon as it has received the answer. The process ends without a signal, even if
the bench is killed, and connects to loopback only.
"""

import asyncio
import gc
import itertools
import math
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult
from typing import cast

import httptools
import uvloop

WARM_UP = 0.3
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Order:
    """The requests to send. An errand is some complete HTTP/1.1 requests that a connection sends one after another.

    If the server answers with a status other than 200, the connection continues after `refusal_pause` seconds. If that
    is None, the load fails. The errands repeat for `seconds`, after a warm-up that is not measured. If `seconds` is
    None, each errand runs once and all of it is measured.
    """

    port: int
    errands: list[list[bytes]]
    connections: int
    seconds: float | None
    refusal_pause: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """`total` includes the warm-up. `latencies_ms` cover the requests answered in the `elapsed` seconds after it."""

    total: int
    elapsed: float
    latencies_ms: list[float]


class _Load:
    """The state that all connections share. Instants are in seconds of perf_counter."""

    def __init__(self, order: Order) -> None:
        self.errands = iter(order.errands) if order.seconds is None else itertools.cycle(order.errands)
        self.refusal_pause, self.total, self.latencies_ms = order.refusal_pause, 0, list[float]()
        self.measured_from = self.until = math.inf

    def requests(self) -> Iterator[bytes]:
        """Yields the requests of a connection, errand by errand, until the end of the load."""
        while time.perf_counter() < self.until and (errand := next(self.errands, None)):
            yield from errand


class _Connection(asyncio.Protocol):
    """`is_over` is done after the last request. It fails if the server refuses a request or closes the connection."""

    def __init__(self, load: _Load) -> None:
        self._load, self._requests = load, load.requests()
        self._parser = httptools.HttpResponseParser(self)
        self.is_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def go_on(self) -> None:
        """Sends the next request, or closes the connection."""
        request = next(self._requests, None)
        if request is None:
            self.is_over.set_result(None)
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        load, now, status = self._load, time.perf_counter(), self._parser.get_status_code()
        load.total += 1
        if now >= load.measured_from:
            load.latencies_ms.append(round((now - self._asked_at) * 1000, 3))
        if status == 200:
            self.go_on()
        elif load.refusal_pause is not None:
            asyncio.get_running_loop().call_later(load.refusal_pause, self.go_on)
        else:
            self.is_over.set_exception(RuntimeError(f"the server answered with status {status}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_over.done():
            self.is_over.set_exception(RuntimeError(f"the server closed a connection: {exc}"))


async def load(order: Order) -> Seen:
    shared = _Load(order)
    create, connections = asyncio.get_running_loop().create_connection, []
    for _ in range(order.connections):
        _, connection = await create(lambda: _Connection(shared), "127.0.0.1", order.port)
        connections.append(connection)
    shared.measured_from = time.perf_counter()
    if order.seconds is not None:
        shared.measured_from += WARM_UP
        shared.until = shared.measured_from + order.seconds
    for connection in connections:
        connection.go_on()
    async with asyncio.timeout(_PATIENCE + (order.seconds or 0)):
        await asyncio.gather(*(connection.is_over for connection in connections))
    elapsed = time.perf_counter() - shared.measured_from
    return Seen(shared.total, elapsed, shared.latencies_ms)


def run(order: Order) -> Seen:
    with running(order) as seen:
        return seen.get()


@contextmanager
def running(order: Order) -> Iterator[AsyncResult[Seen]]:
    """Runs the order in a process, which ends with the block."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        yield pool.apply_async(_work, (order,))


def _work(order: Order) -> Seen:
    gc.disable()
    return uvloop.run(load(order))
