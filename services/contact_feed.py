"""Changes of contacts as they are told to subscribers: one reader a process, whatever their number.

Changes are read from their table, so that a lost notification is only a late one; those of any process come in the
order of their ids. A change that was committed up to ten seconds after it got its id is still seen.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from models import database
from models.database import Row
from models.deadline import interruptible
from services import contact_interest, expiry
from services.authentication import Settings
from services.changes import told
from services.contact_changes import Kind
from services.contact_filter import Criteria
from services.contact_interest import Subscription, interest

log = structlog.get_logger("services.contact_feed")

MAX_WAITING = 1_000
_OVERLAP = timedelta(seconds=10)
_KEPT_FOR = timedelta(seconds=60)
_FORGOTTEN_AFTER = timedelta(days=1)
_READ_EVERY_SECONDS = 0.25  # on SQLite, where no process tells another
_READ_ANYWAY_SECONDS = 5.0  # on PostgreSQL, where word can be lost with a connection
_READ_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """What a subscriber is told. `contact_id` is None for BULK, and then `count` says how many contacts it is."""

    kind: Kind
    contact_id: UUID | None
    count: int
    occurred_at: datetime


class Listening:
    """One subscriber's changes, to be iterated and closed. What a slow one leaves waiting becomes one BULK in time."""

    def __init__(self, subscription: Subscription, leave: Callable[["Listening"], Awaitable[None]]) -> None:
        self.subscription = subscription
        self._leave = leave
        self._waiting: deque[ContactChanged] = deque()
        self._is_there = asyncio.Event()

    def take(self, row: Row) -> None:
        kind = _kind_for(self.subscription.key, Kind(row["kind"]), row["matched"])
        if kind is None:
            return
        if len(self._waiting) >= MAX_WAITING:
            count = sum(change.count for change in self._waiting)
            self._waiting.clear()
            self._waiting.append(ContactChanged(Kind.BULK, None, count, row["occurred_at"]))
        self._waiting.append(ContactChanged(kind, row["contact_id"], row["contact_count"], row["occurred_at"]))
        self._is_there.set()

    def __aiter__(self) -> "Listening":
        return self

    async def __anext__(self) -> ContactChanged:
        while not self._waiting:
            self._is_there.clear()
            await self._is_there.wait()
        return self._waiting.popleft()

    async def aclose(self) -> None:
        """Safe to repeat."""
        await self._leave(self)


def _kind_for(key: str, kind: Kind, matched: Mapping[str, list[str]]) -> Kind | None:
    """What a change is for whoever has the filter of this key; None where it is nothing to them.

    A filter that whoever made the change did not know of yet is left out: it began in the same moment.
    """
    if kind is Kind.BULK:
        return kind
    matched_before, matches = key in matched["before"], key in matched["after"]
    if kind is Kind.PURGED:
        return kind if matched_before else None
    if matches:
        return kind
    return Kind.LEFT if matched_before else None


@dataclass(slots=True)
class _Account:
    listening: set[Listening] = field(default_factory=set)
    read_from: UUID = field(default_factory=lambda: _before(_OVERLAP))
    seen: set[UUID] = field(default_factory=set)


class ContactFeed:
    """This process's reader."""

    def __init__(self) -> None:
        self._accounts: dict[UUID, _Account] = {}
        self._reading = asyncio.Lock()
        self._is_woken = asyncio.Event()
        self._woken: set[UUID] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, clock: Callable[[], datetime]) -> None:
        self._reading, self._is_woken = asyncio.Lock(), asyncio.Event()  # of this event loop
        self._tasks = [
            asyncio.create_task(work) for work in (interest.watch(clock), self._read_on(), self._renew(clock))
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self, account_id: str) -> None:
        """There is a change of the account; "" for any."""
        self._woken |= {UUID(account_id)} if account_id else set(self._accounts)
        self._is_woken.set()

    async def listen(self, criteria: Criteria, *, settings: Settings, now: datetime) -> Listening:
        """The changes from now on of contacts that match, did match, or are many. Raises Refused: TOO_MANY."""
        one = Listening(await interest.begin(criteria, settings=settings, now=now), self._leave)
        account_id = settings.account_id
        try:
            self._accounts.setdefault(account_id, _Account())
            with interruptible():
                await self._read(account_id)  # what was told before this is not for it
        except BaseException:
            await self._leave(one)
            raise
        self._accounts.setdefault(account_id, _Account()).listening.add(one)
        return one

    async def _leave(self, one: Listening) -> None:
        account_id = one.subscription.account_id
        if (account := self._accounts.get(account_id)) is not None:
            account.listening.discard(one)
            if not account.listening:
                del self._accounts[account_id]
        try:
            await interest.end(one.subscription)
        except Exception as error:  # noqa: BLE001  # it expires by itself
            log.warning("a subscription could not be ended", error=type(error).__name__)

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
            await told(self._is_woken, within=seconds)
            accounts = self._woken if self._is_woken.is_set() else set(self._accounts)
            self._woken = set()
            self._is_woken.clear()
            try:
                for account_id in accounts:
                    await self._read(account_id)
            except Exception as error:  # noqa: BLE001  # what is missed now is read with the next
                log.warning("changes could not be read", error=type(error).__name__)
            await asyncio.sleep(_READ_AGAIN_SECONDS)

    async def _renew(self, clock: Callable[[], datetime]) -> None:
        while True:
            await asyncio.sleep(contact_interest.RENEW_EVERY_SECONDS)
            try:
                await interest.renew(now=clock())
                for account_id in list(self._accounts):
                    await database.execute(
                        "DELETE FROM contact_change WHERE account_id = $1 AND id < $2", account_id, _before(_KEPT_FOR)
                    )
            except Exception as error:  # noqa: BLE001  # the next time may do
                log.warning("subscriptions could not be renewed", error=type(error).__name__)


async def purge_expired(*, now: datetime) -> int:
    """Deletes the subscriptions of any account that nobody renews, and old changes; returns how many."""
    count = await expiry.delete_past("contact_subscription", "expires_at", until=now)
    return count + await expiry.delete_past("contact_change", "occurred_at", until=now - _FORGOTTEN_AFTER)


def _before(span: timedelta) -> UUID:
    """The least id of so long ago, by the clock on the wall, as ids of changes are (see contact_changes)."""
    return database.least_uuid7(datetime.now(UTC) - span)


feed = ContactFeed()
