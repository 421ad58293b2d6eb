"""Selections of webhook endpoints: selection sets on WebhookEvent, which the engine validates and executes."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import strawberry
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)

from schema.context import Context
from schema.cost import pricing
from schema.cost.prices import DEFAULT_LIMIT
from schema.execution import Engine, Operation, RequestError, RequestErrorKind

_EVENT: Final = "WebhookEvent"
_INTROSPECTION: Final = ("__schema", "__type")
_PERSONAL: Final = frozenset({"Contact", "CampaignContact", "Message", "OptOut", "RowError", "ReviewEntry"})
"""Types with data of a contact."""
_SHARED: Final = frozenset({"ContactList", "Campaign", "Job", "User", "Account", "CampaignReview"})
"""Types that lead to contacts that an event is not about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """The source of a WebhookEvent, by the names of its columns."""

    id: UUID
    type: str
    occurred_at: datetime
    account_id: UUID
    contact_id: UUID | None
    contact_list_id: UUID | None
    campaign_id: UUID | None
    message_id: UUID | None
    job_id: UUID | None
    phone: str | None
    previous_status: str | None
    changed_fields: list[str]
    count: int | None
    user_id: UUID | None
    token_id: UUID | None


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """The limits of a query, for selections as well. They are options of Engine."""

    compiled: bool = True
    max_characters: int = 100_000
    max_tokens: int = 2_000
    max_answer_characters: int = 16_000_000
    max_cost: int = DEFAULT_LIMIT


class EventSelections:
    """Validates and executes selections on one schema. WebhookEvent is the type of their root."""

    def __init__(self, schema: strawberry.Schema, limits: EngineLimits) -> None:
        events = copy.copy(schema)
        types, event = schema._schema.type_map, schema._schema.type_map[_EVENT]
        assert isinstance(event, GraphQLObjectType)
        events._schema = GraphQLSchema(
            query=event,
            types=[type_ for type_ in types.values() if _implements_something(type_)],
            directives=schema._schema.directives,
            extensions=schema._schema.extensions,
        )
        self._types = events._schema
        self._engine = Engine(
            events,
            compiled=limits.compiled,
            cache_bytes=4_000_000,
            max_characters=limits.max_characters,
            max_tokens=limits.max_tokens,
            max_answer_characters=limits.max_answer_characters,
            pricing=pricing(events._schema, limit=limits.max_cost),
        )

    async def prepared(self, text: str) -> Operation:
        """Returns the operation of a selection. Raises RequestError with the errors of GraphQL's validation."""
        operation = await self._engine.prepared(text)
        node = operation.node
        if node.loc is None or text[node.loc.start] != "{" or operation.fragments:
            message = "The selection must be one selection set in braces, without variables and named fragments."
            raise RequestError(RequestErrorKind.VALIDATION, [GraphQLError(message)])
        for field in operation.root_fields:
            if field.name in _INTROSPECTION:
                message = f"Cannot query field '{field.name}' on type '{_EVENT}'."
                raise RequestError(RequestErrorKind.VALIDATION, [GraphQLError(message)])
        self._engine.check(operation, {})
        return operation

    async def problems(self, text: str) -> list[str]:
        """Returns the errors of a selection; an empty list if it is valid."""
        try:
            await self.prepared(text)
        except RequestError as error:
            return [one.message for one in error.errors]
        return []

    async def run(self, operation: Operation, event: EventSource, context: Context) -> ExecutionResult:
        return await self._engine.run(operation, context=context, root_value=event)

    def is_broad(self, operation: Operation) -> bool:
        """Returns whether a payload can have data of contacts that the event is not about."""
        event = self._types.type_map[_EVENT]
        return any(_broad_fields(event, operation.node.selection_set, self._types.type_map, is_shared=False))


def _implements_something(type_: GraphQLNamedType) -> bool:
    return isinstance(type_, GraphQLObjectType) and bool(type_.interfaces)


def _broad_fields(
    type_: GraphQLNamedType, selected: SelectionSetNode, types: Mapping[str, GraphQLNamedType], *, is_shared: bool
) -> Iterator[bool]:
    """Yields whether each selected field has data of another contact. `is_shared`: it is below a shared object."""
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode):
            on = types[node.type_condition.name.value] if node.type_condition else type_
            yield from _broad_fields(on, node.selection_set, types, is_shared=is_shared)
        elif isinstance(node, FieldNode) and node.selection_set is not None:
            field = getattr(type_, "fields", {}).get(node.name.value)
            if field is None:
                continue
            found = get_named_type(field.type)
            yield is_shared and found.name in _PERSONAL
            below = is_shared or found.name in _SHARED
            yield from _broad_fields(found, node.selection_set, types, is_shared=below)
