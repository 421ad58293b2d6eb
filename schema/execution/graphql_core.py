"""graphql-core's executor. It runs operations that can't be compiled, and is the reference for the compiled ones."""

from typing import Any, Self

from graphql import ExecutionResult, FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from .run_cache import Memory, ResolveInfo


class FallbackExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, with a memory in the info of its resolvers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memory = Memory(self._collect)

    def _collect(self, object_type: GraphQLObjectType, nodes: list[FieldNode]) -> dict[str, list[FieldNode]]:
        details = [FieldDetails(node, None) for node in nodes]
        fields = self.collect_subfields(object_type, details).grouped_field_set
        return {name: [detail.node for detail in group] for name, group in fields.items()}

    async def executed(self) -> ExecutionResult:
        """Returns the operation's result. For a subscription, the root value is the event."""
        result: Any = self.execute_operation()
        if self.is_awaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)
        return result

    def build_per_event_executor(self, payload: Any) -> Self:
        """Returns an executor with new loaders, so that one event does not reuse the loaded values of another."""
        executor: Self = super().build_per_event_executor(payload)  # type: ignore[assignment]
        executor.memory = Memory(executor._collect)
        return executor

    def build_resolve_info(  # type: ignore[override]  # a tuple of the same fields and more, as Strawberry's
        self, field_def: GraphQLField, field_nodes: list[FieldNode], parent_type: GraphQLObjectType, path: Path
    ) -> ResolveInfo:
        return ResolveInfo(
            field_nodes[0].name.value,
            field_nodes,
            field_def.type,
            parent_type,
            path,
            self.schema,
            self.fragment_definitions,
            self.root_value,
            self.operation,
            self.variable_values.coerced,
            self.context_value,
            self.is_awaitable,
            self.abort_signal,
            self.async_helpers,
            self.operation_extensions,
            self.memory,
        )
