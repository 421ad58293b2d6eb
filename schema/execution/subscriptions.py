"""An active subscription: the events from its field's resolver, and the result for each event."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from graphql import ExecutionResult, Node, located_error

Answer = Callable[[Any, Any], Awaitable[ExecutionResult]]


class ActiveSubscription:
    """The events of a subscription. The caller closes it if it does not read it to the end."""

    def __init__(self, source: AsyncIterator[Any], nodes: Sequence[Node], response_name: str, answer: Answer) -> None:
        self._source = source
        self._nodes = nodes
        self._response_name = response_name
        self._answer = answer

    async def results(
        self, context: Callable[[], Any], bounds: Callable[[], AbstractAsyncContextManager[Any]] = nullcontext
    ) -> AsyncIterator[ExecutionResult]:
        """Returns the result for each event. One event does not reuse the loaded values of another.

        Calls `context` for each event, and makes each result inside `bounds()`. An exception of the resolver between
        two events, or of `bounds()`, is the error of the last result.
        """
        try:
            async for event in self._source:
                async with bounds():
                    result = await self._answer(event, context())
                yield result
        except Exception as error:  # noqa: BLE001  # user code can raise anything, which is a field error
            yield ExecutionResult(None, [located_error(error, self._nodes, [self._response_name])])
        finally:
            await self.close()

    async def close(self) -> None:
        """Ends the resolver's generator. Safe to repeat."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()
