"""Graceful shutdown: long responses end at once, other requests finish, and the exit status says whether all did."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from uvicorn.server import Server as UvicornServer

if TYPE_CHECKING:
    import socket

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class GracefulServer(UvicornServer):
    is_drained = False
    """True if the server answered all requests before it ended."""

    async def _wait_tasks_to_complete(self) -> None:
        await super()._wait_tasks_to_complete()
        self.is_drained = True


def run(server: GracefulServer, sockets: "list[socket.socket] | None" = None) -> int:
    """Serves until SIGTERM or SIGINT. Returns the exit status: 0 unless requests were cut off at the end.

    Raises SystemExit if the server can't start.
    """
    # uvicorn raises the signal again after the shutdown. By default that would end the process with the signal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        server.run(sockets)
    return int(server.started and not server.is_drained)


@contextmanager
def set_on_signal(stopping: asyncio.Event) -> Iterator[None]:
    """Sets the event on SIGTERM and SIGINT, then calls the handler that was installed before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        taken_before = before[signal.Signals(number)]
        if callable(taken_before):
            taken_before(number, frame)

    for number, taken_before in before.items():
        if callable(taken_before):  # without a handler, the signal ends the process
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, taken_before in before.items():
            if callable(taken_before):
                signal.signal(number, taken_before)
