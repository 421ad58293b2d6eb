"""Counts the contacts, messages and API requests of each account by day in UTC.

Each process counts in memory and adds its counts to the table once a minute, so that no request runs a statement for
them. A process that is killed loses the counts of up to a minute.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from models.db import database
from models.db.application import PerApplication, create_detached_task
from models.db.deadline import Deadline, ResultUnknown

log = structlog.get_logger("services.accounts.usage")

KEPT_DAYS: Final = 400
_FLUSHED_EVERY_SECONDS: Final = 60.0
_FLUSH_SECONDS: Final = 5.0
_COLUMNS: Final = ("contacts", "messages", "requests")
_ROW: Final = {"account_id": "uuid", "day": "text", **dict.fromkeys(_COLUMNS, "integer")}


@dataclass(slots=True)
class Counts:
    """The counts of an account on a day."""

    contacts: int = 0
    messages: int = 0
    requests: int = 0


class UsageCounts:
    """The counts of this process that are not in the table yet."""

    def __init__(self) -> None:
        self._pending: dict[tuple[UUID, date], Counts] = {}
        self._is_stopping = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        self._has_failed = False

    def start(self) -> None:
        """Starts adding the counts to the table once a minute."""
        self._flushing = create_detached_task(self._flush_regularly())

    async def stop(self) -> None:
        """Adds the last counts to the table."""
        self._is_stopping.set()
        if self._flushing is not None:
            await self._flushing

    def note_request(self, account_id: UUID, *, now: datetime) -> None:
        self._of(account_id, now).requests += 1

    def note_contacts(self, account_id: UUID, count: int, *, now: datetime) -> None:
        """Notes that the transaction makes contacts. They count after the commit."""

        def add() -> None:
            self._of(account_id, now).contacts += count

        database.after_commit(add)

    def note_messages(self, account_id: UUID, count: int, *, now: datetime) -> None:
        """Notes that the transaction records messages. They count after the commit."""

        def add() -> None:
            self._of(account_id, now).messages += count

        database.after_commit(add)

    def _of(self, account_id: UUID, now: datetime) -> Counts:
        key = account_id, now.astimezone(UTC).date()
        counts = self._pending.get(key)
        if counts is None:
            counts = self._pending[key] = Counts()
        return counts

    async def flush(self) -> None:
        """Adds the counts to the table with one statement; with none if there are no counts.

        If the statement fails, the counts remain for the next call, unless they may be in the table already.
        """
        pending, self._pending = self._pending, {}
        if not pending:
            return
        try:
            with Deadline(_FLUSH_SECONDS):
                await _add(pending)
            self._has_failed = False
        except Exception as error:  # noqa: BLE001  # the server also works without the counts
            if not isinstance(error, ResultUnknown):
                self._add_back(pending)
            if not self._has_failed:  # log once per outage, not once per minute
                log.warning("could not store the usage of accounts", error=type(error).__name__)
            self._has_failed = True

    def _add_back(self, pending: dict[tuple[UUID, date], Counts]) -> None:
        for key, counts in pending.items():
            newer = self._pending.setdefault(key, Counts())
            newer.contacts += counts.contacts
            newer.messages += counts.messages
            newer.requests += counts.requests

    async def _flush_regularly(self) -> None:
        while not self._is_stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_FLUSHED_EVERY_SECONDS):
                    await self._is_stopping.wait()
            await self.flush()


usage = PerApplication(UsageCounts)


async def _add(pending: dict[tuple[UUID, date], Counts]) -> None:
    """Adds counts to the table, in the order of the key, so that processes don't deadlock."""
    rows = [
        {"account_id": account_id, "day": day.isoformat(), **asdict(counts)}
        for (account_id, day), counts in sorted(pending.items(), key=lambda each: each[0])
    ]
    if database.is_distributed():
        for row in rows:
            await _add_on_cluster(row)
        return
    sums = ", ".join(f"{name} = account_usage.{name} + excluded.{name}" for name in _COLUMNS)
    await database.execute(
        f"INSERT INTO account_usage (account_id, day, {', '.join(_COLUMNS)}) "
        f"SELECT r.account_id, r.day, {', '.join(f'r.{name}' for name in _COLUMNS)} "
        f"FROM {database.rows_of('$1', 'r', _ROW)} JOIN account ON account.id = r.account_id WHERE TRUE "
        f"ORDER BY r.account_id, r.day ON CONFLICT (account_id, day) DO UPDATE SET {sums}",
        rows,
    )


async def _add_on_cluster(row: Mapping[str, Any]) -> None:
    """Adds the counts of one account on one day. Unless its account exists, Citus reports the foreign key."""
    sums = ", ".join(f"{name} = account_usage.{name} + excluded.{name}" for name in _COLUMNS)
    if await database.fetch_one("SELECT 1 FROM account WHERE id = $1", row["account_id"]) is not None:
        await database.execute(
            f"INSERT INTO account_usage (account_id, day, {', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4, $5) "
            f"ON CONFLICT (account_id, day) DO UPDATE SET {sums}",
            *row.values(),
        )


async def read(account_id: UUID, days: int, *, now: datetime) -> list[dict[str, Any]]:
    """Returns the counts of the last days, newest first: `day` as an ISO date in UTC, and the counts, 0 if unknown."""
    today = now.astimezone(UTC).date()
    wanted = [(today - timedelta(days=ago)).isoformat() for ago in range(days)]
    rows = await database.fetch(
        f"SELECT day, {', '.join(_COLUMNS)} FROM account_usage WHERE account_id = $1 AND day >= $2 AND day <= $3",
        account_id,
        wanted[-1],
        wanted[0],
    )
    known = {row["day"]: dict(row) for row in rows}
    return [known.get(day) or {"day": day, **asdict(Counts())} for day in wanted]


async def purge_expired(*, now: datetime) -> int:
    """Deletes the counts of all accounts that are older than 400 days, and returns the number of rows."""
    last = now.astimezone(UTC).date() - timedelta(days=KEPT_DAYS)
    return len(await database.fetch("DELETE FROM account_usage WHERE day <= $1 RETURNING day", last.isoformat()))
