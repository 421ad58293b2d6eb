"""The stream of an operation's answers: the events of a subscription, or the one answer of a query or a mutation."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from graphql import ExecutionResult, OperationType

from models.db.deadline import Deadline, TemporaryFailure
from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import ActiveSubscription, Engine, Operation, RequestError, RequestErrorKind
from services.accounts.authentication import Caller
from web.http.bounds import Client, OperationBounds
from web.http.cost import CostMode, cost_extension
from web.http.errors import from_engine, refuse
from web.http.graphql_errors import ErrorWriter
from web.http.operation_log import OperationFacts
from web.http.rate_limiting import RateLimiting
from web.http.requests import GraphQLRequest

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Requester:
    """The context of an operation. `request_id` appears in the log; `base_url` is the server's address for clients."""

    caller: Caller
    request_id: str
    base_url: str
    client: Client


class PayloadStream:
    """An iterator of payloads. The caller must close it, even if it did not iterate; closing is safe to repeat.

    `headers` are further headers, for a transport that sends headers with the answer.
    """

    def __init__(
        self,
        payloads: AsyncIterator[Payload],
        headers: Mapping[str, str],
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._payloads = payloads
        self.headers = headers
        self._close = close

    def __aiter__(self) -> AsyncIterator[Payload]:
        return self._payloads

    async def aclose(self) -> None:
        if self._close is not None:
            await self._close()


class OperationStreams:
    """Runs operations for transports that can send several answers. It reads `clock` for each answer."""

    def __init__(
        self,
        engine: Engine,
        errors: ErrorWriter,
        rate_limiting: RateLimiting,
        bounds: OperationBounds,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._errors = errors
        self._rate_limiting = rate_limiting
        self._bounds = bounds
        self._clock = clock

    async def open(
        self,
        request: GraphQLRequest,
        requester: Requester,
        *,
        allow: Collection[OperationType] = tuple(OperationType),
        has_idempotency_key: bool = False,
        cost_mode: CostMode | None = None,
    ) -> PayloadStream:
        """Starts an operation, and returns its answers, which the caller must iterate and close.

        Raises HttpRefusal if it executes nothing, and ClientDisconnected. It refuses a mutation with an
        Idempotency-Key, because the server stores only whole answers.
        """
        try:
            with self._errors.as_refusals(requester.request_id):
                async with self._bounds.operation(requester.caller, requester.client) as deadline:
                    operation = await self._engine.prepared(request.query, request.operation_name)
                    facts = requester.client.facts = OperationFacts(operation, request.query, requester.request_id)
                    _check_type(operation, allow, has_idempotency_key)
                    extensions = {"extensions": cost_extension(operation, request)} if cost_mode else {}
                    if cost_mode is CostMode.VALIDATE:
                        return _once({"data": None} | extensions, {})
                    facts.cost = self._engine.check(operation, request.variables)
                    return await self._begun(operation, request, requester, deadline, extensions)
        except RequestError as refused:
            raise from_engine(refused) from None

    async def _begun(
        self,
        operation: Operation,
        request: GraphQLRequest,
        requester: Requester,
        deadline: Deadline,
        extensions: Payload,
    ) -> PayloadStream:
        context = self._context(requester)
        headers = await self._rate_limiting.count(operation, caller=requester.caller, now=context.now)
        deadline.has_written = False  # counting a call does not change the account's data
        if operation.type is not OperationType.SUBSCRIPTION:
            result = await self._engine.run(operation, variables=request.variables, context=context)
            is_query = operation.type is OperationType.QUERY
            payload = self._payload(result, requester, is_query=is_query, has_written=deadline.has_written)
            return _once(payload | extensions, headers)
        begun = await self._engine.subscribe(operation, variables=request.variables, context=context)
        if isinstance(begun, ActiveSubscription):
            return PayloadStream(self._events(begun, requester, extensions), headers, begun.close)
        return _once({"errors": self._errors.written(begun, request_id=requester.request_id)} | extensions, headers)

    async def _events(
        self, subscription: ActiveSubscription, requester: Requester, extensions: Payload
    ) -> AsyncIterator[Payload]:
        bounds = partial(self._bounds.operation, requester.caller, requester.client, is_refusable=False)
        async for result in subscription.results(lambda: self._context(requester), bounds):
            requester.client.check()
            yield self._event(result, requester) | extensions

    def _event(self, result: ExecutionResult, requester: Requester) -> Payload:
        """Returns an event's payload. An event that fails does not end the subscription."""
        try:
            return self._payload(result, requester)
        except TemporaryFailure as failure:
            return {"data": None, "errors": self._errors.refusal(failure, request_id=requester.request_id).errors}

    def _payload(self, result: ExecutionResult, requester: Requester, **known: bool) -> Payload:
        """Returns the payload of a result. `known` is passed to ErrorWriter.written.

        Raises the temporary failure that replaces the whole answer, if there is one.
        """
        if not result.errors:
            return {"data": result.data}
        return {"data": result.data, "errors": self._errors.written(result, request_id=requester.request_id, **known)}

    def _context(self, requester: Requester) -> Context:
        return Context(
            caller=requester.caller,
            now=self._clock(),
            request_id=requester.request_id,
            loaders=LOADERS,
            base_url=requester.base_url,
        )


def _check_type(operation: Operation, allow: Collection[OperationType], has_idempotency_key: bool) -> None:
    if operation.type not in allow:
        raise RequestError(RequestErrorKind.NOT_ALLOWED, [])
    if has_idempotency_key and operation.type is OperationType.MUTATION:
        raise refuse(400, "An Idempotency-Key needs a POST with a single answer, not events or a WebSocket.")


def _once(payload: Payload, headers: Mapping[str, str]) -> PayloadStream:
    async def payloads() -> AsyncIterator[Payload]:
        yield payload

    return PayloadStream(payloads(), headers)
