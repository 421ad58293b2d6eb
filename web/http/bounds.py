"""The bounds of a running operation: the slot of its token, its deadline, and the connection of its client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from starlette.types import Receive

from models.db.deadline import ClientDisconnected, Deadline
from services.accounts.authentication import Caller
from web.http.concurrency import Concurrency
from web.http.operation_log import OperationFacts


class Client:
    """The client that waits for the response to one operation. Its transport calls `leave` when it disconnects."""

    __slots__ = ("_deadline", "address", "caller", "facts", "has_left")

    def __init__(self, address: str = "") -> None:
        self.has_left = False
        self.address = address
        """The address that the connection comes from; empty if the transport does not know it."""
        self.caller: Caller | None = None
        self.facts: OperationFacts | None = None
        """What the log says about the operation, once it is parsed."""
        self._deadline: Deadline | None = None

    def leave(self) -> bool:
        """Interrupts the client's operation, including its database statement. Returns False if none is running.

        The operation then raises ClientDisconnected. A running COMMIT is not interrupted.
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
        """Sets the deadline of the client's running operation; None if none is running."""
        self._deadline = deadline


class OperationBounds:
    """The bounds of all operations.

    `seconds` is the deadline of each operation, `max_characters` limits the long texts that it reads. The log has a
    line about operations that take `slow_seconds`.
    """

    def __init__(
        self,
        seconds: float,
        concurrency: Concurrency,
        *,
        max_characters: int | None = None,
        slow_seconds: float = 1.0,
    ) -> None:
        self.seconds = seconds
        self.max_characters = max_characters
        self.slow_seconds = slow_seconds
        self.concurrency = concurrency

    def operation(self, caller: Caller, client: Client, *, is_refusable: bool = True) -> "RunningOperation":
        """Returns an async context manager that runs its block in a slot of the caller's token and within a deadline.

        It returns the deadline. The deadline does not include the wait for the slot, which has a separate limit. Raises
        ClientDisconnected, and HttpRefusal with 429 unless `is_refusable` is False.
        """
        return RunningOperation(self, caller, client, is_refusable)


class RunningOperation:
    """An operation that has a slot. A class is faster than a generator function, and every request makes one."""

    __slots__ = ("_bounds", "_caller", "_client", "_deadline", "_is_refusable")

    def __init__(self, bounds: OperationBounds, caller: Caller, client: Client, is_refusable: bool) -> None:
        self._bounds = bounds
        self._caller = caller
        self._client = client
        self._is_refusable = is_refusable

    async def __aenter__(self) -> Deadline:
        concurrency, token_id = self._bounds.concurrency, self._caller.token_id
        self._client.check()
        if not concurrency.take(token_id):
            await self._slot()
        self._deadline = Deadline(
            self._bounds.seconds, account_id=self._caller.account_id, max_characters=self._bounds.max_characters
        )
        self._client.waits_for(self._deadline)
        return self._deadline.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.waits_for(None)
        self._deadline.__exit__(kind, error, trace)
        if self._client.facts is not None and self._deadline.used() >= self._bounds.slow_seconds:
            self._client.facts.log_slow(self._caller, self._deadline)
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
    """Calls `client.leave` if an ASGI client disconnects while the block runs. The body must have been read before.

    If `receive` is bytes, the request did not use ASGI, and its protocol watches the connection.
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
