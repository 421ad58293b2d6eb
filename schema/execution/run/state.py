"""The state of one run of a plan, and the placeholders for failed and pending values."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any

from graphql import Undefined, UndefinedType, VariableValues
from graphql.pyutils import is_awaitable

from schema.execution.run_cache import Memory

if TYPE_CHECKING:
    from schema.execution.plan.fields import ObjectPlan


class Failure:
    """Placeholder for a value that failed. `propagate_errors` replaces it by null, and parents that can't be null."""

    __slots__ = ("error", "items")

    def __init__(self, error: Exception, items: list[Any] | None = None) -> None:
        self.error = error
        self.items = items
        """The items of an iterable before it failed. They can contain errors, which are reported first."""


class Deferred:
    """Placeholder for a leaf whose value must be awaited first."""

    __slots__ = ("completed",)

    def __init__(self, completed: Awaitable[Any]) -> None:
        self.completed = completed


class Run:
    """The state of one run."""

    __slots__ = ("characters", "context", "deferred", "failures", "memory", "plans", "root_value", "variable_values")

    def __init__(self, context: Any, root_value: Any, variable_values: VariableValues, memory: Memory) -> None:
        self.context = context
        self.root_value = root_value
        self.variable_values = variable_values
        self.memory = memory
        self.characters = 0
        """The most characters that the objects so far can have."""
        self.failures = 0
        self.deferred = False
        self.plans: dict[int, ObjectPlan] = {}
        """The plans of objects in the response by the object's id, for objects of interfaces and unions."""

    def fail(self, error: Exception, items: list[Any] | None = None) -> Failure:
        self.failures += 1
        return Failure(error, items)

    def attempt(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Returns the function's result, or a Failure if it raises an exception."""
        try:
            return function(*arguments)
        except Exception as error:  # noqa: BLE001  # user code can raise anything, which is a field error
            return self.fail(error)

    async def attempt_awaiting(self, awaitable: Awaitable[Any]) -> Any:
        """Returns the awaitable's result, or a Failure if it raises an exception."""
        try:
            return await awaitable
        except Exception as error:  # noqa: BLE001  # user code can raise anything, which is a field error
            return self.fail(error)

    async def awaited(self, values: list[Any]) -> list[Any]:
        """Returns the values. Awaits the awaitable ones concurrently."""
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
"""Returns True if objects of this class are values: no null, no error and not awaitable."""


def is_null(value: Any) -> bool:
    return value is None or value is Undefined
