"""Waits for transactions that may have looked up an account's endpoints before a change of them was committed."""

import asyncio
from time import monotonic
from typing import Final

from models.db import database

_LONGEST_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.01


async def wait_for_running() -> None:
    """Waits until all transactions that are writing now have ended, for at most five seconds.

    Each transaction that commits afterwards has seen what is committed now. SQLite has one writer, so the function
    returns at once.
    """
    if not database.is_postgres():
        return
    [row] = await database.fetch("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    ends_at = monotonic() + _LONGEST_SECONDS
    has_ended = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
    while not (await database.fetch(has_ended, row[0]))[0][0] and monotonic() < ends_at:  # noqa: ASYNC110
        await asyncio.sleep(_PAUSE_SECONDS)
