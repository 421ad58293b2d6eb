"""Refreshes planner statistics while a table grows: stale statistics slow down concurrent reads."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from models.db import database, planner_statistics
from models.db.application import PerApplication, create_detached_task
from models.db.deadline import interruptible
from models.db.task_cancelling import cancel

log = structlog.get_logger("services.planner_statistics")

FIRST_LOOK = planner_statistics.FEWEST_ROWS


class Growth:
    """Keeps the statistics fresh for rows that match a condition: `Growth("contact", "account_id = $1", account_id)`.

    The caller must call `stop`.
    """

    def __init__(self, table: str, condition: str, *args: Any, first_look: int | None = None) -> None:
        self._table = table
        self._condition = condition
        self._args = args
        self._next_look = first_look or FIRST_LOOK
        self._looking: asyncio.Task[None] | None = None

    def report(self, count: int) -> None:
        """Notes the present number of rows. Each time it has doubled, a background task checks the statistics."""
        if count >= self._next_look and (self._looking is None or self._looking.done()):
            self._next_look = 2 * count
            self._looking = create_detached_task(self._look(count))

    async def _look(self, count: int) -> None:
        try:
            await planner_statistics.refresh(self._table, self._condition, *self._args, count=count)
        except Exception as error:  # noqa: BLE001  # the caller's work continues with stale statistics
            log.warning(
                "statistics of a growing table could not be refreshed", table=self._table, error=type(error).__name__
            )

    async def finish(self) -> None:
        """Waits for a running check. Call it after adding the last rows."""
        if self._looking is not None:
            await self._looking

    async def stop(self) -> None:
        """Cancels a running check. Safe to repeat."""
        if self._looking is not None:
            await cancel(self._looking)


_FIRST_LOOK_AT_AN_ACCOUNT = FIRST_LOOK
_MOST_ACCOUNTS = 10_000
_KNOWN_FOR = timedelta(minutes=5)
_COMPARED = ("contact", "contact_list_member", "contact_assignee", "campaign_contact", "opt_out")
# Counts an account's rows in each of these tables, up to a limit.
_COUNTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*) FROM (SELECT 1 FROM {table} WHERE account_id = $1 LIMIT {{most}}) AS rows"
    for table in _COMPARED
)


class GrowingAccounts:
    """Keeps the statistics fresh for the rows of accounts: those that this process inserts, and those that it finds.

    PostgreSQL estimates one row for an account that is new in a table where other accounts have many rows. If the
    account has some thousand rows, PostgreSQL may then compare each of them with each other, for a page of a list.
    """

    def __init__(self) -> None:
        self._growths: dict[tuple[str, UUID], Growth] = {}
        self._counts: Counter[tuple[str, UUID]] = Counter()
        self._looks: dict[UUID, tuple[asyncio.Task[None], datetime]] = {}
        self._is_on = False
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts refreshing statistics. Before this call, the other methods do nothing."""
        self._is_on = True
        self._watching = create_detached_task(_watch_tables())

    async def stop(self) -> None:
        self._is_on = False
        if self._watching is not None:
            await cancel(self._watching)
        await asyncio.gather(*(growth.stop() for growth in self._growths.values()))
        await cancel(*(look for look, _ in self._looks.values()))
        self._growths.clear()
        self._counts.clear()
        self._looks.clear()

    async def ensure_fresh(self, account_id: UUID, *, now: datetime) -> None:
        """Ensures that the planner's statistics of an account are fresh. Call it before a query that compares its rows.

        Concurrent calls wait for the same check. The result is valid for `_KNOWN_FOR`. The rows can come from any
        process. Does nothing inside a transaction, because waiting would occupy its connection. Does nothing on
        SQLite, which has no statistics of single accounts.
        """
        if not self._is_on or not database.is_postgres() or database.in_a_transaction():
            return
        look, until = self._looks.get(account_id, (None, now))
        if look is None or (look.done() and until <= now):
            if len(self._looks) >= _MOST_ACCOUNTS:
                del self._looks[next(iter(self._looks))]
            look = create_detached_task(self._look_at(account_id))
            self._looks[account_id] = look, now + _KNOWN_FOR
        if not look.done():
            with interruptible():
                await asyncio.wait([look])

    async def _look_at(self, account_id: UUID) -> None:
        try:
            for table, count in await database.fetch(_COUNTS.format(most=_FIRST_LOOK_AT_AN_ACCOUNT), account_id):
                if count >= _FIRST_LOOK_AT_AN_ACCOUNT:
                    await planner_statistics.refresh(table, "account_id = $1", account_id, count=count)
        except Exception as error:  # noqa: BLE001  # the query also works with stale statistics
            log.warning("statistics of an account could not be refreshed", error=type(error).__name__)

    def note_inserted(self, table: str, account_id: UUID, count: int) -> None:
        """Notes that the transaction inserts `count` rows of the account. They count after the commit."""
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
            self._growths[key].report(self._counts[key])


_TABLES_WATCHED_EVERY_SECONDS = 3600


async def _watch_tables() -> None:
    """Refreshes statistics of rows from other processes, from restored backups and from before the start."""
    while True:
        try:
            await planner_statistics.refresh_grown_tables()
        except Exception as error:  # noqa: BLE001  # retried an hour later
            log.warning("planner statistics could not be refreshed", error=type(error).__name__)
        await asyncio.sleep(_TABLES_WATCHED_EVERY_SECONDS)


accounts = PerApplication(GrowingAccounts)
