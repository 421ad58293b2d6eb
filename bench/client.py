"""The load generator: a separate process that sends requests over a few keep-alive connections.

A connection sends its next request as soon as it has received the answer. `python -m bench.client` reads an order as
JSON from stdin and writes the results as JSON to stdout. It ends without a signal and connects to loopback only.
"""

import asyncio
import gc
import itertools
import json
import math
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any, cast

import uvloop

_PATIENCE = 20.0
_LONGEST = 120.0
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Order:
    """The requests to send. An errand is some complete HTTP/1.1 requests that a connection sends one after another.

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


class _Load:
    """The state of all connections. `finished` is done when the last connection has closed or one has failed."""

    def __init__(self, order: Order) -> None:
        errands = [[request.encode() for request in errand] for errand in order.errands]
        self.errands = iter(errands) if order.seconds is None else itertools.cycle(errands)
        self.pause, self.open = order.refusal_pause, order.connections
        self.latencies, self.total = array("d"), 0
        self.measured_from = self.until = math.inf
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, why: str | None = None) -> None:
        self.open -= 1
        if why is not None and not self.finished.done():
            self.finished.set_exception(RuntimeError(why))
        elif self.open == 0 and not self.finished.done():
            self.finished.set_result(None)


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Load) -> None:
        self._load = load
        self._left: Iterator[bytes] = iter(())
        self._received, self._needed = b"", 0
        self._is_refused = self._is_done = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def go_on(self) -> None:
        """Sends the next request, or closes the connection."""
        request = next(self._left, None)
        now = time.perf_counter()
        if request is None and now < self._load.until:
            self._left = iter(next(self._load.errands, ()))
            request = next(self._left, None)
        if request is None:
            self._is_done = True
            self._transport.close()
            return
        self._asked_at = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data if self._received else data
        if not self._needed:
            end = received.find(_HEAD_END)
            if end < 0:
                return
            head = received[:end].lower()
            self._is_refused = not head.startswith(b"http/1.1 200")
            if self._is_refused and self._load.pause is None:
                self._load.end(received[:500].decode(errors="replace"))
                return
            self._needed = end + len(_HEAD_END) + int(head.partition(_LENGTH)[2].split(b"\r\n", 1)[0])
        if len(received) >= self._needed:
            self._answered()

    def _answered(self) -> None:
        load, now = self._load, time.perf_counter()
        load.total += 1
        if now >= load.measured_from:
            load.latencies.append(now - self._asked_at)
        self._received, self._needed = b"", 0
        if self._is_refused and load.pause is not None:
            asyncio.get_running_loop().call_later(load.pause, self.go_on)
        else:
            self.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.end(None if self._is_done else f"the server closed a connection: {exc}")


async def load(order: Order) -> Seen:
    loop, shared = asyncio.get_running_loop(), _Load(order)
    connections = [
        (await loop.create_connection(lambda: _Connection(shared), "127.0.0.1", order.port))[1]
        for _ in range(order.connections)
    ]
    shared.measured_from = time.perf_counter()
    if order.seconds is not None:
        shared.measured_from += order.warm_up
        shared.until = shared.measured_from + order.seconds
    for connection in connections:
        connection.go_on()
    await asyncio.wait_for(shared.finished, _PATIENCE + (order.seconds or _LONGEST))
    elapsed = time.perf_counter() - shared.measured_from
    return Seen(shared.total, elapsed, [round(latency * 1000, 3) for latency in shared.latencies])


@contextmanager
def running(order: Order, output: IO[Any] | int = subprocess.DEVNULL) -> Iterator["subprocess.Popen[str]"]:
    """Starts a process that runs the order, and ends the process after the block."""
    command = [sys.executable, "-m", "bench.client"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, text=True, process_group=0)
    try:
        assert process.stdin is not None
        with process.stdin:
            json.dump(asdict(order), process.stdin)
        yield process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    order = Order(**json.load(sys.stdin))
    gc.disable()
    json.dump(asdict(uvloop.run(load(order))), sys.stdout)


if __name__ == "__main__":
    main()
