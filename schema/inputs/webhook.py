"""Inputs that create, change and test webhook endpoints."""

from datetime import datetime

import strawberry
from strawberry import UNSET, Maybe

from schema.types.webhook import EventType

_URL = (
    "URL that receives the events, at most 2000 characters. It must begin with https:// and not be a private address."
)
_DESCRIPTION = "Purpose of the endpoint, at most 200 characters."
_TYPES = "Types of the events that the endpoint receives, at least one."
_SELECTION = (
    "Selection set on WebhookEvent, in braces, without variables and named fragments, such as "
    "`{ type contact { id phone } }`. At most 20000 characters; the limits of queries apply. If null, payloads have "
    "ids only."
)
_ENDPOINT_ID = "ID of the webhook endpoint; starts with whe_."


@strawberry.input(description="A webhook endpoint to create. The account can have at most 20.")
class CreateWebhookEndpointInput:
    url: str = strawberry.field(description=_URL)
    description: str | None = strawberry.field(default=UNSET, description=_DESCRIPTION)
    event_types: list[EventType] = strawberry.field(description=_TYPES)
    selection: str | None = strawberry.field(default=UNSET, description=_SELECTION)
    is_ordered: bool = strawberry.field(
        default=False, description="Sends events about one contact one after another, each after the previous one."
    )


@strawberry.input(
    description=(
        "Changes to a webhook endpoint. Unset fields stay unchanged. A change of `url` or `selection` makes the "
        "caller's token that of the endpoint."
    )
)
class UpdateWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description=_ENDPOINT_ID)
    url: Maybe[str | None] = strawberry.field(description=_URL)
    description: Maybe[str | None] = strawberry.field(description=f"{_DESCRIPTION} Null clears it.")
    event_types: Maybe[list[EventType] | None] = strawberry.field(description=_TYPES)
    selection: Maybe[str | None] = strawberry.field(description=_SELECTION)
    is_ordered: Maybe[bool | None] = strawberry.field(
        description="True sends events about one contact one after another."
    )
    is_active: Maybe[bool | None] = strawberry.field(
        description=(
            "True switches the endpoint on, with the caller's token from then on. False switches it off and gives up "
            "what waits for it."
        ),
    )


@strawberry.input(description="The webhook endpoint to delete.")
class DeleteWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description=_ENDPOINT_ID)


@strawberry.input(description="The webhook endpoint that gets a new secret.")
class RotateWebhookSecretInput:
    id: strawberry.ID = strawberry.field(description=_ENDPOINT_ID)
    former_secret_hours: int = strawberry.field(
        default=24,
        description=(
            "Time in hours (0 to 168) during which the former secret also signs; 0 ends it at once. At most two "
            "secrets sign: a second rotation ends the oldest."
        ),
    )


@strawberry.input(description="A made-up event, which is sent like any other to one webhook endpoint.")
class TestWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description=_ENDPOINT_ID)
    event_type: EventType = strawberry.field(
        default=EventType.WEBHOOK_TEST, description="Type of the event. The endpoint need not ask for it."
    )
    contact_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the contact that the event is about; starts with cnt_."
    )


@strawberry.input(description="Events to send again: either eventIds or failedSince.")
class RedeliverWebhookEventsInput:
    endpoint_id: strawberry.ID = strawberry.field(description=_ENDPOINT_ID)
    event_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="IDs of events of the last seven days, at most 1000; each starts with evt_."
    )
    failed_since: datetime | None = strawberry.field(
        default=UNSET,
        description=(
            "Sends everything that the receiver has not accepted and whose last attempt was then or later, whether it "
            "waits for the next attempt or was given up."
        ),
    )
