"""The subscribers of a process: async streams of the events that the feed gives them."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.refusal import Code, refuse
from services.subscriptions.change_log import ChangeKind
from services.subscriptions.pubsub import wait_until_set
from services.subscriptions.registry import Subscription

MAX_WAITING: Final = 1_000
MAX_WAITING_IDS: Final = 10_000
_AT_ONCE: Final = 25


class EventStream(ABC):
    """One subscriber's events. Must be closed. It gets no events until it `is_open`."""

    def __init__(self, subscription: Subscription, leave: Callable[["EventStream"], Awaitable[None]]) -> None:
        self.subscription = subscription
        self.is_open = False
        self._leave = leave
        self._is_there = asyncio.Event()

    @abstractmethod
    def take(self, body: Mapping[str, Any], occurred_at: datetime) -> None:
        """Takes an event of the topic, if it concerns this subscriber."""

    async def aclose(self) -> None:
        """Ends the subscription. Idempotent."""
        await self._leave(self)


class IdStream(EventStream):
    """The ids of changed objects: each once while it waits, or with `is_each` for each of its events."""

    def __init__(
        self,
        subscription: Subscription,
        leave: Callable[[EventStream], Awaitable[None]],
        *,
        is_each: bool = False,
    ) -> None:
        super().__init__(subscription, leave)
        self.is_each = is_each
        self._waiting: deque[UUID] = deque()
        self._is_full = False

    def take(self, body: Mapping[str, Any], occurred_at: datetime) -> None:
        ids = [UUID(id) for id in body.get(self.subscription.key, ())]
        if not ids or self._is_full:
            return
        self._waiting.extend(ids)
        if not self.is_each:
            self._waiting = deque(dict.fromkeys(self._waiting))
        self._is_full = len(self._waiting) > MAX_WAITING_IDS
        self._is_there.set()

    async def next(self, *, within: float | None = None) -> list[UUID]:
        """Returns the next ids in order, at most 25. Returns an empty list after `within` seconds without an event.

        Raises Refused: TOO_MANY, if more than 10,000 wait because the subscriber is slow.
        """
        if not self._waiting:
            self._is_there.clear()
            await wait_until_set(self._is_there, within=within)
        if self._is_full:
            message = (
                f"More than {MAX_WAITING_IDS} events waited for the client. Subscribe again, and read the data again."
            )
            raise refuse(Code.TOO_MANY, message)
        return [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A change as a subscriber receives it. For BULK, `contact_id` is None and `count` is the number of contacts."""

    kind: ChangeKind
    contact_id: UUID | None
    count: int
    occurred_at: datetime


class ChangeStream(EventStream):
    """Async iterator of the changes of contacts.

    If 1,000 changes are waiting for a slow subscriber, they are merged into one BULK change.
    """

    def __init__(self, subscription: Subscription, leave: Callable[[EventStream], Awaitable[None]]) -> None:
        super().__init__(subscription, leave)
        self._waiting: deque[ContactChanged] = deque()

    def take(self, body: Mapping[str, Any], occurred_at: datetime) -> None:
        kind = _kind_for(self.subscription.key, ChangeKind(body["kind"]), body["matched"])
        if kind is None:
            return
        if len(self._waiting) >= MAX_WAITING:
            count = sum(change.count for change in self._waiting)
            self._waiting.clear()
            self._waiting.append(ContactChanged(ChangeKind.BULK, None, count, occurred_at))
        contact_id = body["contactId"] and UUID(body["contactId"])
        self._waiting.append(ContactChanged(kind, contact_id, body["count"], occurred_at))
        self._is_there.set()

    def __aiter__(self) -> "ChangeStream":
        return self

    async def __anext__(self) -> ContactChanged:
        while not self._waiting:
            self._is_there.clear()
            await self._is_there.wait()
        return self._waiting.popleft()


def _kind_for(key: str, kind: ChangeKind, matched: Mapping[str, list[str]]) -> ChangeKind | None:
    """Returns the kind of a change for a subscriber with the filter of this key; None if it does not concern them.

    Returns None for a filter that was not yet known to the process that made the change: the subscription began at the
    same moment.
    """
    if kind is ChangeKind.BULK:
        return kind
    matched_before, matches = key in matched["before"], key in matched["after"]
    if kind is ChangeKind.PURGED:
        return kind if matched_before else None
    if matches:
        return kind
    return ChangeKind.LEFT if matched_before else None
