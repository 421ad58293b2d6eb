"""Measures the work of the database for statements, and finds plans that read whole accounts."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson
import pytest

from models.db import database
from models.db.sqlite.texts import numbered
from models.db.sqlite.values import to_parameter

_INSTRUCTIONS = 20
_READS = ("SELECT", "WITH")
_WHOLE = re.compile(r"(SCAN|SEARCH) (?P<table>\w+)(?! VIRTUAL)(?P<how>.*)")


class Statement(NamedTuple):
    sql: str
    args: tuple[Any, ...]


@contextmanager
def recorded_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """The reads that run inside, with their parameters."""
    seen: list[Statement] = []
    fetch = database.fetch

    async def record(sql: str, *args: Any, **options: Any) -> Any:
        if sql.startswith(_READS):
            seen.append(Statement(sql, args))
        return await fetch(sql, *args, **options)

    with monkeypatch.context() as watched:
        watched.setattr(database, "fetch", record)
        yield seen


class PostgresObserver:
    """Runs statements again by EXPLAIN ANALYZE."""

    def close(self) -> None:
        pass

    async def work(self, statements: Iterable[Statement]) -> int:
        """Returns the number of rows that the nodes of the plans process."""
        return sum([await self._rows(statement) for statement in statements])

    async def _rows(self, statement: Statement) -> int:
        (row,) = await database.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.args)
        return _rows_of_node((orjson.loads(row[0]) if isinstance(row[0], str) else row[0])[0]["Plan"])

    def whole_accounts(self, statements: Iterable[Statement]) -> list[str]:
        """None: PostgreSQL rightly reads the whole of a small table."""
        return []


def _rows_of_node(node: dict[str, Any]) -> int:
    own: float = node["Actual Rows"] + sum(count for name, count in node.items() if name.startswith("Rows Removed"))
    below: list[dict[str, Any]] = node.get("Plans", [])
    loops: int = node["Actual Loops"]
    return round(own * loops) + sum(map(_rows_of_node, below))


class SqliteObserver:
    """Runs statements again on a separate connection."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path)
        self._tables = {row[0] for row in self._connection.execute(TABLES_OF_ACCOUNTS)}

    def close(self) -> None:
        self._connection.close()

    async def work(self, statements: Iterable[Statement]) -> int:
        """Returns the number of instructions that SQLite's virtual machine runs, to within 20 for each statement."""
        count = 0

        def counted() -> None:
            nonlocal count
            count += _INSTRUCTIONS

        for sql, args in statements:
            self._connection.set_progress_handler(counted, _INSTRUCTIONS)
            self._connection.execute(numbered(sql), [to_parameter(value) for value in args]).fetchall()
            self._connection.set_progress_handler(None, _INSTRUCTIONS)
        return count

    def whole_accounts(self, statements: Iterable[Statement]) -> list[str]:
        """The parts of plans that read all rows of a table, or all of an account's."""
        return [
            part
            for sql, args in statements
            for part in self._plan(sql, args)
            if reads_whole_account(sql, part, self._tables)
        ]

    def _plan(self, sql: str, args: Sequence[Any]) -> list[str]:
        plan = f"EXPLAIN QUERY PLAN {numbered(sql)}"
        return [detail for *_, detail in self._connection.execute(plan, [to_parameter(value) for value in args])]


def reads_whole_account(sql: str, detail: str, tables: set[str]) -> bool:
    """Returns whether a line of a plan reads all rows of one of the tables, or all of an account's rows."""
    match = _WHOLE.fullmatch(detail)
    if match is None:
        return False
    alias = match["table"]
    named = re.search(rf'"?(\w+)"? (?:AS )?"?{alias}"?\b', sql)
    is_of_account = bool({alias, named[1] if named else alias} & tables)
    return is_of_account and (detail.startswith("SCAN") or match["how"].endswith("(account_id=?)"))


TABLES_OF_ACCOUNTS = """
SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'account_id'
"""
