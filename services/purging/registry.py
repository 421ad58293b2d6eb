"""Daily purges of expired data of all accounts, run by the server and by `python -m muster purge`."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from models.db.deadline import Deadline
from services.accounts import usage
from services.audit import retention as audit_retention
from services.changes import retention as change_retention
from services.contacts import search_index, trash, value_counts
from services.history import retention as history_retention
from services.jobs import files as job_files, retention as job_retention
from services.purging import traces as purged_traces
from services.requests import idempotency, rate_limits
from services.reviews import storage as review_storage
from services.subscriptions import event_log as subscription_events
from services.webhooks import queue as webhook_queue

_STATEMENT_SECONDS: Final = 15.0
"""Database statement timeout. It frees the locks of a process that freezes in the middle of a batch."""


async def _purge_contacts(*, now: datetime) -> int:
    """Deletes expired contacts with their traces, and returns their number."""
    count = await trash.purge_expired(now=now)
    await purged_traces.erase(now=now)
    await search_index.merge(now=now)
    return count


PURGES: Final[Mapping[str, Callable[..., Awaitable[int]]]] = {
    "contacts": _purge_contacts,
    "jobs": job_retention.purge_finished,
    "files of jobs": job_files.remove_expired,
    "tags": value_counts.TAGS.purge_unused,
    "labels of custom variables": value_counts.LABELS.purge_unused,
    "idempotency keys": idempotency.purge_expired,
    "reviews": review_storage.purge_expired,
    "rate limits": rate_limits.purge_idle,
    "usage of accounts": usage.purge_expired,
    "webhook deliveries": webhook_queue.purge_expired,
    "changes and subscriptions": subscription_events.purge_expired,
    "changes for synchronization": change_retention.purge_expired,
    "events of the audit log": audit_retention.purge_expired,
    "bulk changes in the history": history_retention.purge_expired,
}


async def purge(name: str, *, now: datetime) -> int:
    """Runs one of PURGES. Returns how many rows or files it deleted. Safe for concurrent processes."""
    with Deadline(None, statement_seconds=_STATEMENT_SECONDS):
        return await PURGES[name](now=now)


async def erase_traces(*, now: datetime) -> None:
    """Deletes the traces of recently purged contacts. Safe for concurrent processes."""
    with Deadline(None, statement_seconds=_STATEMENT_SECONDS):
        await purged_traces.erase(now=now)
