"""Shapes: what a field's type asks of its values. One for each list around, and one for what is in them."""

from abc import ABC
from typing import Any, Optional

from graphql import GraphQLError
from graphql.pyutils import is_async_iterable, is_iterable

from .run import Failure, Run


class Shape(ABC):
    """How values of a type are completed. `label` is the field, as error messages name it: Type.field."""

    item: Optional["Shape"] = None
    may_wait = True
    """Whether values may be there that are still to be awaited. What awaiting one gives is never awaited again."""

    def __init__(self, label: str, nullable: bool) -> None:
        self.label = label
        self.nullable = nullable

    def null(self, run: Run) -> Failure | None:
        """What a null becomes."""
        if self.nullable:
            return None
        return run.fail(TypeError(f"Cannot return null for non-nullable field {self.label}."))

    def listed(self, run: Run, value: Any) -> list[Any] | Failure:
        """The items of what should be a list."""
        if not is_iterable(value):
            return run.fail(GraphQLError(f"Expected Iterable, but did not find one for field '{self.label}'."))
        items: list[Any] = []
        try:
            items.extend(value)
        except Exception as error:  # noqa: BLE001  # whatever user code raises is the field's error
            return run.fail(error, items)
        return items

    async def listed_later(self, run: Run, value: Any) -> list[Any] | Failure:
        """The same, of what may be an asynchronous iterable."""
        if not is_async_iterable(value):
            return self.listed(run, value)
        items: list[Any] = []
        try:
            async for item in value:
                items.append(item)  # a comprehension would lose what came before an error
        except Exception as error:  # noqa: BLE001  # whatever user code raises is the field's error
            return run.fail(error, items)
        return items
