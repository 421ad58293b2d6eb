"""A connection pool that accounts share by turns. Connections are opened when needed, and then kept."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from models.db.deadline import account_key
from models.db.fair_slots import FairSlots, Slot, limited
from models.db.task_cancelling import cancel

RECOVERY_SECONDS = 5.0
"""How long a connection may take to end a statement that was interrupted, before it is closed instead."""

_CLOSE_SECONDS = 1.0


class PooledConnection(Protocol):
    """The methods of a connection that a pool calls."""

    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def recover(self) -> None:
        """Returns once nothing runs on the connection any more, and no transaction is open."""
        ...

    async def close(self) -> None: ...


C = TypeVar("C", bound=PooledConnection)


class Pool(Generic[C]):
    """Lends at most `size` connections. A caller waits for one for at most `wait_seconds`.

    `is_fair` says whether accounts take turns, and the counts how often slow loans count (`models.db.fair_slots`).
    The account is that of the running operation's deadline.
    """

    def __init__(
        self,
        size: int,
        open: Callable[[], Awaitable[C]],
        *,
        wait_seconds: float,
        is_fair: bool = True,
        slow_count: int = 1,
        usual_count: int = 1,
    ) -> None:
        self._open = open
        self._limit = limited(wait_seconds, "All connections to the database are in use.")
        self.slots = FairSlots(size, is_fair=is_fair, slow_count=slow_count, usual_count=usual_count)
        self._idle: list[C] = []
        self._lent: dict[C, Slot] = {}
        """Maps each lent connection to the slot that it uses."""
        self._recovering: dict[asyncio.Task[None], C] = {}

    async def take(self) -> C:
        """Returns an open connection. Raises Unavailable if none is free in time, and the errors of opening one."""
        key, slots = account_key(), self.slots
        slot = slots.try_take(key) or await slots.take(key, self._limit)
        try:
            connection = self._idle_one() or await self._open()
        except BaseException:
            slots.give_back(slot)
            raise
        self._lent[connection] = slot
        return connection

    def put_back(self, connection: C) -> None:
        """Ends the loan of a connection on which nothing runs."""
        if not connection.is_closed():
            self._idle.append(connection)
        self.slots.give_back(self._lent.pop(connection))

    def recover(self, connection: C) -> None:
        """Ends the loan of a connection after a failure, once nothing runs on it any more.

        Returns at once. The account's turn lasts until then, since the statement still uses the database.
        """
        if connection.is_closed():
            self.put_back(connection)
            return
        task = asyncio.get_running_loop().create_task(self._recover(connection))
        self._recovering[task] = connection
        task.add_done_callback(self._recovering.pop)

    async def _recover(self, connection: C) -> None:
        try:
            async with asyncio.timeout(RECOVERY_SECONDS):
                await connection.recover()
        except BaseException as error:
            connection.terminate()
            if not isinstance(error, Exception):
                raise
        finally:
            self.put_back(connection)

    def abort(self) -> None:
        """Terminates all connections. The statements on them raise that their connection was lost."""
        for connection in (*self._lent, *self._idle):
            connection.terminate()

    def _idle_one(self) -> C | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def close(self) -> None:
        """Closes idle connections, and terminates those that don't recover within a second."""
        if self._recovering:
            await asyncio.wait(self._recovering, timeout=_CLOSE_SECONDS)
        await cancel(*self._recovering)
        for connection in self._idle:
            await connection.close()
        self._idle.clear()
