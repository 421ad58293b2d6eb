"""A subscription that is going on: events from its field's resolver, and the answer to each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from graphql import ExecutionResult, Node, located_error

Answer = Callable[[Any, Any], Awaitable[ExecutionResult]]


class Subscription:
    """Its events, one after another. Whoever is done with it before its end closes it."""

    def __init__(self, source: AsyncIterator[Any], nodes: Sequence[Node], response_name: str, answer: Answer) -> None:
        self._source = source
        self._nodes = nodes
        self._response_name = response_name
        self._answer = answer

    async def results(
        self, context: Callable[[], Any], bounds: Callable[[], AbstractAsyncContextManager[Any]] = nullcontext
    ) -> AsyncIterator[ExecutionResult]:
        """The answer to each event, with nothing loaded for one remembered for the next.

        `context` is called for each, and each is answered inside `bounds()`. What the resolver raises between two
        events, and what `bounds()` raises, is the last result's error.
        """
        try:
            async for event in self._source:
                async with bounds():
                    result = await self._answer(event, context())
                yield result
        except Exception as error:  # noqa: BLE001  # whatever user code raises is a field's error
            yield ExecutionResult(None, [located_error(error, self._nodes, [self._response_name])])
        finally:
            await self.close()

    async def close(self) -> None:
        """Ends the resolver's generator. Safe to repeat."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()
