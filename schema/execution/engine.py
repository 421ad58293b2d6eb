"""The entry point: executes the text of an operation with its variables."""

from collections.abc import Collection, Mapping
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationType,
    VariableValues,
    create_source_event_stream,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.collect_fields import FragmentDetails

from .answer_size import within
from .graphql_core import FallbackExecutor
from .parse.documents import Documents
from .parse.operations import Operation
from .parse.reading import TextReader
from .parse.sizes import is_large, too_long_list
from .parse.thread import in_thread
from .plan.compiler import Compiler
from .plan.operation import OperationPlan
from .price_interface import Pricing
from .request_errors import RequestError, RequestErrorKind
from .subscriptions import ActiveSubscription
from .values.conversion import Conversion

LONGEST_READ_AT_ONCE = 2_000
"""Texts of up to this many characters are read on the event loop, which takes up to about 20 milliseconds."""
QUERIES_AND_MUTATIONS = (OperationType.QUERY, OperationType.MUTATION)


class Engine:
    """Executes operations on one schema. Call `prepare` with the schema first.

    Any number of requests on one event loop can use it concurrently.

    - `compiled=False` runs everything on graphql-core. The results are the same.
    - `cache_bytes` limits the memory of the cached documents and plans.
    - `max_characters` and `max_tokens` limit a text. A longer one is refused as a syntax error.
    - `max_list_items` limits each list in the variables.
    - `max_answer_characters` limits the names and values in an answer. A larger answer is an error without data.
    - `concurrent` loads the relations of one level concurrently instead of in sequence. This is faster if the loaders
      wait for a remote database, but creates a task for each relation.
    - `pricing` makes the price of each operation, for `check`.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        compiled: bool = True,
        cache_bytes: int = 16_000_000,
        max_characters: int = 100_000,
        max_tokens: int = 2_000,
        max_list_items: int = 20_000,
        max_answer_characters: int = 16_000_000,
        concurrent: bool = False,
        pricing: Pricing | None = None,
    ) -> None:
        self._schema = schema
        self._compiled = compiled
        self._concurrent = concurrent
        self._conversion = Conversion(schema)
        self._max_list_items = max_list_items
        self._max_answer_characters = max_answer_characters
        self._reader = TextReader(schema._schema, max_characters=max_characters, max_tokens=max_tokens)
        self.documents = Documents(schema._schema, self._reader, max_bytes=cache_bytes, pricing=pricing)

    def prepare(self, text: str, operation_name: str | None = None) -> Operation:
        """Returns the operation of a text, with its type, root fields and depth. Raises RequestError."""
        return self.documents.get(text).operation(operation_name)

    def check(self, operation: Operation, variables: Mapping[str, Any] | None) -> int:
        """Returns the operation's price; 0 without pricing. Raises RequestError if the price exceeds the limit."""
        return operation.price.check(operation.with_rows(variables or {})) if operation.price is not None else 0

    async def prepared(self, text: str, operation_name: str | None = None) -> Operation:
        """Returns the same as `prepare`. A thread reads long texts that are not cached, without blocking the loop."""
        document = self.documents.known(text)
        if document is not None:
            return document.operation(operation_name)
        self._reader.check_length(text)
        if len(text) > LONGEST_READ_AT_ONCE:
            document = self.documents.add(text, await in_thread(self._reader.read, text))
        else:
            document = self.documents.get(text)
        return document.operation(operation_name)

    async def execute(
        self,
        text: str,
        *,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
        allow: Collection[OperationType] = QUERIES_AND_MUTATIONS,
        root_value: Any = None,
    ) -> ExecutionResult:
        """Returns the result, including field errors. Raises RequestError if the operation can't be executed.

        orjson can serialize the data. Scalars have the values that their serializers return.
        """
        operation = await self.prepared(text, operation_name)
        self.check(operation, variables)
        return await self.run(operation, variables=variables, context=context, allow=allow, root_value=root_value)

    async def run(
        self,
        operation: Operation,
        *,
        variables: Mapping[str, Any] | None = None,
        context: Any = None,
        allow: Collection[OperationType] = QUERIES_AND_MUTATIONS,
        root_value: Any = None,
    ) -> ExecutionResult:
        """Executes a prepared operation. Returns the same as `execute`, but does not check the price.

        A query that lacks a row runs once more: another transaction deleted it between two of the query's statements.
        """
        if operation.type is OperationType.SUBSCRIPTION:
            raise RequestError(
                RequestErrorKind.SUBSCRIPTION,
                [GraphQLError("A subscription needs a connection with events, such as a WebSocket.")],
            )
        if operation.type not in allow:
            raise RequestError(
                RequestErrorKind.NOT_ALLOWED, [GraphQLError(f"A {operation.type.value} is not allowed here.")]
            )
        variable_values = await self._values(operation, variables or {})
        if operation.type is OperationType.QUERY:
            return await self._read(operation, variable_values, context, root_value)
        return await self._result(operation, variable_values, context, root_value)

    async def _read(
        self, operation: Operation, variable_values: VariableValues, context: Any, root_value: Any
    ) -> ExecutionResult:
        """Returns the result of a query or of a subscription's event. Runs once more if a row is missing."""
        result = await self._result(operation, variable_values, context, root_value)
        if result.errors and any(map(_is_missing_row, result.errors)):
            return await self._result(operation, variable_values, context, root_value)
        return result

    async def _result(
        self, operation: Operation, variable_values: VariableValues, context: Any, root_value: Any
    ) -> ExecutionResult:
        if self._compiled and operation.can_be_compiled:
            return await self._plan(operation, variable_values).run(context, root_value, variable_values)
        result = await self._executor(operation, variable_values, context, root_value).executed()
        return await within(result, self._max_answer_characters, operation.type)

    async def subscribe(
        self,
        operation: Operation,
        *,
        variables: Mapping[str, Any] | None = None,
        context: Any = None,
        root_value: Any = None,
    ) -> ActiveSubscription | ExecutionResult:
        """Returns the events of a subscription, or its errors if it can't start. Raises RequestError.

        An event that lacks a row runs once more, as a query does.
        """
        if operation.type is not OperationType.SUBSCRIPTION:
            raise RequestError(
                RequestErrorKind.NOT_ALLOWED, [GraphQLError(f"A {operation.type.value} is not allowed here.")]
            )
        variable_values = await self._values(operation, variables or {})
        source: Any = create_source_event_stream(self._executor(operation, variable_values, context, root_value))
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            return source

        async def answer(event: Any, context: Any) -> ExecutionResult:
            return await self._read(operation, variable_values, context, event)

        return ActiveSubscription(source, [operation.node], operation.root_fields[0].response_name, answer)

    async def _values(self, operation: Operation, variables: Mapping[str, Any]) -> VariableValues:
        """Returns the coerced variables. A thread coerces large ones. Raises RequestError."""
        variables = operation.with_rows(variables)
        if not is_large(variables):
            return operation.variables.values(variables)
        return await in_thread(self._checked_values, operation, variables)

    def _checked_values(self, operation: Operation, variables: Mapping[str, Any]) -> VariableValues:
        if found := too_long_list(variables, self._max_list_items):
            name, length = found
            message = f"Variable '${name}' has a list of {length} items; at most {self._max_list_items} are allowed."
            raise RequestError(RequestErrorKind.VARIABLES, [GraphQLError(message)])
        return operation.variables.values(variables)

    def _executor(
        self, operation: Operation, variable_values: VariableValues, context: Any = None, root_value: Any = None
    ) -> FallbackExecutor:
        return FallbackExecutor(
            self._schema._schema,
            operation.fragments,
            {name: FragmentDetails(definition) for name, definition in operation.fragments.items()},
            root_value,
            context,
            operation.node,
            variable_values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
        )

    def _plan(self, operation: Operation, variable_values: VariableValues) -> OperationPlan:
        plan = operation.plan(variable_values)
        if plan is None:
            executor = self._executor(operation, operation.only_choices(variable_values))
            compiler = Compiler(self._schema, executor, self._conversion, concurrent=self._concurrent)
            plan = OperationPlan(compiler.root_plans(), compiler.memory, operation.type, self._max_answer_characters)
            operation.keep(variable_values, plan)
            self.documents.recount(operation.text)
        return plan


def _is_missing_row(error: GraphQLError) -> bool:
    """Returns whether a field of both executors failed because it must not be null, as the row of a relation."""
    return str(error.original_error).startswith("Cannot return null for non-nullable field ")
