"""Tests whether the database accepts writes by committing one small row, like any other write."""

from datetime import datetime, timedelta

from models.db import database
from services import account_queue

_KEPT_FOR = timedelta(hours=1)


async def write(*, now: datetime) -> None:
    """Writes a new value to one row of the oldest account. Raises the exceptions of any write.

    Without an account, it only begins a transaction and writes nothing. On a Citus cluster it writes to the coordinator
    only, because a worker that is away concerns only its own accounts.
    """
    if database.is_distributed():
        await account_queue.write_probe(now=now)
        return
    async with database.transaction():
        await database.execute(
            "INSERT INTO rate_limit (account_id, name, subject, calls, idle_at) "
            f"SELECT id, 'readiness', '', {database.cast_to('$1', 'text[]')}, {database.cast_to('$2', 'timestamptz')} "
            "FROM account ORDER BY id LIMIT 1 "
            "ON CONFLICT (account_id, name, subject) DO UPDATE SET calls = excluded.calls, idle_at = excluded.idle_at",
            [str(database.uuid7())],
            now + _KEPT_FOR,
        )
