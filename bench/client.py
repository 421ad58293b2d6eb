"""The load generator: a separate process that sends requests over a few keep-alive connections.

A connection sends its next request as soon as it has received the answer. `python -m bench.client` reads an order as
JSON from stdin and writes the results as JSON to stdout. It ends without a signal and connects to loopback only.
"""

import asyncio
import gc
import itertools
import json
import math
import sys
import time
from array import array
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

_PATIENCE = 20.0
_LONGEST = 120.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Order:
    """The requests to send. An errand is one or more complete HTTP/1.1 requests that a connection sends one after
    another.

    If the server answers with a status other than 200, the connection continues after `refusal_pause` seconds. If that
    is None, the load fails. The errands repeat for `seconds`, after a `warm_up` that is not measured. If `seconds` is
    None, each errand runs once and all of it is measured.
    """

    port: int
    errands: list[list[str]]
    connections: int
    warm_up: float
    seconds: float | None
    refusal_pause: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """`total` includes the warm-up. `latencies_ms` cover the requests answered in the `elapsed` seconds after it."""

    total: int
    elapsed: float
    latencies_ms: list[float]


class Failed(Exception):
    pass


class _Run:
    def __init__(self, order: Order, loop: asyncio.AbstractEventLoop) -> None:
        errands = [[request.encode() for request in errand] for errand in order.errands]
        self._errands = iter(errands) if order.seconds is None else itertools.cycle(errands)
        self._order = order
        self.refusal_pause = order.refusal_pause
        self.latencies = array("d")
        self.total = 0
        self.finished: asyncio.Future[None] = loop.create_future()
        self.open = order.connections

    def start(self) -> None:
        now = time.perf_counter()
        self.measured_from = now + (0 if self._order.seconds is None else self._order.warm_up)
        self._until = math.inf if self._order.seconds is None else self.measured_from + self._order.seconds

    def next_errand(self, now: float) -> list[bytes]:
        """Returns an empty list if there is nothing left to do."""
        return next(self._errands, []) if now < self._until else []

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
        self._errand: list[bytes] = []
        self._place = 0
        self._received = b""
        self._needed = 0
        self._is_refused = False
        self._is_done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def go_on(self) -> None:
        """Sends the next request, or closes the connection."""
        now = time.perf_counter()
        if self._place == len(self._errand):
            self._errand, self._place = self._run.next_errand(now), 0
            if not self._errand:
                self._is_done = True
                self._transport.close()
                return
        self._asked_at = now
        self._transport.write(self._errand[self._place])
        self._place += 1

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data if self._received else data
        run = self._run
        if not self._needed:
            end = received.find(_HEAD_END)
            if end < 0:
                return
            head = received[:end].lower()
            at = head.find(_LENGTH)
            self._is_refused = not head.startswith(b"http/1.1 200")
            if at < 0 or (self._is_refused and run.refusal_pause is None):
                run.fail(received[:500].decode(errors="replace"))
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
        if self._is_refused and run.refusal_pause is not None:
            asyncio.get_running_loop().call_later(run.refusal_pause, self.go_on)
        else:
            self.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_done:
            self._run.fail(f"the server closed a connection: {exc}")
        self._run.close_one()


async def load(order: Order) -> Seen:
    loop = asyncio.get_running_loop()
    run = _Run(order, loop)
    connections = [
        (await loop.create_connection(lambda: _Connection(run), "127.0.0.1", order.port))[1]
        for _ in range(order.connections)
    ]
    run.start()
    for connection in connections:
        connection.go_on()
    patience = _LONGEST if order.seconds is None else order.warm_up + order.seconds + _PATIENCE
    await asyncio.wait_for(run.finished, patience)
    elapsed = time.perf_counter() - run.measured_from
    return Seen(run.total, elapsed, [round(latency * 1000, 3) for latency in run.latencies])


def main() -> None:
    order = Order(**json.load(sys.stdin))
    gc.disable()
    json.dump(asdict(uvloop.run(load(order))), sys.stdout)


if __name__ == "__main__":
    main()
