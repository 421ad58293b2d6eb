"""Removes what SQLite's indexes of search texts and custom variables keep of deleted texts.

An index is a list of segments. A deletion adds a marker to a new segment, and the old one keeps the trigrams of the
text until both are merged. PostgreSQL's indexes are cleaned by VACUUM.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from models.db import database

_PURGED_WITHIN: Final = timedelta(days=2)
_PAGES: Final = 250
"""Pages of 4 KB that a step writes, so that other writers wait only briefly."""
_PAUSE_SECONDS: Final = 0.05


async def merge(*, now: datetime) -> int:
    """Merges all segments if contacts were purged in the last two days. Returns the number of steps."""
    if database.is_postgres():
        return 0
    if (
        await database.fetch_one("SELECT number FROM contact_purge WHERE purged_at > $1 LIMIT 1", now - _PURGED_WITHIN)
        is None
    ):
        return 0
    return sum([await _merge(index) for index in ("contact_search", "contact_variables")])


async def _merge(index: str) -> int:
    count, pages = 0, -_PAGES  # a negative number begins a merge of all segments, and a positive one continues it
    while await _step(index, pages):
        count, pages = count + 1, _PAGES
        await asyncio.sleep(_PAUSE_SECONDS)
    return count


@database.transactional
async def _step(index: str, pages: int) -> bool:
    """Returns whether there was something to merge. SQLite counts at least two changes then."""
    before = await _changes()
    await database.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', $1)", pages)
    return await _changes() - before >= 2


async def _changes() -> int:
    [row] = await database.fetch("SELECT total_changes()")
    return int(row[0])
