"""Wraps the calls of a database driver. `failure` maps a driver's exception to Muster's; None keeps the driver's."""

from collections.abc import Callable
from types import TracebackType

from models.db.deadline import StatementEnd, interruptible

Failure = Callable[[BaseException], Exception | None]


class statement(interruptible):  # noqa: N801  # used like a function
    """`with statement(failure):` is interrupted by the operation's deadline, and raises Muster's exceptions.

    Calls `ended` when the statement has ended.
    """

    __slots__ = ("_ended", "_failure")

    def __init__(self, failure: Failure, ended: StatementEnd | None = None) -> None:
        self._failure = failure
        self._ended = ended

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ended is not None:
            self._ended(error)
        interruptible.__exit__(self, kind, error, trace)
        if error is not None and (other := self._failure(error)) is not None:
            raise other from error


class translated:  # noqa: N801  # used like a function
    """Raises Muster's exceptions for a driver's, and interrupts nothing. Calls `ended` when the statement has ended."""

    __slots__ = ("_ended", "_failure")

    def __init__(self, failure: Failure, ended: StatementEnd | None = None) -> None:
        self._failure = failure
        self._ended = ended

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ended is not None:
            self._ended(error)
        if isinstance(error, Exception) and (other := self._failure(error)) is not None:
            raise other from error
