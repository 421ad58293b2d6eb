"""The bounds of a running operation: the slot of its token, its deadline, and the connection of its client."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import Protocol

from graphql import OperationType
from starlette.types import Receive

from models.db.application import current
from models.db.deadline import ClientDisconnected, Deadline, StatementEnd, shared_timer
from models.db.replicas import replicas
from schema.execution import Operation
from services.accounts.authentication import Caller
from services.events.actor import set_actor
from web.http.concurrency import Concurrency, Turn
from web.http.loop_turns import LoopTurns
from web.http.operation_log import OperationFacts, Outcome, outcome_of


class Client:
    """The client that waits for the response to one operation. Its transport calls `leave` when it disconnects."""

    __slots__ = ("_work", "address", "caller", "facts", "has_left", "traceparent")

    def __init__(self, address: str = "") -> None:
        self.has_left = False
        self.address = address
        """The client's address, also behind a trusted proxy; empty if the transport does not know it."""
        self.caller: Caller | None = None
        self.facts: OperationFacts | None = None
        """What the log says about the operation, once it is parsed."""
        self.traceparent: bytes | None = None
        """The request's traceparent header, which names the trace of the client."""
        self._work: Deadline | Turn | None = None

    def leave(self) -> bool:
        """Interrupts the client's operation, including its database statement. Returns False if none is running.

        The operation then raises ClientDisconnected. A running COMMIT is not interrupted.
        """
        self.has_left = True
        if self._work is None:
            return False
        self._work.end(ClientDisconnected())
        return True

    def check(self) -> None:
        """Raises ClientDisconnected if the client has left."""
        if self.has_left:
            raise ClientDisconnected

    def waits_for(self, work: Deadline | Turn | None) -> None:
        """Sets what the client waits for: its running operation, or its turn to run; None for nothing."""
        self._work = work


class Observer(Protocol):
    """Receives each operation that has ended. `facts` is None if its text is not a valid operation."""

    def note(self, facts: OperationFacts | None, deadline: Deadline, outcome: Outcome) -> None: ...


class Trace(Protocol):
    """The trace of an operation. `statement` begins the span of a statement, and returns the function that ends it."""

    def statement(self, sql: str) -> StatementEnd: ...
    def end(self, caller: Caller, facts: OperationFacts | None, deadline: Deadline, outcome: Outcome) -> None: ...


class OperationBounds:
    """The bounds of all operations.

    `seconds` is the deadline of each operation, `max_characters` limits the long texts that it reads. The log has a
    line about operations that take `slow_seconds`. Queries with a root field of `from_primary` use no replica.
    """

    def __init__(
        self,
        seconds: float,
        concurrency: Concurrency,
        *,
        max_characters: int | None = None,
        slow_seconds: float = 1.0,
        from_primary: Collection[str] = (),
    ) -> None:
        self.seconds = seconds
        self.timer = shared_timer(seconds)
        self.max_characters = max_characters
        self.slow_seconds = slow_seconds
        self.concurrency = concurrency
        self.loop_turns = LoopTurns()
        self._from_primary = frozenset(from_primary)
        self.observer: Observer | None = None
        """The server's metrics, if they are on."""
        self.begin_trace: Callable[[bytes | None], Trace | None] | None = None
        """Begins a trace with the traceparent header of the client, if traces are on."""

    def operation(
        self, caller: Caller, client: Client, request_id: str | None = None, *, is_refusable: bool = True
    ) -> "RunningOperation":
        """Returns an async context manager that runs its block in a slot of the caller's token and within a deadline.

        It returns the deadline. The deadline does not include the wait for the slot, which has a separate limit. Raises
        ClientDisconnected, and HttpRefusal with 429 unless `is_refusable` is False.
        """
        return RunningOperation(self, caller, client, request_id, is_refusable)

    async def choose_server(self, operation: Operation, caller: Caller, deadline: Deadline) -> None:
        """Lets a query read from a replica that has all writes of the account, if there is one."""
        used = replicas()
        if not used.all or operation.type is not OperationType.QUERY:
            return
        if self._from_primary.isdisjoint(field.name for field in operation.root_fields):
            deadline.reads = await used.reads(caller.account_id)


class RunningOperation:
    """An operation that has a slot. A class is faster than a generator function, and every request makes one."""

    __slots__ = ("_bounds", "_caller", "_client", "_deadline", "_is_refusable", "_request_id", "_trace")

    def __init__(
        self, bounds: OperationBounds, caller: Caller, client: Client, request_id: str | None, is_refusable: bool
    ) -> None:
        self._bounds = bounds
        self._caller = caller
        self._client = client
        self._request_id = request_id
        self._is_refusable = is_refusable
        self._trace: Trace | None = None

    async def __aenter__(self) -> Deadline:
        bounds, caller, client = self._bounds, self._caller, self._client
        set_actor(caller.user_id, caller.token_id, request_id=self._request_id, address=client.address or None)
        client.check()
        if not bounds.concurrency.take(caller.token_id):
            await self._slot()
        self._deadline = Deadline(
            bounds.seconds,
            account_id=caller.settings.account_id,
            max_characters=bounds.max_characters,
            timer=bounds.timer,
        )
        client.waits_for(self._deadline)
        if bounds.begin_trace is not None and (trace := bounds.begin_trace(client.traceparent)):
            self._trace, self._deadline.on_statement = trace, trace.statement
        return self._deadline.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.waits_for(None)
        self._deadline.__exit__(kind, error, trace)
        if self._deadline.has_written:
            current().has_written = True
        if self._client.facts is not None and self._deadline.used() >= self._bounds.slow_seconds:
            self._client.facts.log_slow(self._caller, self._deadline)
        if self._bounds.observer is not None or self._trace is not None:
            self._note(error)
        self._bounds.concurrency.give_back(self._caller.token_id)

    def _note(self, error: BaseException | None) -> None:
        """Tells the metrics and the trace that the operation has ended."""
        facts = self._client.facts
        answered = Outcome.OK if facts is None else facts.outcome
        outcome = answered if error is None else outcome_of(error)
        if self._bounds.observer is not None and self._is_refusable:  # the events of a subscription are not operations
            self._bounds.observer.note(facts, self._deadline, outcome)
        if self._trace is not None:
            self._trace.end(self._caller, facts, self._deadline, outcome)

    async def _slot(self) -> None:
        concurrency, token_id, turn = self._bounds.concurrency, self._caller.token_id, Turn()
        self._client.waits_for(turn)
        try:
            await concurrency.wait_for(token_id, turn, is_refusable=self._is_refusable)
        finally:
            self._client.waits_for(None)
        if self._client.has_left:
            concurrency.give_back(token_id)
            raise ClientDisconnected


_PROTOCOL_WATCHES = nullcontext()


def watching(receive: Receive | bytes, client: Client) -> AbstractContextManager[None]:
    """Calls `client.leave` if an ASGI client disconnects while the block runs. The body must have been read before.

    If `receive` is bytes, the request did not use ASGI, and its protocol watches the connection.
    """
    return _PROTOCOL_WATCHES if isinstance(receive, bytes) else _watching(receive, client)


@contextmanager
def _watching(receive: Receive, client: Client) -> Iterator[None]:
    watch = asyncio.create_task(_leave_with(receive, client))
    try:
        yield
    finally:
        watch.cancel()


async def _leave_with(receive: Receive, client: Client) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.leave()
