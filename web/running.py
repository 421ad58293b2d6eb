"""The bounds of a running operation: its token's slot, its deadline, and its client's connection."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from starlette.types import Receive

from models.deadline import ClientDisconnected, Deadline
from services.authentication import Caller
from web.concurrency import Concurrency


class Client:
    """The client that waits for the answer to one operation. Its transport calls `leave` when it disconnects."""

    __slots__ = ("_deadline", "has_left")

    def __init__(self) -> None:
        self.has_left = False
        self._deadline: Deadline | None = None

    def leave(self) -> bool:
        """Interrupts the client's operation, in the database as well. Returns whether one was running.

        The operation then raises ClientDisconnected. A COMMIT that has begun is not interrupted.
        """
        self.has_left = True
        if self._deadline is None:
            return False
        self._deadline.end(ClientDisconnected())
        return True

    def check(self) -> None:
        """Raises ClientDisconnected if the client has left."""
        if self.has_left:
            raise ClientDisconnected

    def waits_for(self, deadline: Deadline | None) -> None:
        """Sets the deadline of the operation that the client waits for; None if no operation runs."""
        self._deadline = deadline


class Bounds:
    """The bounds of all operations. `seconds` is the deadline of each."""

    def __init__(self, seconds: float, concurrency: Concurrency) -> None:
        self.seconds = seconds
        self.concurrency = concurrency

    def operation(self, caller: Caller, client: Client, *, is_refusable: bool = True) -> "RunningOperation":
        """Returns a context that runs its block in a slot of the caller's token, and gives the block's deadline.

        The deadline does not include the wait for the slot, which has its own limit. Raises ClientDisconnected, and
        with `is_refusable` also HttpRefusal with 429.
        """
        return RunningOperation(self, caller, client, is_refusable)


class RunningOperation:
    """An operation while it has a slot. A class is faster than a generator, and every request makes one."""

    __slots__ = ("_bounds", "_caller", "_client", "_deadline", "_is_refusable")

    def __init__(self, bounds: Bounds, caller: Caller, client: Client, is_refusable: bool) -> None:
        self._bounds = bounds
        self._caller = caller
        self._client = client
        self._is_refusable = is_refusable

    async def __aenter__(self) -> Deadline:
        concurrency, token_id = self._bounds.concurrency, self._caller.token_id
        self._client.check()
        if not concurrency.take(token_id):
            await self._slot()
        self._deadline = Deadline(self._bounds.seconds, account_id=self._caller.account_id)
        self._client.waits_for(self._deadline)
        return self._deadline.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.waits_for(None)
        self._deadline.__exit__(kind, error, trace)
        self._bounds.concurrency.give_back(self._caller.token_id)

    async def _slot(self) -> None:
        with Deadline(None, account_id=self._caller.account_id) as queued:
            self._client.waits_for(queued)
            try:
                await self._bounds.concurrency.wait_for(self._caller.token_id, is_refusable=self._is_refusable)
            finally:
                self._client.waits_for(None)


@contextmanager
def watching(receive: Receive | bytes, client: Client) -> Iterator[None]:
    """Watches whether an ASGI client disconnects while the block runs. Its body must have been read before.

    A body in bytes came by the fast path, whose protocol watches the connection.
    """
    if isinstance(receive, bytes):
        yield
        return
    watch = asyncio.create_task(_leave_with(receive, client))
    try:
        yield
    finally:
        watch.cancel()


async def _leave_with(receive: Receive, client: Client) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.leave()
