"""The plan of a whole operation."""

from collections.abc import Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType, VariableValues

from schema.execution.answer_size import within
from schema.execution.run.error_propagation import propagate_errors
from schema.execution.run.state import Run
from schema.execution.run_cache import Memory

from .fields import ObjectPlan


class OperationPlan:
    """The plans of an operation's parts. Any number of runs can use it concurrently, each with its own Run."""

    def __init__(self, parts: Sequence[ObjectPlan], memory: Memory, type_: OperationType, max_characters: int) -> None:
        self._parts = parts
        self._memory = memory
        self._type = type_
        self._max_characters = max_characters

    async def run(self, context: Any, root_value: Any, variable_values: VariableValues) -> ExecutionResult:
        """Runs the parts in sequence, and returns the result. Stops after a part that makes the data null."""
        run = Run(context, root_value, variable_values, Memory(self._memory.collect, self._memory.selections))
        data: dict[str, Any] = {}
        errors: list[GraphQLError] = []
        for part in self._parts:
            before = run.failures
            answer = await part.root_answer(run, root_value)
            if run.failures > before:
                settled, found = propagate_errors(run, part, answer)
                errors += found
                if settled is None:
                    return ExecutionResult(None, errors)
                answer = settled
            data.update(answer)
        result = ExecutionResult(data, errors or None)
        if run.characters <= self._max_characters:
            return result
        return await within(result, self._max_characters, self._type)
