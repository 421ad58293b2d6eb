"""Word of changes inside this process: whoever waits for a topic is woken when it is told of."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Changes:
    """Topics are texts; what has changed is not said, so whoever is woken looks for itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def tell(self, topic: str) -> None:
        """Wakes all who wait for the topic; "" wakes everybody, because some word may have been missed."""
        if topic:
            events = list(self._waiting.get(topic, ()))
        else:
            events = [event for some in self._waiting.values() for event in some]
        for event in events:
            event.set()

    @contextmanager
    def waiting_for(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the topic is told of; whoever waits clears it before it looks."""
        event = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]


async def told(event: asyncio.Event, *, within: float) -> None:
    """Returns when the event is set, or after so many seconds all the same."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        pass
