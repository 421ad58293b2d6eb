"""The feed: delivers events to subscribers, with one reader per process.

The reader polls the log of events, so that a lost notification only causes a delay. It reads an account's events once
for all its subscribers.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import structlog

from models.db import database
from models.db.application import PerApplication
from models.db.deadline import interruptible
from models.db.task_cancelling import cancel
from services.accounts.settings import AccountSettings
from services.contacts.filter import Criteria
from services.subscriptions import event_log, registry
from services.subscriptions.event_log import Mark
from services.subscriptions.pubsub import wait_until_set
from services.subscriptions.registry import Topic, interest
from services.subscriptions.streams import ChangeStream, EventStream, IdStream

log = structlog.get_logger("services.subscriptions.feed")

_READ_EVERY_SECONDS = 0.25  # on SQLite, which has no notifications between processes
_READ_ANYWAY_SECONDS = 5.0  # on PostgreSQL, where a lost connection can lose notifications
_READ_AGAIN_SECONDS = 0.05
_KEPT_FOR: Final = 3
"""The number of renewals that a process leaves the events that it has read: other processes have a minute to read."""

Stream = TypeVar("Stream", bound=EventStream)


@dataclass(slots=True)
class _Account:
    listening: set[EventStream] = field(default_factory=set)
    mark: Mark | None = None
    former_marks: deque[Mark] = field(default_factory=deque)


class Feed:
    """The reader of events in this process, and its subscribers."""

    def __init__(self) -> None:
        self._accounts: dict[UUID, _Account] = {}
        self._reading = asyncio.Lock()
        self._is_woken = asyncio.Event()
        self._woken: set[UUID] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, clock: Callable[[], datetime]) -> None:
        self._tasks = [
            asyncio.create_task(work) for work in (interest().watch(clock), self._read_on(), self._renew(clock))
        ]

    async def stop(self) -> None:
        await cancel(*self._tasks)

    def wake(self, account_id: str) -> None:
        """Makes the reader read the account's events now, or those of all accounts if `account_id` is ""."""
        self._woken |= {UUID(account_id)} if account_id else set(self._accounts)
        self._is_woken.set()

    async def listen(
        self, topic: Topic, account_id: UUID, *, key: str, now: datetime, is_each: bool = False
    ) -> IdStream:
        """Subscribes to future events of a topic with this key. `is_each` is as in IdStream."""
        one = await interest().begin(topic, account_id, key=key, now=now)
        return await self._listen(IdStream(one, self._leave, is_each=is_each))

    async def listen_to_contacts(self, criteria: Criteria, *, settings: AccountSettings, now: datetime) -> ChangeStream:
        """Subscribes to future changes of contacts that match the criteria, or did before the change, and to BULK.

        Raises Refused: TOO_MANY.
        """
        one = await interest().begin_with_filter(criteria, settings=settings, now=now)
        return await self._listen(ChangeStream(one, self._leave))

    async def _listen(self, one: Stream) -> Stream:
        account_id = one.subscription.account_id
        self._accounts.setdefault(account_id, _Account()).listening.add(one)
        try:
            with interruptible():
                await self._read(account_id)  # earlier events are not for the new subscriber
        except BaseException:
            await self._leave(one)
            raise
        one.is_open = True
        return one

    async def _leave(self, one: EventStream) -> None:
        account_id = one.subscription.account_id
        if (account := self._accounts.get(account_id)) is not None:
            account.listening.discard(one)
            if not account.listening:
                del self._accounts[account_id]
        try:
            await interest().end(one.subscription)
        except Exception as error:  # noqa: BLE001  # an unrenewed subscription expires
            log.warning("could not end a subscription", error=type(error).__name__)

    async def _read(self, account_id: UUID) -> None:
        async with self._reading:
            account = self._accounts.get(account_id)
            if account is None:
                return
            rows, account.mark = await event_log.read(account_id, account.mark)
            for row in rows:
                for one in account.listening:
                    if one.is_open and one.subscription.topic == row["topic"]:
                        one.take(row["body"], row["occurred_at"])

    async def _read_on(self) -> None:
        while True:
            seconds = _READ_ANYWAY_SECONDS if database.is_postgres() else _READ_EVERY_SECONDS
            await wait_until_set(self._is_woken, within=seconds)
            accounts = self._woken if self._is_woken.is_set() else set(self._accounts)
            self._woken = set()
            self._is_woken.clear()
            try:
                for account_id in accounts:
                    await self._read(account_id)
            except Exception as error:  # noqa: BLE001  # the next read delivers the missed events
                log.warning("could not read the events of subscriptions", error=type(error).__name__)
            await asyncio.sleep(_READ_AGAIN_SECONDS)

    async def _renew(self, clock: Callable[[], datetime]) -> None:
        while True:
            await asyncio.sleep(registry.RENEW_EVERY_SECONDS)
            try:
                await interest().renew(now=clock())
                for account_id, account in list(self._accounts.items()):
                    if account.mark is not None:
                        account.former_marks.append(account.mark)
                    if len(account.former_marks) > _KEPT_FOR:
                        await event_log.delete_until(account_id, account.former_marks.popleft())
            except Exception as error:  # noqa: BLE001  # the next attempt may succeed
                log.warning("could not renew the subscriptions", error=type(error).__name__)


feed = PerApplication(Feed)
