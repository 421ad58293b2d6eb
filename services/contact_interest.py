"""Who wants to hear of changes of contacts, in any process: known to all, so that whoever changes one need not ask.

Each process keeps a copy of the open subscriptions. A new one is known at once where it is opened; elsewhere on
PostgreSQL as soon as the word comes, and on SQLite within a second.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog

from models import database, notifications
from services import stored_criteria
from services.authentication import Settings, settings_of
from services.changes import told
from services.contact_filter import Criteria
from services.refusal import Code, refuse

log = structlog.get_logger("services.contact_interest")

INTEREST_CHANNEL = "muster_contact_interest"
MAX_FILTERS = 200
"""Different filters that an account's subscriptions have at once: each costs every change something."""

_LASTS = timedelta(seconds=60)
RENEW_EVERY_SECONDS = 20.0
_LOOK_EVERY_SECONDS = 1.0  # on SQLite
_LOOK_ANYWAY_SECONDS = 10.0  # on PostgreSQL, where word can be lost with a connection

Wanted = tuple[Criteria, Settings]
"""A filter, and what reads its phones."""


@dataclass(frozen=True, slots=True)
class Subscription:
    account_id: UUID
    id: UUID
    key: str
    """Of its filter: equal filters have equal keys."""
    wanted: Wanted


class ContactInterest:
    """This process's copy."""

    def __init__(self) -> None:
        self._known: dict[UUID, dict[str, Wanted]] = {}
        self._own: dict[UUID, Subscription] = {}
        self._is_stale = asyncio.Event()

    def wanted(self, account_id: UUID) -> Mapping[str, Wanted]:
        """The filters of the account's subscriptions by their keys; none where nobody listens, which is the rule."""
        return self._known.get(account_id, {})

    def own_accounts(self) -> set[UUID]:
        return {one.account_id for one in self._own.values()}

    def stale(self) -> None:
        """There is something new."""
        self._is_stale.set()

    async def begin(self, criteria: Criteria, *, settings: Settings, now: datetime) -> Subscription:
        """Raises Refused: TOO_MANY."""
        kept = stored_criteria.to_json(criteria)
        key = hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()
        account_id = settings.account_id
        known = self._known.get(account_id, {})
        if key not in known and len(known) >= MAX_FILTERS:
            raise refuse(Code.TOO_MANY, f"An account subscribes with at most {MAX_FILTERS} different filters at once.")
        one = Subscription(account_id, database.uuid7(), key, (criteria, settings))
        self._own[one.id] = one
        self._known.setdefault(account_id, {})[key] = one.wanted
        await database.execute(
            "INSERT INTO contact_subscription (account_id, id, filter_key, criteria, expires_at) "
            "VALUES ($1, $2, $3, $4, $5)",
            account_id,
            one.id,
            key,
            kept,
            now + _LASTS,
        )
        await notifications.notify(INTEREST_CHANNEL)
        return one

    async def end(self, one: Subscription) -> None:
        """Safe to repeat."""
        if self._own.pop(one.id, None) is not None:
            self.stale()
            await database.execute(
                "DELETE FROM contact_subscription WHERE account_id = $1 AND id = $2", one.account_id, one.id
            )
            await notifications.notify(INTEREST_CHANNEL)

    async def renew(self, *, now: datetime) -> None:
        """Says that this process's subscriptions are still open, and forgets those of processes that are gone."""
        for account_id in self.own_accounts():
            await database.execute(
                "UPDATE contact_subscription SET expires_at = $3 WHERE account_id = $1 "
                f"AND {database.any_of('id', '$2', 'uuid')}",
                account_id,
                [one.id for one in self._own.values() if one.account_id == account_id],
                now + _LASTS,
            )
            await database.execute(
                "DELETE FROM contact_subscription WHERE account_id = $1 AND expires_at <= $2", account_id, now
            )

    async def refresh(self, *, now: datetime) -> None:
        """Learns which subscriptions are open now, of all accounts."""
        rows = await database.fetch(
            "SELECT DISTINCT account_id, filter_key, criteria FROM contact_subscription WHERE expires_at > $1", now
        )
        found: dict[UUID, dict[str, Wanted]] = {}
        for row in rows:
            account_id, key = row["account_id"], row["filter_key"]
            wanted = self._known.get(account_id, {}).get(key)
            if wanted is None:
                wanted = (stored_criteria.from_json(row["criteria"]), await settings_of(account_id))
            found.setdefault(account_id, {})[key] = wanted
        for one in self._own.values():  # one that began meanwhile, too
            found.setdefault(one.account_id, {})[one.key] = one.wanted
        self._known = found

    async def watch(self, clock: Callable[[], datetime]) -> None:
        """Keeps the copy as it should be, until it is cancelled."""
        self._is_stale = asyncio.Event()  # of this event loop
        is_told = False
        while True:
            self._is_stale.clear()
            try:
                await self.refresh(now=clock())
                is_told = False
            except Exception as error:  # noqa: BLE001  # a database that is away now may be back later
                if not is_told:  # it is looked for every second
                    log.warning("subscriptions are not known", error=type(error).__name__)
                is_told = True
            await told(self._is_stale, within=_LOOK_ANYWAY_SECONDS if database.is_postgres() else _LOOK_EVERY_SECONDS)


interest = ContactInterest()
