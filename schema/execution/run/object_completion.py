"""The shapes of objects, abstract types and lists of them. Their values are completed for a whole level."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)
from graphql.pyutils import inspect

from schema.execution.rows import is_row, is_row_class, typename, typenames

from .completion import Shape
from .paths import Places
from .shared_rows import SharedRows
from .state import Failure, Run, is_null, is_plain_class

if TYPE_CHECKING:
    from schema.execution.plan.fields import FieldPlan, ObjectPlan


class Composite(Shape):
    """The shape of objects, or of lists that contain objects, below one field."""

    def __init__(self, field: "FieldPlan", nullable: bool) -> None:
        super().__init__(field.label, nullable)
        self.field = field

    async def complete(self, run: Run, values: Sequence[Any] | SharedRows, places: Places) -> list[Any]:
        """Returns the completed values of a level, in order. Errors and nulls that are not allowed become Failures."""
        if isinstance(values, SharedRows):
            values = list(values)
        classes = set(map(type, values))
        if all(map(is_plain_class, classes)):
            return await self.plain(run, values, classes, places)
        answers = await run.awaited(list(values)) if self.may_wait else list(values)
        live = []
        for index, value in enumerate(answers):
            if isinstance(value, Failure):
                continue
            if isinstance(value, Exception):
                answers[index] = run.fail(value)
            elif is_null(value):
                answers[index] = self.null(run)
            else:
                live.append(index)
        if live:
            plain = [answers[index] for index in live]
            completed = await self.plain(run, plain, set(map(type, plain)), places.subset(live))
            for index, answer in zip(live, completed, strict=True):
                answers[index] = answer
        return answers

    @abstractmethod
    async def plain(self, run: Run, values: Sequence[Any], classes: set[type], places: Places) -> list[Any]:
        """Returns completed values. There is at least one value, of these classes: no null, error or awaitable."""


class ListOf(Composite):
    item: Composite

    def __init__(self, field: "FieldPlan", nullable: bool, item: Composite) -> None:
        super().__init__(field, nullable)
        self.item = item

    async def complete(self, run: Run, values: Sequence[Any] | SharedRows, places: Places) -> list[Any]:
        if isinstance(values, SharedRows) and isinstance(self.item, ObjectOf):
            answers = await self.item.answers_of_shared(run, values.rows)
            if answers is not None:
                run.characters += values.repeated * self.item.plan.width
                return values.lists(answers)
        return await super().complete(run, values, places)

    async def plain(self, run: Run, values: Sequence[Any], classes: set[type], places: Places) -> list[Any]:
        if classes != {list}:
            return await self._from_iterables(run, values, places)
        counts = list(map(len, values))
        items = values[0] if len(values) == 1 else list(chain.from_iterable(values))
        answers = await self.item.complete(run, items, places.items(counts)) if items else []
        if len(values) == 1:
            return [answers]
        return [answers[end - count : end] for count, end in zip(counts, accumulate(counts), strict=True)]

    async def _from_iterables(self, run: Run, values: Sequence[Any], places: Places) -> list[Any]:
        answers: list[Any] = [await self.listed_later(run, value) for value in values]
        lists = [(items.items or []) if isinstance(items, Failure) else items for items in answers]
        for index, items in enumerate(await self.plain(run, lists, {list}, places)):
            if isinstance(answers[index], Failure):
                answers[index].items = items
            else:
                answers[index] = items
        return answers


class ObjectOf(Composite):
    """Objects of one type."""

    def __init__(self, field: "FieldPlan", nullable: bool, type_: GraphQLObjectType) -> None:
        super().__init__(field, nullable)
        self._type = type_
        self._plan: ObjectPlan | None = None

    @property
    def plan(self) -> "ObjectPlan":
        """The plan of the objects. Made for the first object, because fragments can select much that never occurs."""
        if self._plan is None:
            self._plan = self.field.plan_of(self._type)
        return self._plan

    async def plain(self, run: Run, values: Sequence[Any], classes: set[type], places: Places) -> list[Any]:
        if self._type.is_type_of is None or all(map(is_row_class, classes)):
            return await self.plan.answers(run, values, classes, places)
        info = self.field.info(run, places.paths[0])
        answers = await run.awaited([run.attempt(self._type.is_type_of, value, info) for value in values])
        live = [index for index, answer in enumerate(answers) if answer and not isinstance(answer, Failure)]
        for index, answer in enumerate(answers):
            if not answer:
                message = f"Expected value of type '{self._type}' but got: {inspect(values[index])}."
                answers[index] = run.fail(GraphQLError(message, self.field.nodes))
        if live:
            sources = [values[index] for index in live]
            completed = await self.plan.answers(run, sources, set(map(type, sources)), places.subset(live))
            for index, answer in zip(live, completed, strict=True):
                answers[index] = answer
        return answers

    async def answers_of_shared(self, run: Run, rows: Sequence[Any]) -> list[Any] | None:
        """Returns one completed object for each row, regardless of how many lists contain it.

        Returns None if the objects could differ between the lists: if more than columns of the rows is selected, or
        if a value failed.
        """
        if not rows:
            return []
        classes = set(map(type, rows))
        if not all(map(is_row_class, classes)) or not self.plan.is_plain:
            return None
        failures = run.failures
        answers = await self.plan.answers(run, rows, classes, Places())
        return answers if run.failures == failures else None


class AnyOf(Composite):
    """Objects of an interface or a union."""

    def __init__(self, field: "FieldPlan", nullable: bool, type_: GraphQLAbstractType) -> None:
        super().__init__(field, nullable)
        self._type = type_
        self._shapes: dict[str, ObjectOf] = {}

    async def plain(self, run: Run, values: Sequence[Any], classes: set[type], places: Places) -> list[Any]:
        names = self._names_of_rows(values, classes)
        if names is not None and len(set(names)) == 1:
            shape = self._shape(run, names[0], values[0])
            if isinstance(shape, ObjectOf):
                answers = await shape.plain(run, values, classes, places)
                run.plans.update(dict.fromkeys(map(id, answers), shape.plan))
                return answers
        answers = names or await run.awaited(self._type_names(run, values, places))
        by_type: dict[str, list[int]] = {}
        for index, name in enumerate(answers):
            if isinstance(name, Failure):
                continue
            shape = self._shape(run, name, values[index])
            if isinstance(shape, Failure):
                answers[index] = shape
            else:
                by_type.setdefault(name, []).append(index)
        for name, indices in by_type.items():
            shape = self._shapes[name]
            sources = [values[index] for index in indices]
            completed = await shape.plain(run, sources, set(map(type, sources)), places.subset(indices))
            for index, answer in zip(indices, completed, strict=True):
                answers[index] = answer
                run.plans[id(answer)] = shape.plan
        return answers

    def _names_of_rows(self, values: Sequence[Any], classes: set[type]) -> list[Any] | None:
        """Returns the type of each value if all values are rows."""
        return typenames(values) if all(map(is_row_class, classes)) else None

    def _type_names(self, run: Run, values: Sequence[Any], places: Places) -> list[Any]:
        resolve_type: Callable[..., Any] = self._type.resolve_type or self.field.compiler.executor.type_resolver
        info: Any = None
        names: list[Any] = []
        for value in values:
            if is_row(value):
                names.append(typename(value))
                continue
            info = info or self.field.info(run, places.paths[0])
            names.append(run.attempt(resolve_type, value, info, self._type))
        return names

    def _shape(self, run: Run, name: Any, value: Any) -> ObjectOf | Failure:
        """Returns the shape of objects of the type with this name, or a Failure if the name is not valid here."""
        shape = self._shapes.get(name) if isinstance(name, str) else None
        if shape is not None:
            return shape
        ensure = self.field.compiler.executor.ensure_valid_runtime_type
        info = self.field.info(run, None)
        object_type = run.attempt(ensure, name, self._type, self.field.details, info, value)
        if isinstance(object_type, Failure):
            return object_type
        shape = self._shapes[name] = ObjectOf(self.field, self.nullable, object_type)
        return shape


def composite_shape(field: "FieldPlan", type_: GraphQLOutputType) -> Composite:
    """Returns the shape of a type that contains objects."""
    nullable = not isinstance(type_, GraphQLNonNull)
    inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        return ListOf(field, nullable, composite_shape(field, inner.of_type))
    if isinstance(inner, GraphQLObjectType):
        return ObjectOf(field, nullable, inner)
    return AnyOf(field, nullable, inner)
