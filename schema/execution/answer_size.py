"""Limits the text in an answer, so that neither its memory nor writing it as JSON is unbounded.

A plan adds up how many characters its objects can have at most, which costs one addition for each level. Only an answer
that can be above the limit is measured.
"""

import asyncio
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType

CODE = "ANSWER_TOO_LARGE"
LONGEST_TEXT = 1_000
"""The assumed number of characters in the longest value of a field that declares nothing else."""
_OTHER = 20
"""The assumed number of characters of a value that is no text."""
_AT_ONCE = 20_000
"""The number of values to measure before other tasks run, which takes about a millisecond."""


async def within(result: ExecutionResult, most: int, type_: OperationType) -> ExecutionResult:
    """Returns the result; instead of data with more than `most` characters, an error without data."""
    if result.data is None or not await _is_larger(result.data, most):
        return result
    message = f"The answer has more than {most} characters. Request fewer rows or fewer long texts."
    if type_ is OperationType.MUTATION:
        message += " The changes of the mutation are saved."
    return ExecutionResult(None, [GraphQLError(message, extensions={"code": CODE})])


async def _is_larger(data: Any, most: int) -> bool:
    """Returns whether the names and values in the data have more than `most` characters."""
    total, measured, pending = 0, 0, [data]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            total += len(value)
        elif isinstance(value, dict):
            total += sum(map(len, value))
            pending += value.values()
        elif isinstance(value, list):
            pending += value
        else:
            total += _OTHER
        if total > most:
            return True
        measured += 1
        if measured % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return False
