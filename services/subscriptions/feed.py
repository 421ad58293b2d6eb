"""The change feed: delivers changes of contacts to subscribers, with one reader per process.

The reader polls the table of changes, so that a lost notification only causes a delay. Changes of all processes are
read in the order of their ids. A change is still delivered if it is committed up to ten seconds after its id was
generated.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from models.db import database
from models.db.application import PerApplication
from models.db.database import Row
from models.db.deadline import interruptible
from models.db.task_cancelling import cancel
from services import batch_delete
from services.accounts.settings import AccountSettings
from services.contacts.filter import Criteria
from services.subscriptions import registry as contact_subscriptions
from services.subscriptions.change_log import ChangeKind
from services.subscriptions.pubsub import wait_until_set
from services.subscriptions.registry import FilterSubscription, interest

log = structlog.get_logger("services.subscriptions.feed")

MAX_WAITING = 1_000
_OVERLAP = timedelta(seconds=10)
_KEPT_FOR = timedelta(seconds=60)
_FORGOTTEN_AFTER = timedelta(days=1)
_READ_EVERY_SECONDS = 0.25  # on SQLite, which has no notifications between processes
_READ_ANYWAY_SECONDS = 5.0  # on PostgreSQL, where a lost connection can lose notifications
_READ_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A change as a subscriber receives it. For BULK, `contact_id` is None and `count` is the number of contacts."""

    kind: ChangeKind
    contact_id: UUID | None
    count: int
    occurred_at: datetime


class ChangeStream:
    """Async iterator of one subscriber's changes. Must be closed.

    If 1,000 changes are waiting for a slow subscriber, they are merged into one BULK change.
    """

    def __init__(self, subscription: FilterSubscription, leave: Callable[["ChangeStream"], Awaitable[None]]) -> None:
        self.subscription = subscription
        self._leave = leave
        self._waiting: deque[ContactChanged] = deque()
        self._is_there = asyncio.Event()

    def take(self, row: Row) -> None:
        kind = _kind_for(self.subscription.key, ChangeKind(row["kind"]), row["matched"])
        if kind is None:
            return
        if len(self._waiting) >= MAX_WAITING:
            count = sum(change.count for change in self._waiting)
            self._waiting.clear()
            self._waiting.append(ContactChanged(ChangeKind.BULK, None, count, row["occurred_at"]))
        self._waiting.append(ContactChanged(kind, row["contact_id"], row["contact_count"], row["occurred_at"]))
        self._is_there.set()

    def __aiter__(self) -> "ChangeStream":
        return self

    async def __anext__(self) -> ContactChanged:
        while not self._waiting:
            self._is_there.clear()
            await self._is_there.wait()
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Ends the subscription. Idempotent."""
        await self._leave(self)


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


@dataclass(slots=True)
class _Account:
    listening: set[ChangeStream] = field(default_factory=set)
    read_from: UUID = field(default_factory=lambda: _before(_OVERLAP))
    seen: set[UUID] = field(default_factory=set)


class ContactFeed:
    """The reader of changes in this process, and its subscribers."""

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
        """Makes the reader read the account's changes now, or those of all accounts if `account_id` is ""."""
        self._woken |= {UUID(account_id)} if account_id else set(self._accounts)
        self._is_woken.set()

    async def listen(self, criteria: Criteria, *, settings: AccountSettings, now: datetime) -> ChangeStream:
        """Subscribes to future changes of contacts that match the criteria, or did before the change, and to BULK.

        Raises Refused: TOO_MANY.
        """
        one = ChangeStream(await interest().begin(criteria, settings=settings, now=now), self._leave)
        account_id = settings.account_id
        try:
            self._accounts.setdefault(account_id, _Account())
            with interruptible():
                await self._read(account_id)  # earlier changes are not for the new subscriber
        except BaseException:
            await self._leave(one)
            raise
        self._accounts.setdefault(account_id, _Account()).listening.add(one)
        return one

    async def _leave(self, one: ChangeStream) -> None:
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
            rows = await database.fetch(
                "SELECT id, kind, contact_id, contact_count, matched, occurred_at FROM contact_change "
                "WHERE account_id = $1 AND id > $2 ORDER BY id",
                account_id,
                account.read_from,
            )
            for row in rows:
                if row["id"] not in account.seen:
                    account.seen.add(row["id"])
                    for one in account.listening:
                        one.take(row)
            account.read_from = _before(_OVERLAP)
            account.seen = {id for id in account.seen if id > account.read_from}

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
            except Exception as error:  # noqa: BLE001  # the next read delivers the missed changes
                log.warning("could not read the changes of contacts", error=type(error).__name__)
            await asyncio.sleep(_READ_AGAIN_SECONDS)

    async def _renew(self, clock: Callable[[], datetime]) -> None:
        while True:
            await asyncio.sleep(contact_subscriptions.RENEW_EVERY_SECONDS)
            try:
                await interest().renew(now=clock())
                for account_id in list(self._accounts):
                    await database.execute(
                        "DELETE FROM contact_change WHERE account_id = $1 AND id < $2", account_id, _before(_KEPT_FOR)
                    )
            except Exception as error:  # noqa: BLE001  # the next attempt may succeed
                log.warning("could not renew the subscriptions", error=type(error).__name__)


async def purge_expired(*, now: datetime) -> int:
    """Deletes expired subscriptions and changes older than a day, of all accounts. Returns the number of rows."""
    count = await batch_delete.delete_past("contact_subscription", "expires_at", until=now)
    return count + await batch_delete.delete_past("contact_change", "occurred_at", until=now - _FORGOTTEN_AFTER)


def _before(span: timedelta) -> UUID:
    """Returns the least id that a change of `span` ago can have. Ids of changes use the wall clock."""
    return database.least_uuid7(datetime.now(UTC) - span)


feed = PerApplication(ContactFeed)
