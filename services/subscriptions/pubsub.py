"""In-process change notifications: wakes tasks that wait for a topic."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Topics:
    """Notifications by topic, a string. They carry no payload: a woken task must read the change itself."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def notify(self, topic: str) -> None:
        """Wakes all tasks that wait for the topic. "" wakes all tasks, because notifications may have been lost."""
        if topic:
            events = list(self._waiting.get(topic, ()))
        else:
            events = [event for some in self._waiting.values() for event in some]
        for event in events:
            event.set()

    @contextmanager
    def waiting_for(self, topic: str) -> Iterator[asyncio.Event]:
        """Yields an event that each notification of the topic sets. Clear it before reading the change."""
        event = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]


async def wait_until_set(event: asyncio.Event, *, within: float | None) -> None:
    """Waits until the event is set, at most `within` seconds if that is set."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        pass
