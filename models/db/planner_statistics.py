"""Refreshes the planner's statistics of tables that have grown.

PostgreSQL's autovacuum refreshes them too, but after a minute or more. SQLite never does it automatically.
"""

from typing import Any

import orjson

from models.db import database

FEWEST_ROWS = 1_000
"""Statistics of a smaller table are useless. On SQLite they lead to wrong plans after the table has grown."""
_MISLED_BY = 4
_ROWS_OF_AN_INDEX = 1_000
"""SQLite reads about this many rows of each index. This takes about 20 ms and blocks other writers."""
_TABLES_OF_ACCOUNTS = """
SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND c.name = 'account_id' AND m.sql NOT LIKE '%WITHOUT ROWID%'
"""
"""Tables without row ids have no cheap count. Their indexes serve all of their queries."""


async def refresh(table: str, condition: str, *args: Any, count: int) -> bool:
    """Analyzes a table if the planner estimates far fewer rows for a condition than `count`, the actual number.

    Returns True if it did. On PostgreSQL an ANALYZE costs as much as reading 30,000 rows, and blocks no other session.
    Call it outside transactions only. SQLite has no statistics of conditions, so there the function compares `count`
    with the estimate for the whole table.
    """
    if await _estimated_rows(table, condition, *args) * _MISLED_BY >= count:
        return False
    if database.is_postgres():
        # If another session has locked the table, it most likely analyzes it.
        await database.execute(f"ANALYZE (SKIP_LOCKED) {table}")
    else:
        await _analyze_on_sqlite(table)
    return True


async def refresh_grown_tables() -> None:
    """Analyzes every SQLite table that has grown fourfold since its last ANALYZE.

    Does nothing on PostgreSQL, where autovacuum analyzes tables.
    """
    if database.is_postgres():
        return
    for (table,) in await database.fetch(_TABLES_OF_ACCOUNTS):
        row = await database.fetch_one(f"SELECT max(rowid) FROM {table}")
        count = row[0] if row else None
        if count is not None and count >= FEWEST_ROWS:
            await refresh(table, "TRUE", count=count)


async def _analyze_on_sqlite(table: str) -> None:
    async with database.transaction():
        await database.execute(f"PRAGMA analysis_limit = {_ROWS_OF_AN_INDEX}")
        await database.execute(f"ANALYZE {table}")
        # Open connections reload the statistics only after a change of the schema.
        await database.execute("CREATE TABLE new_statistics (unused)")
        await database.execute("DROP TABLE new_statistics")


async def _estimated_rows(table: str, condition: str, *args: Any) -> int:
    """Returns the planner's estimate of the number of rows."""
    if not database.is_postgres():
        return await _estimated_rows_on_sqlite(table)
    row = await database.fetch_one(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table} WHERE {condition}", *args)
    assert row is not None
    [explained] = orjson.loads(row[0]) if isinstance(row[0], str) else row[0]
    plan = explained["Plan"]
    if "Distributed Query" in plan:  # a Citus cluster estimates no rows itself, and each node those of its part
        tasks = plan["Distributed Query"]["Job"]["Tasks"]
        return sum(int(task["Remote Plan"][0][0]["Plan"]["Plan Rows"]) for task in tasks)
    return int(plan["Plan Rows"])


async def _estimated_rows_on_sqlite(table: str) -> int:
    if not await database.fetch("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
        return 0
    rows = await database.fetch("SELECT stat FROM sqlite_stat1 WHERE tbl = $1 AND stat IS NOT NULL", table)
    return max((int(row["stat"].split()[0]) for row in rows), default=0)
