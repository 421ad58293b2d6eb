"""What bounds a running operation: its token's slot, its deadline, and its client's patience."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

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
        """Interrupts what runs for the client, in the database as well. Returns whether anything does.

        The operation then ends by itself with ClientDisconnected. A COMMIT that is on its way is not interrupted.
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

    @contextmanager
    def waiting(self, deadline: Deadline) -> Iterator[None]:
        """The client waits for what runs inside. Raises ClientDisconnected if it has left before."""
        self.check()
        self._deadline = deadline
        try:
            yield
        finally:
            self._deadline = None


class Bounds:
    """The bounds of all operations. `seconds` is the deadline of each."""

    def __init__(self, seconds: float, concurrency: Concurrency) -> None:
        self._seconds = seconds
        self._concurrency = concurrency

    @asynccontextmanager
    async def operation(self, caller: Caller, client: Client, *, is_refusable: bool = True) -> AsyncIterator[Deadline]:
        """Runs what is inside in a slot of the caller's token and within a deadline.

        The deadline does not include the wait for the slot, which has a limit of its own. Raises HttpRefusal with 429,
        unless it is not refusable, and ClientDisconnected.
        """
        token_id, account_id = caller.token_id, caller.account_id
        if not self._concurrency.take(token_id):
            with Deadline(None, account_id=account_id) as queued, client.waiting(queued):
                await self._concurrency.wait_for(token_id, is_refusable=is_refusable)
        try:
            with Deadline(self._seconds, account_id=account_id) as deadline, client.waiting(deadline):
                yield deadline
        finally:
            self._concurrency.give_back(token_id)


@contextmanager
def watching(receive: Receive | bytes, client: Client) -> Iterator[None]:
    """Notices it if an ASGI client disconnects while what is inside runs. Its body must have been read before.

    A body that is bytes came without ASGI: its protocol watches the connection.
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
