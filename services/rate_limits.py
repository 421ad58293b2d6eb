"""How often somebody may do something: at most so many calls in any span of a given length, across all processes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models import database
from services import expiry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DIGITS = 17


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any span of `window`, for each subject. `name` tells it from other limits."""

    name: str
    calls: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subject stands with a limit after it asked."""

    limit: Limit
    is_allowed: bool
    remaining: int
    """How many calls there could be right now."""
    wait: timedelta
    """Until more is allowed than is now; after a refusal, until all of the refused calls are. Never negative."""


async def count(limit: Limit, *, account_id: UUID, subject: str, calls: int = 1, now: datetime) -> Standing:
    """Counts calls of a subject (a token's id, say) where the limit allows all of them, and none where it does not.

    More calls than the limit has are never allowed. In a transaction what was counted goes with it.
    """
    if calls <= limit.calls:
        recorded = await database.fetch_one(
            "INSERT INTO rate_limit (account_id, name, subject, calls, idle_at) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (account_id, name, subject) DO UPDATE SET idle_at = excluded.idle_at, "
            f"calls = (SELECT {database.list_of('value')} FROM ("
            f"SELECT c.value FROM {database.elements_of('rate_limit.calls', 'c')} WHERE c.value > $6 "
            f"UNION ALL SELECT n.value FROM {database.elements_of('excluded.calls', 'n')}) AS counted) "
            f"WHERE (SELECT count(*) FROM {database.elements_of('rate_limit.calls', 'c')} WHERE c.value > $6) <= $7 "
            "RETURNING calls",
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


async def purge_idle(*, now: datetime) -> int:
    """Forgets, in any account, whose calls are all long enough ago; how many subjects."""
    return await expiry.delete_past("rate_limit", "idle_at", until=now, key="account_id, name, subject")


def _standing(limit: Limit, recorded: list[str], is_allowed: bool, wanted: int, now: datetime) -> Standing:
    """`wanted`: how many more calls the wait is for."""
    since = _text(now - limit.window)
    counted = sorted(call for call in recorded if call > since)
    remaining = max(limit.calls - len(counted), 0)
    missing = min(wanted, limit.calls) - remaining
    if is_allowed:
        freed = counted[0]
    elif missing > 0:
        freed = counted[missing - 1]
    else:
        return Standing(limit, is_allowed, remaining, limit.window if wanted > limit.calls else timedelta(0))
    wait = _instant(freed) + limit.window - now
    return Standing(limit, is_allowed, remaining, max(wait, timedelta(0)))


def _text(instant: datetime) -> str:
    """An instant as a text that sorts as it does, in any collation."""
    return f"{(instant - _EPOCH) // _MICROSECOND:0{_DIGITS}}"


def _instant(text: str) -> datetime:
    return _EPOCH + int(text) * _MICROSECOND
