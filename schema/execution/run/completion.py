"""Shapes: the completion of a field's values by its type. A list type has a shape with the shape of its items."""

from abc import ABC
from typing import Any, Optional

from graphql import GraphQLError
from graphql.pyutils import is_async_iterable, is_iterable

from .state import Failure, Run


class Shape(ABC):
    """Completes values of a type. `label` is the field in error messages: Type.field."""

    item: Optional["Shape"] = None
    may_wait = True
    """True if values can be awaitable. The result of awaiting a value is never awaited again."""

    def __init__(self, label: str, nullable: bool) -> None:
        self.label = label
        self.nullable = nullable

    def null(self, run: Run) -> Failure | None:
        """Returns the completed value of a null: None, or a Failure if null is not allowed."""
        if self.nullable:
            return None
        return run.fail(TypeError(f"Cannot return null for non-nullable field {self.label}."))

    def listed(self, run: Run, value: Any) -> list[Any] | Failure:
        """Returns the items of an iterable; a Failure if the value is not iterable or raises an exception."""
        if not is_iterable(value):
            return run.fail(GraphQLError(f"Expected Iterable, but did not find one for field '{self.label}'."))
        items: list[Any] = []
        try:
            items.extend(value)
        except Exception as error:  # noqa: BLE001  # user code can raise anything, which is a field error
            return run.fail(error, items)
        return items

    async def listed_later(self, run: Run, value: Any) -> list[Any] | Failure:
        """Returns the items of an iterable or an asynchronous iterable, like `listed`."""
        if not is_async_iterable(value):
            return self.listed(run, value)
        items: list[Any] = []
        try:
            async for item in value:
                items.append(item)  # a comprehension would lose the items before an error
        except Exception as error:  # noqa: BLE001  # user code can raise anything, which is a field error
            return run.fail(error, items)
        return items
