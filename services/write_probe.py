"""Whether the database accepts writes: one small row is written and committed, as any other."""

from datetime import datetime, timedelta
from uuid import UUID

from models import database

_NOBODY = UUID(int=0)
_KEPT_FOR = timedelta(hours=1)


async def write(*, now: datetime) -> None:
    """Writes what no earlier call has written, into one row. Raises what any write raises."""
    async with database.transaction():
        await database.execute(
            "INSERT INTO rate_limit (account_id, name, subject, calls, idle_at) VALUES ($1, 'readiness', '', $2, $3) "
            "ON CONFLICT (account_id, name, subject) DO UPDATE SET calls = excluded.calls, idle_at = excluded.idle_at",
            _NOBODY,
            [str(database.uuid7())],
            now + _KEPT_FOR,
        )
