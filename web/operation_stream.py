"""An operation's answers one after another: the events of a subscription, or a query's or a mutation's one answer."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import ExecutionResult, OperationType

from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import Engine, Refusal, RequestError, Subscription
from services.authentication import Caller
from web.failures import ErrorWriter
from web.rate_limiting import RateLimiting
from web.refusals import from_engine, refuse
from web.requests import GraphQLRequest

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and under which id what happens is found in the log. `base_url` is how the server was reached."""

    caller: Caller
    request_id: str
    base_url: str


class Answers:
    """Payloads, one after another. Closing is needed whether or not they were iterated, and safe to repeat.

    `headers` are for an answer that has some of its own.
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
    """Runs operations for the transports that can answer more than once. `clock` is read for each answer."""

    def __init__(
        self, engine: Engine, errors: ErrorWriter, rate_limiting: RateLimiting, *, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._errors = errors
        self._rate_limiting = rate_limiting
        self._clock = clock

    async def open(
        self,
        request: GraphQLRequest,
        asking: Asking,
        *,
        allow: Collection[OperationType] = tuple(OperationType),
        has_idempotency_key: bool = False,
    ) -> Answers:
        """What is answered, to be iterated and closed by the caller. Raises HttpRefusal where nothing is executed.

        A mutation under an Idempotency-Key is refused: what is kept are whole answers.
        """
        try:
            operation = await self._engine.prepared(request.query, request.operation_name)
            if operation.type not in allow:
                raise RequestError(Refusal.NOT_ALLOWED, [])
            if has_idempotency_key and operation.type is OperationType.MUTATION:
                raise refuse(400, "An Idempotency-Key is for a POST that is answered whole, not by events or a socket.")
            context = self._context(asking)
            headers = await self._rate_limiting.count(operation, caller=asking.caller, now=context.now)
            if operation.type is not OperationType.SUBSCRIPTION:
                result = await self._engine.run(operation, variables=request.variables, context=context)
                return _once(self._payload(result, asking), headers)
            begun = await self._engine.subscribe(operation, variables=request.variables, context=context)
        except RequestError as refused:
            raise from_engine(refused) from None
        if isinstance(begun, Subscription):
            return Answers(self._events(begun, asking), headers, begun.close)
        return _once({"errors": self._errors.written(begun, request_id=asking.request_id)}, headers)

    async def _events(self, subscription: Subscription, asking: Asking) -> AsyncIterator[Payload]:
        async for result in subscription.results(lambda: self._context(asking)):
            yield self._payload(result, asking)

    def _payload(self, result: ExecutionResult, asking: Asking) -> Payload:
        if not result.errors:
            return {"data": result.data}
        return {"data": result.data, "errors": self._errors.written(result, request_id=asking.request_id)}

    def _context(self, asking: Asking) -> Context:
        return Context(
            caller=asking.caller,
            now=self._clock(),
            request_id=asking.request_id,
            loaders=LOADERS,
            base_url=asking.base_url,
        )


def _once(payload: Payload, headers: Mapping[str, str]) -> Answers:
    async def payloads() -> AsyncIterator[Payload]:
        yield payload

    return Answers(payloads(), headers)
