"""Reads that are over in a blink are done on the event loop's own thread: to hand them to another takes longer.

The two threads would take turns at Python's lock with each row, which doubles what a page costs. So every read gets a
blink here first. What is not done by then, has to wait for a lock, or writes, is given up without a trace, and left to
a connection with a thread of its own.
"""

import sqlite3
from collections.abc import Sequence
from time import perf_counter, thread_time
from typing import Any

_BLINK_SECONDS = 0.002
_LONGEST_WAIT_SECONDS = 0.01
"""For a disk, or a processor that others have meanwhile."""
_LOOKED_AT_EVERY = 250  # of SQLite's instructions, of which there are some ten million a second
_PASSED_OVER: dict[int | None, int] = {sqlite3.SQLITE_INTERRUPT: 20, sqlite3.SQLITE_READONLY: 10**9}
"""How often a statement that ended so is not tried again."""
_MAX_KNOWN = 2000


class ShortReads:
    """Takes a connection that is nobody else's, and is used on the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._began = self._used = 0.0
        self._passed_over: dict[str, int] = {}
        connection.execute("PRAGMA busy_timeout=0")
        connection.execute("PRAGMA query_only=ON")
        connection.set_progress_handler(self._is_over, _LOOKED_AT_EVERY)

    def _is_over(self) -> bool:
        seconds = perf_counter() - self._began
        if seconds <= _BLINK_SECONDS:
            return False
        return seconds > _LONGEST_WAIT_SECONDS or thread_time() - self._used > _BLINK_SECONDS

    def fetch(self, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row] | None:
        """The statement's rows; None where it is not for here."""
        times = self._passed_over.get(sql, 0)
        if times:
            self._passed_over[sql] = times - 1
            return None
        self._began, self._used = perf_counter(), thread_time()
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if len(self._passed_over) >= _MAX_KNOWN:
                self._passed_over.clear()
            code = getattr(error, "sqlite_errorcode", None)  # there is none where the module itself refuses
            self._passed_over[sql] = _PASSED_OVER.get(code, 0)
            return None

    def close(self) -> None:
        self._connection.close()
