"""The load: a process of its own that asks over a few kept connections, each as soon as it has been answered.

`python -m bench.client` reads an order as JSON from its input, and writes what it saw, as JSON, to its output. It ends
by itself after the time ordered, and reaches loopback alone.
"""

import asyncio
import gc
import itertools
import json
import sys
import time
from array import array
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

_PATIENCE = 20.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Order:
    """`requests` are whole HTTP/1.1 requests, asked in turn. `warm_up` seconds are not measured."""

    port: int
    requests: list[str]
    connections: int
    warm_up: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Seen:
    """`total` counts the warm-up as well. `latencies_ms` are of what was answered in the `elapsed` seconds after it."""

    total: int
    elapsed: float
    latencies_ms: list[float]


class Failed(Exception):
    pass


class _Run:
    def __init__(self, order: Order, loop: asyncio.AbstractEventLoop) -> None:
        self.requests = itertools.cycle([request.encode() for request in order.requests])
        self.latencies = array("d")
        self.total = 0
        now = time.perf_counter()
        self.measured_from = now + order.warm_up
        self.until = self.measured_from + order.seconds
        self.finished: asyncio.Future[None] = loop.create_future()
        self.open = order.connections

    def close_one(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.finished.done():
            self.finished.set_result(None)

    def fail(self, why: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(Failed(why))


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._received = b""
        self._needed = 0
        self._is_done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data if self._received else data
        if not self._needed:
            end = received.find(_HEAD_END)
            if end < 0:
                return
            head = received[:end].lower()
            at = head.find(_LENGTH)
            if at < 0 or not head.startswith(b"http/1.1 200"):
                self._run.fail(received[:500].decode(errors="replace"))
                return
            self._needed = end + len(_HEAD_END) + int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
        if len(received) >= self._needed:
            self._answered()

    def _answered(self) -> None:
        run, now = self._run, time.perf_counter()
        run.total += 1
        if now >= run.measured_from:
            run.latencies.append(now - self._asked_at)
        self._received, self._needed = b"", 0
        if now < run.until:
            self._ask()
        else:
            self._is_done = True
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_done:
            self._run.fail(f"the server closed a connection: {exc}")
        self._run.close_one()


async def load(order: Order) -> Seen:
    loop = asyncio.get_running_loop()
    run = _Run(order, loop)
    for _ in range(order.connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", order.port)
    await asyncio.wait_for(run.finished, order.warm_up + order.seconds + _PATIENCE)
    elapsed = time.perf_counter() - run.measured_from
    return Seen(run.total, elapsed, [round(latency * 1000, 3) for latency in run.latencies])


def main() -> None:
    order = Order(**json.load(sys.stdin))
    gc.disable()
    json.dump(asdict(uvloop.run(load(order))), sys.stdout)


if __name__ == "__main__":
    main()
