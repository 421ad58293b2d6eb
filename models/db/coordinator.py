"""Reads the transactions of a Citus cluster from its coordinator.

A transaction can need a commit in two phases. The coordinator then commits it before the workers do, and its snapshots
show the transaction while no worker shows its rows yet. The transaction keeps the lock on its own id until all workers
have committed.
"""

from collections.abc import Iterable
from typing import Final

from models.db import database

_HALF: Final = 1 << 31
# PostgreSQL takes the snapshot of a statement before it reads the locks.
_SNAPSHOT: Final = """
SELECT pg_current_snapshot()::text AS snapshot,
       ARRAY(SELECT transactionid::text::bigint FROM pg_locks WHERE locktype = 'transactionid') AS unfinished
"""
IS_UNFINISHED: Final = "(SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND transactionid = {}.xmin)"
"""The sub-select for EXISTS: the transaction that wrote a row of a local table has not ended on the workers."""


async def snapshot() -> str:
    """Returns a pg_snapshot. Transactions that have not ended on the workers are running in it.

    Call it before the statement that reads the workers.
    """
    [row] = await database.fetch(_SNAPSHOT)
    return _with_running(row["snapshot"], row["unfinished"])


def _with_running(snapshot: str, short_ids: Iterable[int]) -> str:
    """Adds running transactions to a snapshot. `short_ids` are the lower 32 bits of their ids."""
    first, end, ids = snapshot.split(":")
    running = {int(id) for id in ids.split(",") if id}
    for short_id in short_ids:
        age = (int(end) - short_id) % (1 << 32)
        if 0 < age < _HALF:  # otherwise the transaction has begun after the snapshot
            running.add(int(end) - age)
    return f"{min(running | {int(first)})}:{end}:{','.join(map(str, sorted(running)))}"
