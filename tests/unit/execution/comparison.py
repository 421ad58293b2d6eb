"""Runs an operation on both executors and compares their answers."""

from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError

from schema.execution import Engine, RequestError
from tests.unit.execution.toy_data import Context


async def answer_of(
    engine: Engine, text: str, variables: dict[str, Any], seed: int, faults: float
) -> tuple[Any, Context]:
    context = Context(seed, faults)
    try:
        return await engine.execute(text, variables=variables, context=context), context
    except RequestError as error:
        return error, context


def differences(ours: ExecutionResult | RequestError, theirs: ExecutionResult | RequestError) -> list[str]:
    """Returns the differences between two answers.

    If one null has several errors below it, graphql-core reports only those before the one that causes the null. With
    awaited values, this order depends on timing. So each side needs only one of these errors.
    """
    if _data(ours) != _data(theirs):
        return [f"data: {_data(ours)!r} and {_data(theirs)!r}"]
    data = None if isinstance(ours, RequestError) else ours.data
    loose: list[set[tuple[object, ...]]] = [set(), set()]
    strict: list[set[bytes]] = [set(), set()]
    for side, result in enumerate((ours, theirs)):
        for error in result.errors or ():
            null = _null_above(data, error)
            if null is None:
                strict[side].add(orjson.dumps(error.formatted, default=repr))
            else:
                loose[side].add(null)
    return [str(item) for pair in (loose, strict) for item in pair[0] ^ pair[1]]


def _data(result: ExecutionResult | RequestError) -> bytes:
    return b"" if isinstance(result, RequestError) else orjson.dumps(result.data, default=repr)


def _null_above(data: Any, error: GraphQLError) -> tuple[object, ...] | None:
    """Returns the path of the enclosing null that an error caused, or None if only the error's field is null."""
    path = error.path or []
    for depth, key in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[key]
    return None
