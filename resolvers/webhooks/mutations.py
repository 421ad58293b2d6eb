"""Mutations of webhook endpoints."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypedDict, cast
from uuid import UUID

import strawberry
from strawberry import Some

from resolvers.decoding import decode_id, decode_ids, or_none
from resolvers.query.row_queries import of_id, row
from resolvers.query.tables import WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS, Table
from resolvers.webhooks.selections import event_selections
from schema.context import Context, Info
from schema.errors import to_user_errors
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.webhook import (
    CreateWebhookEndpointInput,
    DeleteWebhookEndpointInput,
    RedeliverWebhookEventsInput,
    RotateWebhookSecretInput,
    TestWebhookEndpointInput,
    UpdateWebhookEndpointInput,
)
from schema.payloads.webhook import (
    CreateWebhookEndpointPayload,
    DeleteWebhookEndpointPayload,
    RedeliverWebhookEventsPayload,
    RotateWebhookSecretPayload,
    TestWebhookEndpointPayload,
    UpdateWebhookEndpointPayload,
)
from schema.types.webhook import WebhookDelivery, WebhookEndpoint
from services.refusal import Code, Refusal, Refused, refuse
from services.webhooks import endpoints, redelivery
from services.webhooks.endpoints import Owner
from services.webhooks.events import EventType


class _OfEndpoint(TypedDict):
    account_id: UUID
    endpoint_id: UUID
    now: datetime


_CHANGEABLE = ("url", "description", "event_types", "selection", "is_ordered")

NewEndpoint = Annotated[
    CreateWebhookEndpointInput, strawberry.argument(description="Webhook endpoint to create, and its settings.")
]
Changes = Annotated[UpdateWebhookEndpointInput, strawberry.argument(description="Endpoint, and the new values.")]
Deletion = Annotated[DeleteWebhookEndpointInput, strawberry.argument(description="ID of the endpoint to delete.")]
Rotation = Annotated[RotateWebhookSecretInput, strawberry.argument(description="Endpoint that gets a new secret.")]
Trial = Annotated[TestWebhookEndpointInput, strawberry.argument(description="Endpoint to test, and the event.")]
Again = Annotated[RedeliverWebhookEventsInput, strawberry.argument(description="Endpoint, and the events to send.")]


async def create_webhook_endpoint(info: Info, input: NewEndpoint) -> CreateWebhookEndpointPayload | None:
    context = info.context
    given = {
        "url": input.url,
        "description": or_none(input.description),
        "event_types": _types(input.event_types),
        "selection": or_none(input.selection),
        "is_ordered": input.is_ordered,
    }
    try:
        await _check_selection(info, given["selection"])
        endpoint_id, secret = await endpoints.create(
            account_id=context.account_id, given=given, owner=_owner(context), now=context.now
        )
    except Refused as refused:
        errors = to_user_errors(refused.refusals, "input")
        return CreateWebhookEndpointPayload(webhook_endpoint=None, secret=None, errors=errors)
    endpoint = await _written(info, WEBHOOK_ENDPOINTS, "webhookEndpoint", endpoint_id)
    return CreateWebhookEndpointPayload(
        webhook_endpoint=cast(WebhookEndpoint | None, endpoint), secret=secret, errors=[]
    )


async def update_webhook_endpoint(info: Info, input: Changes) -> UpdateWebhookEndpointPayload | None:
    context = info.context
    changes = {name: some.value for name in _CHANGEABLE if isinstance(some := getattr(input, name), Some)}
    if changes.get("event_types") is not None:
        changes["event_types"] = _types(changes["event_types"])
    try:
        endpoint_id = decode_id(IdPrefix.WEBHOOK_ENDPOINT, input.id, "id")
        is_active = _is_active(input.is_active)
        await _check_selection(info, changes.get("selection"))
        await endpoints.update(
            account_id=context.account_id,
            endpoint_id=endpoint_id,
            changes=changes,
            is_active=is_active,
            owner=_owner(context),
            now=context.now,
        )
    except Refused as refused:
        errors = to_user_errors(refused.refusals, "input")
        return UpdateWebhookEndpointPayload(webhook_endpoint=None, errors=errors)
    endpoint = await _written(info, WEBHOOK_ENDPOINTS, "webhookEndpoint", endpoint_id)
    return UpdateWebhookEndpointPayload(webhook_endpoint=cast(WebhookEndpoint | None, endpoint), errors=[])


def _is_active(given: Any) -> bool | None:
    """Returns whether to switch the endpoint on or off; None if unset. Raises Refused for null."""
    if not isinstance(given, Some):
        return None
    if given.value is None:
        raise refuse(Code.REQUIRED, "This can't be null.", "isActive")
    return bool(given.value)


async def delete_webhook_endpoint(info: Info, input: Deletion) -> DeleteWebhookEndpointPayload | None:
    context = info.context
    try:
        endpoint_id = decode_id(IdPrefix.WEBHOOK_ENDPOINT, input.id, "id")
        await endpoints.delete(account_id=context.account_id, endpoint_id=endpoint_id, now=context.now)
    except Refused as refused:
        return DeleteWebhookEndpointPayload(deleted_id=None, errors=to_user_errors(refused.refusals, "input"))
    return DeleteWebhookEndpointPayload(deleted_id=input.id, errors=[])


async def rotate_webhook_secret(info: Info, input: Rotation) -> RotateWebhookSecretPayload | None:
    context = info.context
    try:
        endpoint_id = decode_id(IdPrefix.WEBHOOK_ENDPOINT, input.id, "id")
        secret = await endpoints.rotate_secret(
            account_id=context.account_id,
            endpoint_id=endpoint_id,
            former_hours=input.former_secret_hours,
            now=context.now,
        )
    except Refused as refused:
        errors = to_user_errors(refused.refusals, "input")
        return RotateWebhookSecretPayload(webhook_endpoint=None, secret=None, errors=errors)
    endpoint = await _written(info, WEBHOOK_ENDPOINTS, "webhookEndpoint", endpoint_id)
    return RotateWebhookSecretPayload(webhook_endpoint=cast(WebhookEndpoint | None, endpoint), secret=secret, errors=[])


async def test_webhook_endpoint(info: Info, input: Trial) -> TestWebhookEndpointPayload | None:
    context, about = info.context, or_none(input.contact_id)
    try:
        delivery_id = await redelivery.test(
            account_id=context.account_id,
            endpoint_id=decode_id(IdPrefix.WEBHOOK_ENDPOINT, input.id, "id"),
            type_=EventType[input.event_type.name],
            contact_id=None if about is None else decode_id(IdPrefix.CONTACT, about, "contactId"),
            now=context.now,
        )
    except Refused as refused:
        return TestWebhookEndpointPayload(delivery=None, errors=to_user_errors(refused.refusals, "input"))
    delivery = await _written(info, WEBHOOK_DELIVERIES, "delivery", delivery_id)
    return TestWebhookEndpointPayload(delivery=cast(WebhookDelivery | None, delivery), errors=[])


async def redeliver_webhook_events(info: Info, input: Again) -> RedeliverWebhookEventsPayload | None:
    context, event_ids, since = info.context, or_none(input.event_ids), or_none(input.failed_since)
    try:
        endpoint_id = decode_id(IdPrefix.WEBHOOK_ENDPOINT, input.endpoint_id, "endpointId")
        of_endpoint = _OfEndpoint(account_id=context.account_id, endpoint_id=endpoint_id, now=context.now)
        if (event_ids is None) == (since is None):
            raise refuse(Code.INVALID, "Send either eventIds or failedSince.")
        if event_ids is not None:
            if len(event_ids) > redelivery.MAX_EVENTS:
                message = f"The list has {len(event_ids)} IDs; at most {redelivery.MAX_EVENTS} are allowed."
                raise refuse(Code.TOO_MANY, message, "eventIds")
            ids = decode_ids(IdPrefix.EVENT, event_ids, "eventIds")
            count = await redelivery.redeliver(event_ids=ids, **of_endpoint)
        else:
            count = await redelivery.redeliver_failed(since=since, **of_endpoint)
    except Refused as refused:
        return RedeliverWebhookEventsPayload(count=None, errors=to_user_errors(refused.refusals, "input"))
    return RedeliverWebhookEventsPayload(count=count, errors=[])


def _types(types: Collection[Enum]) -> list[EventType]:
    return [EventType[type_.name] for type_ in types]


def _owner(context: Context) -> Owner:
    return Owner(context.caller.user_id, context.caller.token_id)


async def _check_selection(info: Info, text: str | None) -> None:
    """Raises Refused with what GraphQL's validation says about a selection."""
    if text is None:
        return
    problems = await event_selections().of(info.schema).problems(text)
    if problems:
        raise Refused(*(Refusal(Code.INVALID, problem, ("selection",)) for problem in problems))


async def _written(info: Info, table: Table, name: str, key: UUID) -> Any:
    """Returns the written row with the columns that the payload field `name` selects; None if it is not selected."""
    selected = selection(info)
    if name not in selected:
        return None
    return await row(table, selected.under(name).columns or ("id",), of_id(table, info.context.account_id, key))
