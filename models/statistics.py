"""What PostgreSQL's planner believes of a table, which decides how it reads.

It learns of new rows by autovacuum, a minute later or more; until then it reads what are hundreds of thousands in ways
that are meant for some.
"""

from typing import Any

import orjson

from models import database

_MISLED_BY = 4


async def refresh(table: str, condition: str, *args: Any, count: int) -> bool:
    """Has the planner look at a table where it believes that far fewer rows meet a condition than `count`, which do.

    Whether it had to. It costs as much as reading 30,000 rows, and keeps nobody waiting; outside transactions alone. On
    SQLite nothing is done: it plans by its indexes.
    """
    if not database.is_postgres() or await _believed(table, condition, *args) * _MISLED_BY >= count:
        return False
    await database.execute(f"ANALYZE (SKIP_LOCKED) {table}")  # somebody who has it locked most likely does the same
    return True


async def _believed(table: str, condition: str, *args: Any) -> int:
    """How many rows the planner thinks that there are."""
    row = await database.fetch_one(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table} WHERE {condition}", *args)
    assert row is not None
    plan = orjson.loads(row[0]) if isinstance(row[0], str) else row[0]
    return int(plan[0]["Plan"]["Plan Rows"])
