"""Rate limits: at most a number of calls in any time window of a given length, across all processes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.db import database
from services import batch_delete

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS = 17


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any window of length `window`, per subject. `name` identifies the limit."""

    name: str
    calls: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """A subject's state under a limit after a request."""

    limit: Limit
    is_allowed: bool
    remaining: int
    """Number of calls that are allowed right now."""
    wait: timedelta
    """Time until more calls are allowed; after a refusal, until all refused calls are allowed. Never negative."""


async def count(limit: Limit, *, account_id: UUID, subject: str, calls: int = 1, now: datetime) -> RateLimitState:
    """Counts calls of a subject, such as a token id, if the limit allows all of them. Otherwise counts none.

    More calls at once than the limit are never allowed. A rollback of the transaction also removes the count.
    """
    if calls <= limit.calls:
        calls_then, count_before = _counted()
        recorded = await database.fetch_one(
            "INSERT INTO rate_limit (account_id, name, subject, calls, idle_at) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (account_id, name, subject) DO UPDATE "
            f"SET idle_at = excluded.idle_at, calls = {calls_then} WHERE {count_before} <= $7 RETURNING calls",
            account_id,
            limit.name,
            subject,
            [_text(now)] * calls,
            now + limit.window,
            _text(now - limit.window),
            limit.calls - calls,
        )
        if recorded is not None:
            return _standing(limit, recorded["calls"], True, 1, now)
    row = await database.fetch_one(
        "SELECT calls FROM rate_limit WHERE account_id = $1 AND name = $2 AND subject = $3",
        account_id,
        limit.name,
        subject,
    )
    return _standing(limit, row["calls"] if row else [], False, calls, now)


def _counted() -> tuple[str, str]:
    """Returns the SQL of the calls with those of this request, and of the number of the calls before it, after $6."""
    if database.is_postgres():
        before = "calls_after(rate_limit.calls, $6)"
        return f"{before} || excluded.calls", f"cardinality({before})"
    before = "FROM json_each(rate_limit.calls) AS c WHERE c.value > $6"
    both = f"SELECT c.value {before} UNION ALL SELECT n.value FROM json_each(excluded.calls) AS n"
    return f"(SELECT json_group_array(value) FROM ({both}) AS counted)", f"(SELECT count(*) {before})"


async def purge_idle(*, now: datetime) -> int:
    """Deletes subjects of all accounts whose calls have left the window. Returns their number."""
    return await batch_delete.delete_past("rate_limit", "idle_at", until=now, key="account_id, name, subject")


def _standing(limit: Limit, recorded: list[str], is_allowed: bool, wanted: int, now: datetime) -> RateLimitState:
    """Returns the subject's state. `wanted` is the number of further calls for which to compute the wait."""
    since = _text(now - limit.window)
    counted = sorted(call for call in recorded if call > since)
    remaining = max(limit.calls - len(counted), 0)
    missing = min(wanted, limit.calls) - remaining
    if is_allowed:
        freed = counted[0]
    elif missing > 0:
        freed = counted[missing - 1]
    else:
        return RateLimitState(limit, is_allowed, remaining, limit.window if wanted > limit.calls else timedelta(0))
    wait = _instant(freed) + limit.window - now
    return RateLimitState(limit, is_allowed, remaining, max(wait, timedelta(0)))


def _text(instant: datetime) -> str:
    """Returns the instant as a text that sorts chronologically in any collation."""
    return f"{(instant - _EPOCH) // _MICROSECOND:0{_DIGITS}}"


def _instant(text: str) -> datetime:
    return _EPOCH + int(text) * _MICROSECOND
