"""Payloads of the mutations of webhook endpoints."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.types.webhook import WebhookDelivery, WebhookEndpoint

_SECRET = "Secret that signs the requests: whsec_ and base64. It is shown only once. Null if there are errors."
_ENDPOINT = "The endpoint after the change; null if there are errors."


@strawberry.type(description="Result of createWebhookEndpoint: the endpoint and, only here, its secret.")
class CreateWebhookEndpointPayload:
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(
        description="The new endpoint; null if there are errors."
    )
    secret: str | None = strawberry.field(description=_SECRET)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of updateWebhookEndpoint: the changed endpoint.")
class UpdateWebhookEndpointPayload:
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(description=_ENDPOINT)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of deleteWebhookEndpoint: the ID of the deleted endpoint.")
class DeleteWebhookEndpointPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        description="ID of the deleted endpoint; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of rotateWebhookSecret: the endpoint and, only here, its new secret.")
class RotateWebhookSecretPayload:
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(description=_ENDPOINT)
    secret: str | None = strawberry.field(description=_SECRET)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of testWebhookEndpoint: the delivery of the made-up event.")
class TestWebhookEndpointPayload:
    delivery: WebhookDelivery | None = strawberry.field(
        description="The new delivery, which the server sends soon; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of redeliverWebhookEvents: how many deliveries the server sends again.")
class RedeliverWebhookEventsPayload:
    count: int | None = strawberry.field(
        description="Number of deliveries that the server sends again; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)
