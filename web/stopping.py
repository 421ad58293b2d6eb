"""When the server is told to stop: long answers end then, which it would wait for otherwise."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_by_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Sets the event as soon as a signal to stop comes, and lets whoever took the signal before go on taking it."""
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
        if callable(taken_before):  # a server's; without one, the signal ends the process by itself
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, taken_before in before.items():
            if callable(taken_before):
                signal.signal(number, taken_before)
