"""Deadlines: the time that an operation may take, and the account whose turn it uses.

The server enters a `Deadline` for each operation of a request, for each event of a subscription and for each job. The
database layer finds it by a context variable. A deadline ends when its time is up or when its client disconnects. The
server then stops the running statement, in the database as well, and every later statement of the operation raises the
same exception. A COMMIT is never interrupted: it either succeeds or raises.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from itertools import chain
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

from models.db import application
from models.db.sharing import SharedTimer


class TemporaryFailure(Exception):
    """The operation failed for a temporary reason. Nothing was written, and nothing will be."""


class Unavailable(TemporaryFailure):
    """The database can't be reached, does not answer, is busy, or accepts no writes at the moment."""


class StorageFull(Unavailable):
    """The disk of the database, or of uploaded files, is full."""


class DeadlineExceeded(TemporaryFailure):
    """The operation took longer than its deadline allows."""


class TooMuchText(TemporaryFailure):
    """The operation read more text from the database than one answer may have."""


class ClientDisconnected(TemporaryFailure):
    """The client disconnected before it got an answer."""


class ResultUnknown(Exception):
    """The connection was lost during a COMMIT, or during a write outside a transaction: it may have been written."""


StatementEnd = Callable[[BaseException | None], None]
"""Called when a statement has ended, with the exception that it raised."""


class Reads(Protocol):
    """Runs reading statements on a replica."""

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Any]: ...


OnStatement = Callable[[str], StatementEnd]

_PROBE_SECONDS = 3.0
_PROBE_SHARE = 0.5


class Deadline:
    """`with Deadline(10.0, account_id=…):` bounds the work inside, on the running event loop.

    `seconds` is None for work that is not bounded as a whole, such as a job. `statement_seconds` bounds each statement
    in the database itself, in case this process is frozen; by default it is a second more than `seconds`.
    `max_characters` limits the texts that `count_characters` counts; None for no limit. `timer` is the timer that
    deadlines of the same length share (`shared_timer`); None for one of its own.
    """

    __slots__ = (
        "_callbacks",
        "_characters",
        "_loop",
        "_probing",
        "_reason",
        "_seconds",
        "_shared_timer",
        "_timer",
        "_token",
        "_waiting",
        "account_id",
        "ends_at",
        "has_written",
        "max_characters",
        "on_statement",
        "reads",
        "statement_count",
        "statement_seconds",
    )

    def __init__(
        self,
        seconds: float | None,
        *,
        account_id: UUID | None = None,
        statement_seconds: float | None = None,
        max_characters: int | None = None,
        timer: "SharedTimer[Deadline] | None" = None,
    ) -> None:
        self.account_id = account_id
        self.statement_seconds = seconds + 1 if statement_seconds is None and seconds is not None else statement_seconds
        self.has_written = False
        """True once something was committed inside."""
        self.statement_count = 0
        """The number of statements that were run inside, without those that begin and end transactions."""
        self.on_statement: OnStatement | None = None
        """Called with the text of each statement inside."""
        self.ends_at: float | None = None
        """On the event loop's clock."""
        self.max_characters = max_characters
        self.reads: Reads | None = None
        """Runs the reading statements outside transactions, if a replica may answer them."""
        self._characters = 0
        self._seconds = seconds
        self._reason: TemporaryFailure | None = None
        self._waiting: dict[asyncio.Task[Any], bool] = {}
        """Maps each task that can be interrupted to whether it was."""
        self._callbacks: set[Callable[[], None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shared_timer = timer
        self._timer: asyncio.TimerHandle | None = None
        self._probing: asyncio.Task[None] | None = None
        self._token: Token[Deadline | None] | None = None

    def __enter__(self) -> Self:
        loop = self._loop = asyncio.get_running_loop()
        if self._seconds is not None:
            self.ends_at = loop.time() + self._seconds
            if self._shared_timer is not None:
                self._shared_timer.add(self)
            else:
                self._timer = loop.call_at(self.ends_at - _early(self._seconds), self.probe)
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shared_timer is not None:
            self._shared_timer.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._probing is not None:
            self._probing.cancel()
        assert self._token is not None
        _current.reset(self._token)

    @property
    def has_ended(self) -> bool:
        return self._reason is not None

    def left(self) -> float | None:
        """Returns the remaining seconds, at least 0; None without a limit."""
        if self.ends_at is None or self._loop is None:
            return None
        return max(self.ends_at - self._loop.time(), 0.0)

    def used(self) -> float:
        """Returns the seconds since the start, without the excluded ones; 0 without a limit."""
        if self.ends_at is None or self._loop is None or self._seconds is None:
            return 0.0
        return self._seconds - (self.ends_at - self._loop.time())

    def check(self) -> None:
        """Raises the reason if the deadline has ended."""
        if self._reason is not None:
            raise self._reason.with_traceback(None)

    def end(self, reason: TemporaryFailure) -> None:
        """Interrupts the operation. Only the first call has an effect."""
        if self._reason is not None:
            return
        self._reason = reason
        for task in self._waiting:
            self._waiting[task] = True
            task.cancel()
        for callback in tuple(self._callbacks):
            callback()

    def count_characters(self, number: int) -> None:
        """Adds characters that the operation has read. Ends it, and raises TooMuchText, if they are too many."""
        self._characters += number
        if self.max_characters is not None and self._characters > self.max_characters:
            self.end(TooMuchText(f"The operation read more than {self.max_characters} characters."))
            self.check()

    def call_at_end(self, callback: Callable[[], None]) -> None:
        """Calls the callback if the deadline ends before `do_not_call`.

        For work that has to finish, but can be sped up.
        """
        self._callbacks.add(callback)

    def do_not_call(self, callback: Callable[[], None]) -> None:
        self._callbacks.discard(callback)

    def exclude(self, seconds: float) -> None:
        """Extends the deadline by time that was spent waiting on purpose, for example for a job to end."""
        if self.ends_at is not None:
            self.ends_at += seconds

    def _expire(self) -> None:
        if self._is_early(0.0, self._expire):
            return
        self.end(DeadlineExceeded("The operation took too long."))

    def probe(self) -> None:
        """Begins the last part of the deadline: asks whether the database server answers at all, and waits for the end.

        The timer calls it.
        """
        assert self._loop is not None
        assert self._seconds is not None
        early = _early(self._seconds)
        if self._is_early(early, self.probe):
            return
        assert self.ends_at is not None
        self._timer = self._loop.call_at(self.ends_at, self._expire)
        if application.probe() is not None:
            self._probing = self._loop.create_task(self._end_if_unavailable(early * 0.8))

    async def _end_if_unavailable(self, seconds: float) -> None:
        probe = application.probe()
        if probe is not None and not await probe(seconds):
            self.end(Unavailable("The database does not answer."))

    def _is_early(self, by: float, callback: Callable[[], None]) -> bool:
        """Returns whether the time was extended after the timer was set, and then sets the timer again."""
        assert self._loop is not None
        assert self.ends_at is not None
        due = self.ends_at - by
        if self._loop.time() >= due - 0.001:
            return False
        self._timer = self._loop.call_at(due, callback)
        return True


def _early(seconds: float) -> float:
    """Returns the length of the last part of a deadline."""
    return min(_PROBE_SECONDS, seconds * _PROBE_SHARE)


def shared_timer(seconds: float) -> SharedTimer[Deadline]:
    """Returns a timer that deadlines of this length share."""
    return SharedTimer(seconds - _early(seconds), Deadline.probe)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current() -> Deadline | None:
    """Returns the deadline of the running operation; None outside one."""
    return _current.get()


def account_key() -> UUID | None:
    """Returns the account whose turn the running operation uses; None for the server's own work."""
    deadline = _current.get()
    return None if deadline is None else deadline.account_id


def note_written() -> None:
    """Notes that the running operation has committed something."""
    if (bounds := current()) is not None:
        bounds.has_written = True


class interruptible:  # noqa: N801  # used like a function: with interruptible(): …
    """Interrupts the awaits inside when the running operation's deadline ends.

    Raises the reason of the deadline, at once if the deadline has ended before. Outside a deadline it does nothing.
    """

    __slots__ = ("_cancelling", "_deadline", "_task")

    def __enter__(self) -> None:
        deadline = self._deadline = _current.get()
        self._task: asyncio.Task[Any] | None = None
        if deadline is None:
            return
        if deadline._reason is not None:
            deadline.check()
        task = asyncio.current_task(deadline._loop)
        if task is not None and task not in deadline._waiting:
            self._task = task
            self._cancelling = task.cancelling()
            deadline._waiting[task] = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, deadline = self._task, self._deadline
        if task is None or deadline is None:
            return
        if deadline._waiting.pop(task) and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            deadline.check()


def characters(value: Any) -> int:
    """Returns the number of characters of the texts in a value of a row."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(characters, chain.from_iterable(value.items())))
    return sum(map(characters, value)) if isinstance(value, list) else 0
