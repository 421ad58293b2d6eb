"""Streams a job's progress."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import TypeVar
from uuid import UUID

from models.db import database
from models.db.application import PerApplication
from models.db.database import Row
from models.db.deadline import Deadline
from services.jobs.queue import ENDED
from services.subscriptions.pubsub import Topics, wait_until_set

AT_MOST_EVERY_SECONDS = 0.25
_LOOK_EVERY_SECONDS = 0.25  # on SQLite, where processes cannot notify each other
_LOOK_ANYWAY_SECONDS = 5.0  # on PostgreSQL, where a lost connection can lose notifications
_READ_SECONDS = 10.0

changes = PerApplication(Topics)
"""Changes of jobs in this process. The server forwards the notifications of jobs.CHANGED_CHANNEL to it."""

R = TypeVar("R", bound=Row)


async def watch(*, account_id: UUID, job_id: UUID, read: Callable[[], Awaitable[R | None]]) -> AsyncIterator[R]:
    """Yields the job immediately and after each change, at most four times a second, until it ends.

    `read` selects status, done_row_count and the columns to show. Yields nothing if the job does not exist.
    """
    seconds = _LOOK_ANYWAY_SECONDS if database.is_postgres() else _LOOK_EVERY_SECONDS
    with changes().waiting_for(f"{account_id}:{job_id}") as changed:
        shown: tuple[object, ...] | None = None
        while True:
            changed.clear()
            with Deadline(_READ_SECONDS, account_id=account_id):
                row = await read()
            if row is None:
                return
            if (values := tuple(row)) != shown:
                shown, shown_at = values, monotonic()
                yield row
                if row["status"] in ENDED:
                    return
                await asyncio.sleep(max(shown_at + AT_MOST_EVERY_SECONDS - monotonic(), 0))
            await wait_until_set(changed, within=seconds)
