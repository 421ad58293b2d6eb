"""Waits for transactions that may have looked up an account's endpoints before a change of them was committed."""

import asyncio
from typing import Final

from models.db import database
from models.db.deadline import ResultUnknown, TemporaryFailure

_PAUSE_SECONDS: Final = 0.01
_HAS_ENDED_ON_CLUSTER: Final = """
SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
                   AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start < $1)
"""


async def wait_for_running() -> None:
    """Waits until all transactions that are writing now have ended, within the deadline of the running operation.

    Each transaction that commits afterwards has seen the data that is committed now. SQLite has one writer, so the
    function returns at once. Raises ResultUnknown if a transaction is still open at the deadline: the change is
    committed, but events of such a transaction may be missing.
    """
    if not database.is_postgres():
        return
    try:
        [row] = await database.fetch("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        has_ended = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8"
        if database.is_distributed():  # a transaction that writes on a worker has no id on the coordinator
            [row] = await database.fetch("SELECT clock_timestamp()")
            has_ended = _HAS_ENDED_ON_CLUSTER
        while not (await database.fetch(has_ended, row[0]))[0][0]:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE_SECONDS)
    except TemporaryFailure as failure:
        raise ResultUnknown("An earlier transaction is still open.") from failure
