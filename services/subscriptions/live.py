"""Present states of changed objects, for subscribers that get objects instead of descriptions of changes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from models.db.database import Row
from models.db.deadline import Deadline
from services.subscriptions.feed import feed
from services.subscriptions.registry import Topic

AT_MOST_EVERY_SECONDS: Final = 0.25
_READ_ANYWAY_SECONDS = 5.0  # another process knows of a new subscription only within a second
_READ_SECONDS: Final = 10.0

R = TypeVar("R", bound=Row)


async def present_and_changed(
    topic: Topic, account_id: UUID, object_id: UUID, *, read: Callable[[], Awaitable[R | None]], now: datetime
) -> AsyncGenerator[R, None]:
    """Yields an object immediately and after each event of it, at most four times a second, until `read` finds none.

    The key of its events is its id.
    """
    with Deadline(_READ_SECONDS, account_id=account_id):
        listening = await feed().listen(topic, account_id, key=str(object_id), now=now)
    try:
        is_changed, shown = True, None
        while True:
            with Deadline(_READ_SECONDS, account_id=account_id):
                row = await read()
            if row is None:
                return
            if is_changed or tuple(row) != shown:
                shown = tuple(row)
                yield row
                await asyncio.sleep(AT_MOST_EVERY_SECONDS)
            is_changed = bool(await listening.next(within=_READ_ANYWAY_SECONDS))
    finally:
        await listening.aclose()


async def changed(
    topic: Topic,
    account_id: UUID,
    *,
    key: str = "",
    read: Callable[[Sequence[UUID]], Awaitable[Sequence[R | None]]],
    is_each: bool = False,
    now: datetime,
) -> AsyncGenerator[R, None]:
    """Yields the present states of the objects with events with this key from now on, as far as `read` finds them.

    Yields an object at most four times a second, or with `is_each` once for each of its events.
    """
    with Deadline(_READ_SECONDS, account_id=account_id):
        listening = await feed().listen(topic, account_id, key=key, is_each=is_each, now=now)
    try:
        while True:
            ids = await listening.next()
            with Deadline(_READ_SECONDS, account_id=account_id):
                rows = await read(ids)
            for row in rows:
                if row is not None:
                    yield row
            if not is_each:
                await asyncio.sleep(AT_MOST_EVERY_SECONDS)
    finally:
        await listening.aclose()
