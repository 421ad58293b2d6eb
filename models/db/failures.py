"""Wraps the calls of a database driver. `failure` maps a driver's exception to Muster's; None keeps the driver's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from models.db.deadline import interruptible

Failure = Callable[[BaseException], Exception | None]


class statement(interruptible):  # noqa: N801  # used like a function
    """`with statement(failure):` is interrupted by the operation's deadline, and raises Muster's exceptions."""

    __slots__ = ("_failure",)

    def __init__(self, failure: Failure) -> None:
        self._failure = failure

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is not None and (other := self._failure(error)) is not None:
            raise other from error


@contextmanager
def translated(failure: Failure) -> Iterator[None]:
    """Raises Muster's exceptions for a driver's, and interrupts nothing."""
    try:
        yield
    except Exception as error:
        if (other := failure(error)) is not None:
            raise other from error
        raise
