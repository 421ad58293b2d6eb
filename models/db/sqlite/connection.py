"""A SQLite connection with its own thread. The types of columns are converters of the module sqlite3."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import aiosqlite
import orjson
from asyncpg.pgproto import pgproto

from models.db import deadline
from models.db.deadline import interruptible
from models.db.sqlite.failures import result_code

T = TypeVar("T")
_READERS_NICENESS = 10
_REPEAT_INTERRUPT_SECONDS = 0.01
BUSY_TIMEOUT_MS = 30_000
_LONGEST_PAUSE_SECONDS = 0.05
_SPARE_SECONDS = 0.2
"""How long before its deadline an operation stops waiting for the write lock, so that it can report the reason."""
_TYPES = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES


def _uuid(text: bytes) -> UUID:
    """Uses asyncpg's UUID class, which parses, hashes and formats in a fraction of the time."""
    return pgproto.UUID(text.decode())


sqlite3.register_converter("uuid", _uuid)
sqlite3.register_converter("timestamp", lambda text: datetime.fromisoformat(text.decode()))
sqlite3.register_converter("json", orjson.loads)
sqlite3.register_converter("boolean", lambda text: text == b"1")


class _Errand:
    """A function call for the thread of a connection."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self.is_cancelled = self.is_done = False

    def __call__(self) -> Any:
        try:
            if self.is_cancelled:
                raise sqlite3.OperationalError("interrupted")
            return self._function()
        finally:
            self.is_done = True


class SqliteConnection(aiosqlite.Connection):
    """A connection with its own thread, in which a statement can be interrupted.

    A cancelled errand does not run, or is interrupted. The thread ends it before it starts another errand.
    """

    before_commit: Sequence[tuple[str, Sequence[Sequence[Any]]]] = ()
    """Statements that run together with the next COMMIT, each with the parameters of all its executions."""

    is_to_begin = False
    """The next statement begins a transaction with the write lock, which takes no errand of its own."""

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        call = partial(fn, *args, **kwargs)
        if self.is_to_begin:
            return await when_unlocked(lambda: self._run(partial(self._begin, call)))
        return await self._run(call)

    async def _run(self, call: Callable[[], T]) -> T:
        errand = _Errand(call)
        try:
            return cast(T, await self._done(errand))
        except asyncio.CancelledError:
            self._interrupt(errand)
            raise

    def _begin(self, first: Callable[[], T]) -> T:
        if self.is_to_begin:
            self._conn.execute("BEGIN IMMEDIATE")
            self.is_to_begin = False
        return first()

    async def settle(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Calls the function in the thread and always waits for its outcome. The deadline interrupts it."""
        errand, bounds = _Errand(partial(function, self._conn)), deadline.current()
        if bounds is None:
            return cast(T, await self._done(errand))
        bounds.check()
        interrupt = partial(self._interrupt, errand)
        bounds.call_at_end(interrupt)
        try:
            return cast(T, await self._done(errand))
        except sqlite3.OperationalError:
            bounds.check()
            raise
        finally:
            bounds.do_not_call(interrupt)

    async def _done(self, errand: _Errand) -> Any:
        return await super()._execute(errand)  # type: ignore[no-untyped-call]

    def _interrupt(self, errand: _Errand) -> None:
        """Repeats the interrupt until the errand has ended, because the thread may not have started it yet."""
        errand.is_cancelled = True
        if not errand.is_done and self._connection is not None:
            self._connection.interrupt()
            asyncio.get_running_loop().call_later(_REPEAT_INTERRUPT_SECONDS, self._interrupt, errand)

    # These are never interrupted.

    async def commit(self) -> None:
        """Runs the statements of `before_commit`, and commits. If one of them fails, it does not commit."""
        statements, self.before_commit = self.before_commit, ()

        def commit() -> None:
            for sql, parameters in statements:
                self._conn.executemany(sql, parameters)
            self._conn.commit()

        if statements and self.is_to_begin:
            await self._execute(lambda: None)
        self.is_to_begin = False
        await self._done(_Errand(commit))

    async def rollback(self) -> None:
        self.before_commit, self.is_to_begin = (), False
        await self._done(_Errand(self._conn.rollback))

    # The methods that a pool calls.

    def is_closed(self) -> bool:
        return self._connection is None

    def terminate(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()
            self.stop()
            self._connection = None

    async def recover(self) -> None:
        await self._done(_Errand(self._conn.rollback))


async def when_unlocked(run: Callable[[], Awaitable[T]]) -> T:
    """Runs a statement that takes the write lock, and retries while another process has the lock.

    SQLite itself waits only for some milliseconds each time, because its waiting can't be interrupted. Raises
    Unavailable shortly before the operation's deadline, or after 30 seconds.
    """
    ends_at = asyncio.get_running_loop().time() + longest_wait()
    pause = 0.001
    while True:
        try:
            return await run()
        except sqlite3.OperationalError as error:
            if result_code(error) != sqlite3.SQLITE_BUSY or asyncio.get_running_loop().time() >= ends_at:
                raise
        with interruptible():
            await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def longest_wait() -> float:
    bounds = deadline.current()
    left = None if bounds is None else bounds.left()
    return BUSY_TIMEOUT_MS / 1000 if left is None else max(left - _SPARE_SECONDS, 0.0)


def set_up(path: str, pragmas: Sequence[tuple[str, Any]]) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, isolation_level=None, detect_types=_TYPES)
    connection.row_factory = sqlite3.Row
    try:
        for pragma, value in pragmas:
            connection.execute(f"PRAGMA {pragma}={value}")
    except BaseException:
        connection.close()
        raise
    return connection


def give_way() -> None:
    """Lowers this thread's priority, so that the event loop's thread runs first if there are few cores.

    Only Linux has a priority for each thread.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, _READERS_NICENESS)


def _make_private(path: str) -> None:
    """Creates a missing file with access for its owner only. SQLite gives the files beside it the same mode."""
    if path != ":memory:" and not Path(path).exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
