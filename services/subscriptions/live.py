"""Present states of changed objects, for subscribers that get objects instead of descriptions of changes."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Final, TypeVar
from uuid import UUID

from models.db.database import Row
from models.db.deadline import Deadline
from services.subscriptions.streams import IdStream

AT_MOST_EVERY_SECONDS: Final = 0.25
_READ_ANYWAY_SECONDS = 5.0  # another process knows of a new subscription only within a second
_READ_SECONDS: Final = 10.0

R = TypeVar("R", bound=Row)


async def present_and_changed(listening: IdStream, read: Callable[[], Awaitable[R | None]]) -> AsyncGenerator[R, None]:
    """Yields an object immediately and after each event, at most four times a second, until `read` finds none."""
    is_changed, shown = True, None
    while True:
        with Deadline(_READ_SECONDS, account_id=listening.subscription.account_id):
            row = await read()
        if row is None:
            return
        if is_changed or tuple(row) != shown:
            shown = tuple(row)
            yield row
            await asyncio.sleep(AT_MOST_EVERY_SECONDS)
        is_changed = bool(await listening.next(within=_READ_ANYWAY_SECONDS))


async def changed(
    listening: IdStream, read: Callable[[Sequence[UUID]], Awaitable[Sequence[R | None]]]
) -> AsyncGenerator[R, None]:
    """Yields the present states of the objects that have events, as far as `read` finds them.

    Yields an object at most four times a second, unless the stream has the ids of each event.
    """
    while True:
        ids = await listening.next()
        with Deadline(_READ_SECONDS, account_id=listening.subscription.account_id):
            rows = await read(ids)
        for row in rows:
            if row is not None:
                yield row
        if not listening.is_each:
            await asyncio.sleep(AT_MOST_EVERY_SECONDS)
