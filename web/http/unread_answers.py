"""Closes connections of clients that do not read their answers, which otherwise stay in memory."""

import asyncio
import sys

SECONDS = 60.0
"""The longest time in which a client reads nothing."""


class UnreadWatch:
    """Watches the connection of one transport after `start`, until the client has read everything."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0

    def start(self) -> None:
        """Starts to watch if the client has not read everything."""
        self._last = self._unsent()
        if self._last and self._timer is None:
            self._timer = self._loop.call_later(SECONDS, self._check)

    def note_progress(self) -> None:
        """Counts as progress, even if the buffer is as full again at the next check."""
        self._last = sys.maxsize

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _check(self) -> None:
        self._timer = None
        size = self._unsent()
        if size and size >= self._last:
            self._transport.abort()
        else:
            self.start()

    def _unsent(self) -> int:
        try:
            return self._transport.get_write_buffer_size()
        except RuntimeError:  # uvloop raises it once the connection is closed
            return 0
