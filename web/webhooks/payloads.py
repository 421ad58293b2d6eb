"""Reads the payloads of events, with the rights of the endpoint's token."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
import strawberry
import structlog
from graphql import GraphQLError

from models.db.deadline import Deadline, TemporaryFailure
from resolvers.loaders import LOADERS
from resolvers.webhooks.selections import event_selections
from schema.context import Context
from schema.event_selection import EventSource
from schema.execution import Operation
from schema.ids import IdPrefix, encode
from services.webhooks.events import EventType, id_in, wire_name
from services.webhooks.queue import MAX_PAYLOAD, DueDelivery
from web import logs
from web.http.graphql_errors import internal_error

log = structlog.get_logger("web.webhooks")

_CONSENT: Final = (EventType.CONTACT_OPTED_OUT, EventType.CONTACT_OPTED_IN)
_IDS: Final = (
    ("contactId", IdPrefix.CONTACT, "contact_id"),
    ("contactListId", IdPrefix.CONTACT_LIST, "contact_list_id"),
    ("campaignId", IdPrefix.CAMPAIGN, "campaign_id"),
    ("messageId", IdPrefix.MESSAGE, "message_id"),
    ("jobId", IdPrefix.JOB, "job_id"),
)
_READ_SECONDS: Final = 10.0


class Payloads:
    """Makes the bodies of deliveries. `schema` is the schema of the API."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema

    async def prepared(self, selection: str) -> Operation:
        """Returns the operation of a stored selection. Raises RequestError if it no longer fits the schema."""
        return await event_selections().of(self._schema).prepared(selection)

    def is_broad(self, operation: Operation | None) -> bool:
        """Returns whether a payload can have data of contacts that the event is not about."""
        return operation is not None and event_selections().of(self._schema).is_broad(operation)

    async def body(self, delivery: DueDelivery, operation: Operation | None, context: Context) -> str:
        """Returns the body of a delivery. Without an operation, and beyond 256 KB, it has only the ids.

        Raises TemporaryFailure if the database does not answer.
        """
        event = _source(delivery, context.account_id)
        if operation is None:
            return _text(event, ids_of(event))
        data, errors = await self._read(event, operation, context)
        content = _text(event, data, errors)
        if len(content.encode()) <= MAX_PAYLOAD:
            return content
        return _text(event, ids_of(event), is_truncated=True)

    async def _read(self, event: EventSource, operation: Operation, context: Context) -> tuple[Any, list[Any]]:
        with Deadline(_READ_SECONDS, account_id=context.account_id):
            result = await event_selections().of(self._schema).run(operation, event, context)
        for error in result.errors or ():
            if isinstance(error.original_error, TemporaryFailure):
                raise error.original_error
        return result.data, [_written(error, context.request_id) for error in result.errors or ()]


def _written(error: GraphQLError, request_id: str) -> Any:
    """Returns an error for the receiver. An unexpected one is masked and logged."""
    if error.original_error is None or "code" in (error.extensions or {}):
        return error.formatted
    log.error("a payload could not be read whole", exception=logs.described(error.original_error))
    return {**internal_error(request_id), "path": error.path}


def _source(delivery: DueDelivery, account_id: UUID) -> EventSource:
    subject = delivery.subject
    return EventSource(
        id=delivery.event_id,
        type=delivery.event_type,
        occurred_at=delivery.occurred_at,
        account_id=account_id,
        contact_id=delivery.contact_id,
        contact_list_id=id_in(subject, "contactListId"),
        campaign_id=id_in(subject, "campaignId"),
        message_id=id_in(subject, "messageId"),
        job_id=id_in(subject, "jobId"),
        phone=delivery.phone if delivery.event_type in _CONSENT else None,
        previous_status=subject.get("previousStatus"),
        changed_fields=subject.get("changedFields", []),
        count=subject.get("count"),
        user_id=id_in(subject, "userId"),
        token_id=id_in(subject, "tokenId"),
    )


def ids_of(event: EventSource) -> dict[str, Any]:
    """Returns the data of a payload without a selection: id, type, occurredAt and the ids of the objects."""
    ids = {
        name: None if (id := getattr(event, column)) is None else encode(prefix, id) for name, prefix, column in _IDS
    }
    return {"id": encode(IdPrefix.EVENT, event.id), "type": event.type, "occurredAt": event.occurred_at, **ids}


def _text(
    event: EventSource, data: Mapping[str, Any] | None, errors: Sequence[Any] = (), *, is_truncated: bool = False
) -> str:
    whole: dict[str, Any] = {
        "type": wire_name(event.type),
        "timestamp": event.occurred_at,
        "accountId": encode(IdPrefix.ACCOUNT, event.account_id),
        "data": data,
    }
    if errors:
        whole["errors"] = errors
    if is_truncated:
        whole["isTruncated"] = True
    return orjson.dumps(whole, option=orjson.OPT_UTC_Z).decode()


def context_for(caller: Any, now: Any, base_url: str) -> Context:
    """Returns the context in which payloads are read."""
    return Context(caller, now, f"webhook-{caller.account_id}", LOADERS, base_url)
