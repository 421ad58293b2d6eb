"""Refreshes planner statistics while a table grows: stale statistics slow down concurrent reads."""

import asyncio
from collections import Counter
from contextlib import suppress
from contextvars import Context
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from models import database, statistics
from models.deadline import interruptible

log = structlog.get_logger("services.growth")

FIRST_LOOK = statistics.FEWEST_ROWS


class Growth:
    """Of a table's rows that meet a condition: `Growth("contact", "account_id = $1", account_id)`. To be stopped."""

    def __init__(self, table: str, condition: str, *args: Any, first_look: int | None = None) -> None:
        self._table = table
        self._condition = condition
        self._args = args
        self._next_look = first_look or FIRST_LOOK
        self._looking: asyncio.Task[None] | None = None

    def follow(self, count: int) -> None:
        """There are so many by now. Each time that they have doubled the planner is asked, beside the work."""
        if count >= self._next_look and (self._looking is None or self._looking.done()):
            self._next_look = 2 * count
            looking = self._look(count)
            self._looking = asyncio.get_running_loop().create_task(looking, context=Context())  # in no transaction

    async def _look(self, count: int) -> None:
        try:
            await statistics.refresh(self._table, self._condition, *self._args, count=count)
        except Exception as error:  # noqa: BLE001  # the work goes on without
            log.warning("the planner could not be told of new rows", table=self._table, error=type(error).__name__)

    async def finish(self) -> None:
        """The work is done: returns once the planner knows what it was told last."""
        if self._looking is not None:
            await self._looking

    async def stop(self) -> None:
        """Nothing goes on behind this. Safe to repeat."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking


_FIRST_LOOK_AT_AN_ACCOUNT = FIRST_LOOK
_MOST_ACCOUNTS = 10_000
_KNOWN_FOR = timedelta(minutes=5)
_COMPARED = ("contact", "contact_list_member", "contact_assignee", "campaign_contact", "opt_out")
# Of each of these tables, how many rows an account has, as far as it matters.
_COUNTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM (SELECT 1 FROM {table} WHERE account_id = $1 LIMIT {{most}}) AS rows"
    for table in _COMPARED
)


class GrowingAccounts:
    """What requests bring to the tables of accounts, as far as this process has seen it, and what it finds there.

    An account that is new, in a table where others have many rows, is taken to have one. With some thousands each of
    them may be compared with each other then, for a page of a list.
    """

    def __init__(self) -> None:
        self._growths: dict[tuple[str, UUID], Growth] = {}
        self._counts: Counter[tuple[str, UUID]] = Counter()
        self._looks: dict[UUID, tuple[asyncio.Task[None], datetime]] = {}
        self._is_on = False
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on statistics are refreshed. Before, nothing is done."""
        self._is_on = True
        self._watching = asyncio.get_running_loop().create_task(_watch_tables(), context=Context())

    async def stop(self) -> None:
        self._is_on = False
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await asyncio.gather(*(growth.stop() for growth in self._growths.values()))
        looks = [look for look, _ in self._looks.values()]
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        self._growths.clear()
        self._counts.clear()
        self._looks.clear()

    async def know(self, account_id: UUID, *, now: datetime) -> None:
        """Returns once the planner knows how much an account has, whoever has brought it; before its rows are compared.

        Who else asks meanwhile waits for the same look; another one is taken some minutes later. Inside a transaction,
        which keeps a connection from others, nobody waits, and nothing is done. The same on SQLite, which has no
        statistics of single accounts.
        """
        if not self._is_on or not database.is_postgres() or database.in_a_transaction():
            return
        look, until = self._looks.get(account_id, (None, now))
        if look is None or (look.done() and until <= now):
            if len(self._looks) >= _MOST_ACCOUNTS:
                del self._looks[next(iter(self._looks))]
            look = asyncio.get_running_loop().create_task(self._look_at(account_id), context=Context())
            self._looks[account_id] = look, now + _KNOWN_FOR
        if not look.done():
            with interruptible():
                await asyncio.wait([look])

    async def _look_at(self, account_id: UUID) -> None:
        try:
            for table, count in await database.fetch(_COUNTS.format(most=_FIRST_LOOK_AT_AN_ACCOUNT), account_id):
                if count >= _FIRST_LOOK_AT_AN_ACCOUNT:
                    await statistics.refresh(table, "account_id = $1", account_id, count=count)
        except Exception as error:  # noqa: BLE001  # the account is read all the same
            log.warning("the planner could not be told of an account", error=type(error).__name__)

    def gain(self, table: str, account_id: UUID, count: int) -> None:
        """The transaction brings so many rows of the account."""
        if self._is_on and count:
            database.after_commit(partial(self._follow, (table, account_id), count))

    def _follow(self, key: tuple[str, UUID], count: int) -> None:
        if key not in self._counts and len(self._counts) >= _MOST_ACCOUNTS:
            oldest = next(iter(self._counts))
            del self._counts[oldest]
            self._growths.pop(oldest, None)
        self._counts[key] += count
        if self._counts[key] >= _FIRST_LOOK_AT_AN_ACCOUNT:
            table, account_id = key
            if key not in self._growths:
                self._growths[key] = Growth(table, "account_id = $1", account_id, first_look=_FIRST_LOOK_AT_AN_ACCOUNT)
            self._growths[key].follow(self._counts[key])


_TABLES_WATCHED_EVERY_SECONDS = 3600


async def _watch_tables() -> None:
    """Covers what this process has not seen: other processes, restores of a backup, and rows of before its start."""
    while True:
        try:
            await statistics.refresh_grown_tables()
        except Exception as error:  # noqa: BLE001  # tried again later
            log.warning("planner statistics could not be refreshed", error=type(error).__name__)
        await asyncio.sleep(_TABLES_WATCHED_EVERY_SECONDS)


accounts = GrowingAccounts()
