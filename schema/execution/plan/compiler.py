"""Compiles operations into plans."""

from typing import TypeGuard

import strawberry
from graphql import GraphQLField, GraphQLObjectType, OperationType
from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet, collect_fields, collect_subfields
from strawberry.types.field import StrawberryField

from schema.execution.fields import Column, Computed, Relation, Source, SourceField, longest_of, source_of
from schema.execution.graphql_core import FallbackExecutor
from schema.execution.rows import definition_of, read
from schema.execution.run.field_sources import (
    Fetch,
    FetchByCalls,
    FetchColumn,
    FetchComputed,
    FetchEvent,
    FetchPermitted,
    FetchRelation,
)
from schema.execution.run.object_completion import composite_shape
from schema.execution.run.resolver_calls import StrawberryCall, are_permissions, graphql_call
from schema.execution.run.scalar_completion import leaf_shape
from schema.execution.run_cache import Memory
from schema.execution.values.arguments import Arguments
from schema.execution.values.conversion import Conversion

from .codegen import ConstantEntry, Entry, InlineEntry, ReadyEntry
from .fields import FieldPlan, ObjectPlan

_STRAWBERRYS_RESOLVERS = "strawberry.schema.schema_converter"


class Compiler:
    """Makes the plans of one operation, for one set of values in its @skip and @include.

    `executor` is graphql-core's executor for the operation. It collects fields and makes error messages, but does not
    execute.
    """

    def __init__(
        self, schema: strawberry.Schema, executor: FallbackExecutor, conversion: Conversion, *, concurrent: bool
    ) -> None:
        self.schema = schema
        self.executor = executor
        self.memory = Memory(executor.memory.collect)
        self._conversion = conversion
        self._concurrent = concurrent

    def root_plans(self) -> list[ObjectPlan]:
        """Returns the plans to run in order: one for a query or an event, and one for each field of a mutation."""
        executor = self.executor
        operation_type = executor.operation.operation
        root_type = executor.schema.get_root_type(operation_type)
        assert root_type is not None
        grouped = collect_fields(
            executor.schema, executor.fragments, executor.variable_values, root_type, executor.operation
        ).grouped_field_set
        if operation_type is OperationType.MUTATION:
            return [self._object_plan(root_type, {name: group}, 0, False) for name, group in grouped.items()]
        return [self._object_plan(root_type, grouped, 0, concurrent=True)]

    def below(self, field: FieldPlan, object_type: GraphQLObjectType) -> ObjectPlan:
        executor = self.executor
        grouped = collect_subfields(
            executor.schema,
            executor.fragments,
            executor.variable_values,
            executor.operation,
            object_type,
            field.details,
        ).grouped_field_set
        return self._object_plan(object_type, grouped, field.rounds, self._concurrent)

    def _object_plan(
        self, type_: GraphQLObjectType, grouped: GroupedFieldSet, rounds: int, concurrent: bool
    ) -> ObjectPlan:
        entries: list[Entry] = []
        fields: list[FieldPlan] = []
        for response_name, details in grouped.items():
            name = details[0].node.name.value
            if name == "__typename":
                entries.append(ConstantEntry(response_name, type_.name))
                continue
            field = self.executor.schema.get_field(type_, name)
            if field is None:
                continue  # graphql-core also skips such a field, which validation would have refused
            plan, inline = self._field_plan(type_, response_name, field, details, rounds)
            fields.append(plan)
            entries.append(inline or ReadyEntry(response_name, plan.leaf, _longest(plan)))
        return ObjectPlan(type_, entries, fields, concurrent)

    def _field_plan(
        self,
        type_: GraphQLObjectType,
        response_name: str,
        field: GraphQLField,
        details: list[FieldDetails],
        rounds: int,
    ) -> tuple[FieldPlan, InlineEntry | None]:
        plan = FieldPlan(self, type_, response_name, field, details, rounds)
        plan.leaf = leaf_shape(field.type, plan.label)
        definition = definition_of(field)
        source = self._source(field, definition)
        if source is None:
            plan.fetch = self._fetch_by_calls(plan, definition)
        else:
            assert definition is not None
            plan.needs = source.columns(definition.python_name)
            if plan.leaf is not None and not definition.extensions and _is_read_in_the_loop(source):
                return plan, InlineEntry(response_name, plan.leaf, source, plan.needs)
            plan.fetch = self._fetch_from_source(plan, definition, source)
        plan.rounds += plan.fetch.is_async
        if plan.leaf is None:
            plan.composite = composite_shape(plan, field.type)
        plan.shape.may_wait = not plan.fetch.has_awaited
        return plan, None

    def _source(self, field: GraphQLField, definition: StrawberryField | None) -> Source | None:
        """Returns the source of a field's values; None if it has a resolver, or extensions other than permissions."""
        if definition is None or not self._is_resolved_by_strawberry(field):
            return None
        if isinstance(definition, SourceField):
            return definition.source if are_permissions(definition.extensions) else None
        is_read = definition.is_basic_field and definition.default_resolver is read
        return Column(None, None, None) if is_read and type(definition) is StrawberryField else None

    def _is_resolved_by_strawberry(self, field: GraphQLField) -> bool:
        """Returns True if the field has the unmodified resolver of Strawberry, without exception handlers."""
        module = getattr(field.resolve, "__module__", None)
        return module == _STRAWBERRYS_RESOLVERS and not self.schema.exception_handlers

    def _fetch_by_calls(self, plan: FieldPlan, definition: StrawberryField | None) -> Fetch:
        arguments = Arguments(plan.field, plan.nodes[0])
        if definition is not None and definition.is_subscription and self._is_resolved_by_strawberry(plan.field):
            return FetchEvent()
        if definition is None or not self._is_resolved_by_strawberry(plan.field):
            is_async = definition is not None and definition.is_async
            return FetchByCalls(graphql_call(plan, arguments), is_async)
        call = StrawberryCall(plan, definition, arguments, self._conversion)
        return FetchByCalls(call, definition.is_async)

    def _fetch_from_source(self, plan: FieldPlan, definition: StrawberryField, source: Source) -> Fetch:
        call = StrawberryCall(plan, definition, Arguments(plan.field, plan.nodes[0]), self._conversion)
        fetch: Fetch
        if isinstance(source, Column):
            fetch = FetchColumn(source, plan.needs[0])
        elif isinstance(source, Computed):
            fetch = FetchComputed(source)
        else:
            assert isinstance(source, Relation)
            fetch = FetchRelation(plan, source, call)
        permissions = definition.extensions
        return FetchPermitted(fetch, call, permissions) if permissions and are_permissions(permissions) else fetch


def _longest(plan: FieldPlan) -> int:
    """Returns the most characters of a value; 0 for an object, whose own plan counts its values."""
    return 0 if plan.leaf is None else longest_of(source_of(definition_of(plan.field)))


def _is_read_in_the_loop(source: Source) -> TypeGuard[Column | Computed]:
    return isinstance(source, Computed) or (isinstance(source, Column) and source.convert_many is None)
