"""Error propagation at the end of a run: finds the paths of errors, and sets nulls by GraphQL's rules."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import GraphQLError, located_error

from schema.execution.plan.fields import FieldPlan, ObjectPlan

from .completion import Shape
from .object_completion import AnyOf, ObjectOf
from .state import Failure, Run


class Position(NamedTuple):
    """A position of a value in the response."""

    container: Any
    key: str | int
    is_nullable: bool

    @property
    def identity(self) -> tuple[int, str | int]:
        return id(self.container), self.key


class FoundFailure(NamedTuple):
    """A Failure, its field, and the positions from the root down to it."""

    failure: Failure
    field: FieldPlan
    trail: tuple[Position, ...]


def propagate_errors(
    run: Run, plan: ObjectPlan, answer: dict[str, Any]
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """Returns the data with nulls in place of Failures and of parents that may not contain a null, and the errors.

    Errors are in graphql-core's order: those without awaiting before those of awaited values, depth first in each
    round of awaiting. As in graphql-core, errors below a null that an earlier error caused are dropped.
    """
    errors: list[GraphQLError] = []
    nulled: set[tuple[int, str | int]] = set()
    found = sorted(_in_object(run, plan, answer, ()), key=lambda found: found.field.rounds)
    for failure, field, trail in found:
        if any(position.identity in nulled for position in trail):
            continue
        path = [position.key for position in trail]
        errors.append(located_error(failure.error, field.nodes, path))
        nullable = next((position for position in reversed(trail) if position.is_nullable), None)
        if nullable is None:
            return None, errors
        nullable.container[nullable.key] = None
        nulled.add(nullable.identity)
    return answer, errors


def _in_object(
    run: Run, plan: ObjectPlan, answer: dict[str, Any], trail: tuple[Position, ...]
) -> Iterator[FoundFailure]:
    for field in plan.fields:
        position = Position(answer, field.response_name, field.shape.nullable)
        yield from _in_value(run, field, field.shape, answer[field.response_name], (*trail, position))


def _in_value(
    run: Run, field: FieldPlan, shape: Shape, value: Any, trail: tuple[Position, ...]
) -> Iterator[FoundFailure]:
    if isinstance(value, Failure):
        if value.items:
            yield from _in_value(run, field, shape, value.items, trail)
        yield FoundFailure(value, field, trail)
    elif value is None:
        return
    elif shape.item is not None:
        for index, item in enumerate(value):
            position = Position(value, index, shape.item.nullable)
            yield from _in_value(run, field, shape.item, item, (*trail, position))
    elif isinstance(shape, ObjectOf):
        yield from _in_object(run, shape.plan, value, trail)
    elif isinstance(shape, AnyOf):
        yield from _in_object(run, run.plans[id(value)], value, trail)
