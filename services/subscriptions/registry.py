"""Registry of the open subscriptions to changes of contacts, so that a change needs no query to find them.

Each process keeps a copy of the subscriptions of all processes. The process that opens a subscription knows it
immediately. Other processes learn of it by a notification on PostgreSQL, and within a second on SQLite.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog

from models.db import database, notifications
from models.db.application import PerApplication
from services.accounts.settings import AccountSettings, load_account_settings
from services.contacts import filter_json
from services.contacts.filter import Criteria
from services.refusal import Code, refuse
from services.subscriptions.pubsub import wait_until_set

log = structlog.get_logger("services.subscriptions.registry")

INTEREST_CHANNEL = "muster_contact_interest"
MAX_FILTERS = 200
"""Maximum of different filters in an account's open subscriptions. Each filter adds cost to every change."""

_LASTS = timedelta(seconds=60)
RENEW_EVERY_SECONDS = 20.0
_LOOK_EVERY_SECONDS = 1.0  # on SQLite
_LOOK_ANYWAY_SECONDS = 10.0  # on PostgreSQL, where a lost connection can lose notifications

ActiveFilter = tuple[Criteria, AccountSettings]
"""A filter, and the account's settings, which are needed to parse its phone numbers."""


@dataclass(frozen=True, slots=True)
class FilterSubscription:
    account_id: UUID
    id: UUID
    key: str
    """Key of the filter. Equal filters have equal keys."""
    active_filter: ActiveFilter


class OpenSubscriptions:
    """This process's copy of the open subscriptions."""

    def __init__(self) -> None:
        self._known: dict[UUID, dict[str, ActiveFilter]] = {}
        self._own: dict[UUID, FilterSubscription] = {}
        self._is_stale = asyncio.Event()

    def active_filters(self, account_id: UUID) -> Mapping[str, ActiveFilter]:
        """Returns the filters of the account's subscriptions by key. Most accounts have none."""
        return self._known.get(account_id, {})

    def own_accounts(self) -> set[UUID]:
        return {one.account_id for one in self._own.values()}

    def mark_stale(self) -> None:
        """Makes `watch` refresh the copy now."""
        self._is_stale.set()

    async def begin(self, criteria: Criteria, *, settings: AccountSettings, now: datetime) -> FilterSubscription:
        """Opens a subscription. Raises Refused: TOO_MANY."""
        stored = filter_json.to_json(criteria)
        key = hashlib.sha256(orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)).hexdigest()
        account_id = settings.account_id
        known = self._known.get(account_id, {})
        if key not in known and len(known) >= MAX_FILTERS:
            raise refuse(Code.TOO_MANY, f"An account can subscribe with at most {MAX_FILTERS} different filters.")
        one = FilterSubscription(account_id, database.uuid7(), key, (criteria, settings))
        self._own[one.id] = one
        self._known.setdefault(account_id, {})[key] = one.active_filter
        await database.execute(
            "INSERT INTO contact_subscription (account_id, id, filter_key, criteria, expires_at) "
            "VALUES ($1, $2, $3, $4, $5)",
            account_id,
            one.id,
            key,
            stored,
            now + _LASTS,
        )
        await notifications.notify(INTEREST_CHANNEL)
        return one

    async def end(self, one: FilterSubscription) -> None:
        """Ends a subscription. Idempotent."""
        if self._own.pop(one.id, None) is not None:
            self.mark_stale()
            await database.execute(
                "DELETE FROM contact_subscription WHERE account_id = $1 AND id = $2", one.account_id, one.id
            )
            await notifications.notify(INTEREST_CHANNEL)

    async def renew(self, *, now: datetime) -> None:
        """Renews this process's subscriptions, and deletes those that ended processes left in the same accounts."""
        for account_id in self.own_accounts():
            await database.execute(
                "UPDATE contact_subscription SET expires_at = $3 WHERE account_id = $1 "
                f"AND {database.sql_in('id', '$2', 'uuid')}",
                account_id,
                [one.id for one in self._own.values() if one.account_id == account_id],
                now + _LASTS,
            )
            await database.execute(
                "DELETE FROM contact_subscription WHERE account_id = $1 AND expires_at <= $2", account_id, now
            )

    async def refresh(self, *, now: datetime) -> None:
        """Reads the open subscriptions of all accounts into the copy."""
        rows = await database.fetch(
            "SELECT DISTINCT account_id, filter_key, criteria FROM contact_subscription WHERE expires_at > $1", now
        )
        filters: dict[UUID, dict[str, ActiveFilter]] = {}
        for row in rows:
            account_id, key = row["account_id"], row["filter_key"]
            wanted = self._known.get(account_id, {}).get(key)
            if wanted is None:
                wanted = (filter_json.from_json(row["criteria"]), await load_account_settings(account_id))
            filters.setdefault(account_id, {})[key] = wanted
        for one in self._own.values():  # includes subscriptions that began during the query
            filters.setdefault(one.account_id, {})[one.key] = one.active_filter
        self._known = filters

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


interest = PerApplication(OpenSubscriptions)
