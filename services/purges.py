"""All that is deleted daily, of any account: by the server, and by `python -m muster purge`."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from models.deadline import Deadline
from services import (
    contact_feed,
    idempotency,
    job_files,
    job_retention,
    rate_limits,
    review_storage,
    tag_counts,
    trash,
)

_STATEMENT_SECONDS: Final = 15.0
"""In the database, so that the locks of a process that is frozen in the middle of a batch are free after that time."""

PURGES: Final[Mapping[str, Callable[..., Awaitable[int]]]] = {
    "contacts": trash.purge_expired,
    "jobs": job_retention.purge_finished,
    "files of jobs": job_files.remove_expired,
    "tags": tag_counts.purge_unused,
    "idempotency keys": idempotency.purge_expired,
    "reviews": review_storage.purge_expired,
    "rate limits": rate_limits.purge_idle,
    "changes and subscriptions": contact_feed.purge_expired,
}


async def purge(name: str, *, now: datetime) -> int:
    """Runs one of PURGES; returns how many rows, or files, it deleted. Any number of processes may do so at once."""
    with Deadline(None, statement_seconds=_STATEMENT_SECONDS):
        return await PURGES[name](now=now)
