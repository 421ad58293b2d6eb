"""The state of an application: its connected database, and what its services keep in memory.

`database.connect` makes one for each lifespan. Requests, jobs and background tasks find it by a context variable, so
that several applications can run in one process. Their databases must be of the same kind, because Tortoise builds the
queries of a model for one kind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any, Generic, TypeVar

from tortoise.context import TortoiseContext

T = TypeVar("T")


class Application:
    """The state of one application."""

    __slots__ = ("_parts", "_previous", "client", "engine", "has_written", "is_distributed", "is_postgres", "tortoise")

    def __init__(self, tortoise: TortoiseContext, *, client: Any, engine: Any, is_postgres: bool) -> None:
        self.tortoise = tortoise
        self.client = client
        """Tortoise's client outside transactions. Getting it from Tortoise would take as long as some statements."""
        self.engine = engine
        """The module models.db.sqlite.engine or models.db.postgres.engine."""
        self.is_postgres = is_postgres
        self.is_distributed = False
        """Whether the tables are distributed on a Citus cluster. The first connection finds it out.

        Statements of their own then read the ids of transactions.
        """
        self.has_written = False
        """Whether a request has committed something since somebody has last set this to False."""
        self._parts: dict[PerApplication[Any], Any] = {}
        self._previous = _current.get(None)

    def enter(self) -> None:
        """Makes this the application of the running task, and of the tasks that it creates from now on."""
        _current.set(self)
        self.tortoise.__enter__()

    def leave(self) -> None:
        """Makes the application that ran before this one the application of the running task again."""
        if self._previous is not None:
            self._previous.enter()


class PerApplication(Generic[T]):
    """A part of the state: `callers = PerApplication(CallerCache)`; then `callers()` is the running application's.

    The first call in an application makes its part.
    """

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    def __call__(self) -> T:
        parts = _current.get()._parts
        try:
            return parts[self]  # type: ignore[no-any-return]  # the part that this object has made
        except KeyError:
            part = parts[self] = self._make()
            return part


_current: ContextVar[Application] = ContextVar("application")

current = _current.get
"""Returns the application of the running task. Raises LookupError outside applications."""


def probe() -> Callable[[float], Awaitable[bool]] | None:
    """Returns the function that tells whether the database server answers within a number of seconds.

    Returns None on SQLite and outside applications.
    """
    application = _current.get(None)
    return application.client.answers if application is not None and application.is_postgres else None


def create_detached_task(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Runs the work in the same application, but outside the caller's transaction and deadline."""
    context = Context()
    context.run(current().enter)
    return asyncio.get_running_loop().create_task(work, context=context)
