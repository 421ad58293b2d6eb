"""Fast path for short SQLite reads, which run on the event loop's thread.

If another thread ran them, the two threads would compete for Python's lock with each row, which doubles the cost of a
page. Every read therefore starts here with a 2 ms budget. A read that takes longer, has to wait for a lock, or writes,
is aborted without effect, and runs again on a connection with its own thread.
"""

import resource
import sqlite3
from collections.abc import Sequence
from time import perf_counter, thread_time
from typing import Any

_UNMEASURED_SECONDS = 0.001
"""Most reads end earlier, so that nothing has to measure their use of the processor."""
_BUDGET_SECONDS = 0.001
"""The processor time that a read may use after that."""
_LONGEST_WAIT_SECONDS = 0.01
"""The limit of elapsed time, for a read that waits for the disk."""
_THREAD = getattr(resource, "RUSAGE_THREAD", None)  # only Linux has it
_LOOKED_AT_EVERY = 250  # SQLite's instructions between two checks; it executes some ten million a second
_PASSED_OVER: dict[int | None, int] = {sqlite3.SQLITE_INTERRUPT: 20, sqlite3.SQLITE_READONLY: 10**9}
"""The number of times that a statement bypasses the fast path after it ended with this result code."""
_MAX_KNOWN = 2000


class ShortReads:
    """Owns its connection. It must run on the thread that opened the connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._began = 0.0
        self._used: tuple[float, float] | None = None
        """The processor time and the waits of the thread when it began to measure them."""
        self._passed_over: dict[str, int] = {}
        connection.execute("PRAGMA busy_timeout=0")
        connection.execute("PRAGMA query_only=ON")
        connection.set_progress_handler(self._is_over, _LOOKED_AT_EVERY)

    def _is_over(self) -> bool:
        seconds = perf_counter() - self._began
        if seconds <= _UNMEASURED_SECONDS:
            return False
        if self._used is None:
            self._used = thread_time(), _waits()
            return False
        used, waits = self._used
        return thread_time() - used > _BUDGET_SECONDS or (seconds > _LONGEST_WAIT_SECONDS and _waits() > waits)

    def fetch(self, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row] | None:
        """Returns the statement's rows; None if the statement must run on another thread."""
        times = self._passed_over.get(sql, 0)
        if times:
            self._passed_over[sql] = times - 1
            return None
        self._began, self._used = perf_counter(), None
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if len(self._passed_over) >= _MAX_KNOWN:
                self._passed_over.clear()
            code = getattr(error, "sqlite_errorcode", None)  # errors of the sqlite3 module itself have none
            self._passed_over[sql] = _PASSED_OVER.get(code, 0)
            return None

    def close(self) -> None:
        self._connection.close()


def _waits() -> float:
    """Returns a number that grows when this thread waits for the disk, but not when it waits for a processor.

    On another thread, a read would wait for a processor as well, and use more of it. If the system does not count the
    waits of threads, the number grows with time.
    """
    return perf_counter() if _THREAD is None else resource.getrusage(_THREAD).ru_nvcsw
