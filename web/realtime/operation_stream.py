"""The stream of an operation's answers: the events of a subscription, or the one answer of a query or a mutation."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from graphql import ExecutionResult, OperationType

from models.db.deadline import ClientDisconnected, Deadline, TemporaryFailure
from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import ActiveSubscription, Engine, Operation, RequestError, RequestErrorKind
from services.accounts.authentication import Caller
from services.accounts.usage import usage
from web.documents.lookup import DocumentLookup
from web.http.bounds import Client, OperationBounds
from web.http.cost_header import CostMode, cost_extension
from web.http.errors import HttpRefusal, from_engine, refuse
from web.http.graphql_errors import ErrorWriter, outcome_with
from web.http.operation_log import OperationFacts
from web.http.rate_limiting import RateLimiting
from web.http.requests import GraphQLRequest

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Requester:
    """The context of an operation. `request_id` appears in the log; `base_url` is the server's address for clients.

    `caller` returns the caller as it is now. It is called for the operation and for each event of a subscription.
    """

    caller: Callable[[], Awaitable[Caller]]
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
        documents: DocumentLookup,
        errors: ErrorWriter,
        rate_limiting: RateLimiting,
        bounds: OperationBounds,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._documents = documents
        self._errors = errors
        self._rate_limiting = rate_limiting
        self._bounds = bounds
        self._clock = clock
        self.subscriptions: set[ActiveSubscription] = set()
        """The running subscriptions."""

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
                caller = await requester.caller()
                async with self._bounds.operation(caller, requester.client, requester.request_id) as deadline:
                    operation = await self._documents.prepared(request, caller)
                    facts = requester.client.facts = OperationFacts(
                        operation, request.query, requester.request_id, is_trusted=request.is_trusted
                    )
                    _check_type(operation, allow, has_idempotency_key)
                    extensions = {"extensions": cost_extension(operation, request)} if cost_mode else {}
                    if cost_mode is CostMode.VALIDATE:
                        return _once({"data": None} | extensions, {})
                    cost = facts.cost = self._engine.check(operation, request.variables)
                    return await self._begun(operation, request, requester, caller, deadline, extensions, cost)
        except RequestError as refused:
            raise from_engine(refused) from None

    async def _begun(
        self,
        operation: Operation,
        request: GraphQLRequest,
        requester: Requester,
        caller: Caller,
        deadline: Deadline,
        extensions: Payload,
        cost: int,
    ) -> PayloadStream:
        context = self._context(requester, caller)
        usage().note_request(caller.account_id, now=context.now)
        headers = await self._rate_limiting.count(operation, caller=caller, now=context.now)
        deadline.has_written = False  # counting a call does not change the account's data
        if operation.type is not OperationType.SUBSCRIPTION:
            await self._bounds.choose_server(operation, caller, deadline)
            work = self._engine.run(operation, variables=request.variables, context=context)
            result = await self._bounds.loop_turns.run(work, cost=cost, account=caller.account_id)
            is_query = operation.type is OperationType.QUERY
            payload = self._payload(result, requester, is_query=is_query, has_written=deadline.has_written)
            return _once(payload | extensions, headers)
        begun = await self._engine.subscribe(operation, variables=request.variables, context=context)
        if isinstance(begun, ActiveSubscription):
            self.subscriptions.add(begun)
            return PayloadStream(self._events(begun, requester, caller, extensions), headers, partial(self._end, begun))
        errors = self._payload(begun, requester)["errors"]
        return _once({"errors": errors} | extensions, headers)

    async def _end(self, subscription: ActiveSubscription) -> None:
        self.subscriptions.discard(subscription)
        await subscription.close()

    async def _events(
        self, subscription: ActiveSubscription, requester: Requester, caller: Caller, extensions: Payload
    ) -> AsyncIterator[Payload]:
        @asynccontextmanager
        async def bounds() -> AsyncIterator[None]:
            nonlocal caller
            try:
                caller = await requester.caller()
            except HttpRefusal:  # the connection now ends with the reason
                requester.client.leave()
                raise ClientDisconnected from None
            except TemporaryFailure:
                pass  # the event itself can still succeed, and the token is checked again in two seconds
            async with self._bounds.operation(caller, requester.client, is_refusable=False):
                yield

        async for result in subscription.results(lambda: self._context(requester, caller), bounds):
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
        errors = self._errors.written(result, request_id=requester.request_id, **known)
        if requester.client.facts is not None:
            requester.client.facts.outcome = outcome_with(errors)
        return {"data": result.data, "errors": errors}

    def _context(self, requester: Requester, caller: Caller) -> Context:
        return Context(
            caller=caller,
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
