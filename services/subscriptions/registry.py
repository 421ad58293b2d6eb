"""Registry of the open subscriptions, so that a change needs no query to find them.

Each process keeps a copy of the subscriptions of all processes. The process that opens a subscription knows it
immediately. Other processes learn of it by a notification on PostgreSQL, and within a second on SQLite.
"""

import asyncio
import hashlib
from collections.abc import Callable, KeysView, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from models.db import database, notifications
from models.db.application import PerApplication
from models.db.database import Row
from services import account_queue
from services.account_queue import Due, Queue
from services.accounts.settings import AccountSettings, load_account_settings
from services.contacts import filter_json
from services.contacts.filter import Criteria
from services.refusal import Code, refuse
from services.subscriptions.pubsub import wait_until_set

log = structlog.get_logger("services.subscriptions.registry")

INTEREST_CHANNEL = "muster_subscription_interest"
MAX_FILTERS = 200
"""Maximum of different filters of contacts in an account's open subscriptions. Each adds cost to every change."""

_LASTS = timedelta(seconds=60)
RENEW_EVERY_SECONDS = 20.0
_LOOK_EVERY_SECONDS = 1.0  # on SQLite
_LOOK_ANYWAY_SECONDS = 10.0  # on PostgreSQL, where a lost connection can lose notifications

ActiveFilter = tuple[Criteria, AccountSettings]
"""A filter, and the account's settings, which are needed to parse its phone numbers."""


class Topic(StrEnum):
    """The subject of a subscription."""

    CONTACT = "CONTACT"
    CAMPAIGN = "CAMPAIGN"
    JOB = "JOB"
    MESSAGE = "MESSAGE"


@dataclass(frozen=True, slots=True)
class Subscription:
    topic: Topic
    account_id: UUID
    id: UUID
    key: str
    """Subscriptions of a topic that get the same events have equal keys. Equal filters have equal keys."""
    active_filter: ActiveFilter | None
    """Set only for contacts."""
    criteria: Mapping[str, Any]
    """The filter as it is stored; empty for other topics."""


_Filters = dict[str, ActiveFilter | None]
_NONE: Final[_Filters] = {}


class OpenSubscriptions:
    """This process's copy of the open subscriptions."""

    def __init__(self) -> None:
        self._known: dict[tuple[Topic, UUID], _Filters] = {}
        self._own: dict[UUID, Subscription] = {}
        self._is_stale = asyncio.Event()

    def active_filters(self, account_id: UUID) -> Mapping[str, ActiveFilter]:
        """Returns the filters of the account's subscriptions to contacts by key. Most accounts have none."""
        filters = self._known.get((Topic.CONTACT, account_id), {})
        return {key: one for key, one in filters.items() if one is not None}

    def keys(self, topic: Topic, account_id: UUID) -> KeysView[str]:
        """Returns the keys of the account's subscriptions to a topic."""
        return self._known.get((topic, account_id), _NONE).keys()

    def own_accounts(self) -> set[UUID]:
        return {one.account_id for one in self._own.values()}

    def mark_stale(self) -> None:
        """Makes `watch` refresh the copy now."""
        self._is_stale.set()

    async def begin_with_filter(self, criteria: Criteria, *, settings: AccountSettings, now: datetime) -> Subscription:
        """Opens a subscription to contacts. Raises Refused: TOO_MANY."""
        stored = filter_json.to_json(criteria)
        key = hashlib.sha256(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)).hexdigest()
        known = self.keys(Topic.CONTACT, settings.account_id)
        if key not in known and len(known) >= MAX_FILTERS:
            raise refuse(Code.TOO_MANY, f"An account can subscribe with at most {MAX_FILTERS} different filters.")
        id = database.uuid7()
        return await self._begin(
            Subscription(Topic.CONTACT, settings.account_id, id, key, (criteria, settings), stored), now
        )

    async def begin(self, topic: Topic, account_id: UUID, *, key: str, now: datetime) -> Subscription:
        """Opens a subscription to the events with this key."""
        return await self._begin(Subscription(topic, account_id, database.uuid7(), key, None, {}), now)

    async def _begin(self, one: Subscription, now: datetime) -> Subscription:
        self._own[one.id] = one
        self._known.setdefault((one.topic, one.account_id), {})[one.key] = one.active_filter
        try:
            await self._store(one, now)
        except BaseException:
            await self.end(one)
            raise
        return one

    async def _store(self, one: Subscription, now: datetime) -> None:
        """Stores a subscription, if it is not stored."""
        await database.execute(
            "INSERT INTO subscription (account_id, id, topic, key, criteria, expires_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            one.account_id,
            one.id,
            one.topic.value,
            one.key,
            dict(one.criteria),
            now + _LASTS,
        )
        await account_queue.add(Queue.SUBSCRIPTIONS, one.account_id)
        await notifications.notify(INTEREST_CHANNEL)

    async def end(self, one: Subscription) -> None:
        """Ends a subscription. Idempotent."""
        if self._own.pop(one.id, None) is not None:
            self.mark_stale()
            await database.execute("DELETE FROM subscription WHERE account_id = $1 AND id = $2", one.account_id, one.id)
            await notifications.notify(INTEREST_CHANNEL)

    async def renew(self, *, now: datetime) -> None:
        """Renews this process's subscriptions, and deletes those that ended processes left in the same accounts.

        Stores those again that are missing: another process deleted them while this one had no connection, or a
        failover lost them.
        """
        for account_id in self.own_accounts():
            own = [one for one in self._own.values() if one.account_id == account_id]
            renewed = await database.execute(
                "UPDATE subscription SET expires_at = $3 WHERE account_id = $1 "
                f"AND {database.sql_in('id', '$2', 'uuid')}",
                account_id,
                [one.id for one in own],
                now + _LASTS,
            )
            if renewed < len(own):
                for one in own:
                    await self._store(one, now)
            await database.execute(
                "DELETE FROM subscription WHERE account_id = $1 AND expires_at <= $2", account_id, now
            )

    async def refresh(self, *, now: datetime) -> None:
        """Reads the open subscriptions of all accounts into the copy."""
        due = await account_queue.due(Queue.SUBSCRIPTIONS, now=now)
        rows = [] if due.has_none else await _open(due, now)
        known: dict[tuple[Topic, UUID], _Filters] = {}
        for row in rows:
            topic, account_id, key = Topic(row["topic"]), row["account_id"], row["key"]
            filter = self._known.get((topic, account_id), _NONE).get(key)
            if filter is None and topic is Topic.CONTACT:
                filter = (filter_json.from_json(row["criteria"]), await load_account_settings(account_id))
            known.setdefault((topic, account_id), {})[key] = filter
        for one in self._own.values():  # includes subscriptions that began during the query
            known.setdefault((one.topic, one.account_id), {})[one.key] = one.active_filter
        self._known = known
        await account_queue.forget(due, except_for={row["account_id"] for row in rows})

    async def watch(self, clock: Callable[[], datetime]) -> None:
        """Keeps the copy up to date until it is cancelled."""
        is_told = False
        while True:
            self._is_stale.clear()
            try:
                await self.refresh(now=clock())
                is_told = False
            except Exception as error:  # noqa: BLE001  # the database may become available again
                if not is_told:  # log once per outage: the loop retries every second or every ten
                    log.warning("could not load the subscriptions", error=type(error).__name__)
                is_told = True
            await wait_until_set(
                self._is_stale, within=_LOOK_ANYWAY_SECONDS if database.is_postgres() else _LOOK_EVERY_SECONDS
            )


async def _open(due: Due, now: datetime) -> Sequence[Row]:
    return await database.fetch(
        "SELECT DISTINCT account_id, topic, key, criteria FROM subscription "
        f"WHERE expires_at > $1{due.condition('account_id', 2)}",
        now,
        *due.values,
    )


interest = PerApplication(OpenSubscriptions)
