"""One run of a plan: what its levels share, and what stands in the place of a value that failed."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any

from graphql import Undefined, UndefinedType, VariableValues
from graphql.pyutils import is_awaitable

from .memory import Memory

if TYPE_CHECKING:
    from .plan import ObjectPlan


class Failure:
    """Stands in the answer where a value failed, until `settle` knows its path and what it takes with it."""

    __slots__ = ("error", "items")

    def __init__(self, error: Exception, items: list[Any] | None = None) -> None:
        self.error = error
        self.items = items
        """What an iterable gave before it failed: there can be errors in it that come first."""


class Deferred:
    """Stands in the answer where a leaf's value has to be awaited first."""

    __slots__ = ("completed",)

    def __init__(self, completed: Awaitable[Any]) -> None:
        self.completed = completed


class Run:
    """The state of one run."""

    __slots__ = ("context", "deferred", "failures", "memory", "plans", "root_value", "variable_values")

    def __init__(self, context: Any, root_value: Any, variable_values: VariableValues, memory: Memory) -> None:
        self.context = context
        self.root_value = root_value
        self.variable_values = variable_values
        self.memory = memory
        self.failures = 0
        self.deferred = False
        self.plans: dict[int, ObjectPlan] = {}
        """By the id of an object in the answer: its plan, where the type in the schema doesn't tell."""

    def fail(self, error: Exception, items: list[Any] | None = None) -> Failure:
        self.failures += 1
        return Failure(error, items)

    def attempt(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns, or a Failure for what it raises."""
        try:
            return function(*arguments)
        except Exception as error:  # noqa: BLE001  # whatever user code raises is a field's error
            return self.fail(error)

    async def attempt_awaiting(self, awaitable: Awaitable[Any]) -> Any:
        """What is awaited, or a Failure for what it raises."""
        try:
            return await awaitable
        except Exception as error:  # noqa: BLE001  # whatever user code raises is a field's error
            return self.fail(error)

    async def awaited(self, values: list[Any]) -> list[Any]:
        """The values, those that can be awaited awaited all at once."""
        pending = [index for index, value in enumerate(values) if is_awaitable(value)]
        if not pending:
            return values
        if len(pending) == 1:
            results = [await self.attempt_awaiting(values[pending[0]])]
        else:
            results = await gather(*(self.attempt_awaiting(values[index]) for index in pending))
        values = values.copy()
        for index, result in zip(pending, results, strict=True):
            values[index] = result
        return values

    def defer(self, completed: Awaitable[Any]) -> Deferred:
        self.deferred = True
        return Deferred(completed)


def _is_plain_class(cls: type) -> bool:
    return not issubclass(cls, NoneType | UndefinedType | Exception | Failure) and not hasattr(cls, "__await__")


is_plain_class = lru_cache(maxsize=4096)(_is_plain_class)
"""Whether objects of this class are values: no null, no error, nothing to be awaited."""


def is_null(value: Any) -> bool:
    return value is None or value is Undefined
