"""Webhook endpoints of accounts, and the deliveries of events to them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account, ApiToken, User
from models.fields import TextListField, nullable_relation, relation


class WebhookEndpoint(Model):
    """A receiver of an account's events. It is active if `disabled_at` is null.

    `secret` and, until `former_secret_expires_at`, `former_secret` sign its requests. Since `failing_since` no
    attempt has succeeded; `failure_count` counts the pauses since then. Until `paused_until` nothing is sent. One
    process at a time sends to the endpoint, under the lease `lease_id`.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    url = fields.TextField()
    description = fields.TextField(null=True)
    event_types = TextListField()
    selection = fields.TextField(null=True)
    token = nullable_relation(ApiToken)
    token_id: UUID | None
    created_by = nullable_relation(User)
    created_by_id: UUID | None
    is_ordered = fields.BooleanField()
    secret = fields.BinaryField()
    former_secret = fields.BinaryField(null=True)
    former_secret_expires_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)
    disabled_reason = fields.CharField(max_length=32, null=True)
    failing_since = fields.DatetimeField(null=True)
    failure_count = fields.IntField()
    paused_until = fields.DatetimeField(null=True)
    lease_id = fields.UUIDField(null=True)
    leased_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "webhook_endpoint"


class WebhookDelivery(Model):
    """An event to send to one endpoint. All deliveries of an event have its `event_id`.

    `position` orders deliveries. `contact_id` and `phone` name whom the event is about; `subject` has its other ids and
    facts. `body` is null until the first attempt. `is_broad` says that the body can have data of other contacts.
    `erasure_count` grows when a purge empties the delivery. A PENDING delivery is sent at `due_at` or later, and given
    up at `retry_until`.
    """

    account = relation(Account)
    account_id: UUID
    position = fields.BigIntField()
    id = fields.UUIDField(primary_key=True)
    endpoint_id = fields.UUIDField()
    event_id = fields.UUIDField()
    event_type = fields.CharField(max_length=64)
    occurred_at = fields.DatetimeField()
    contact_id = fields.UUIDField(null=True)
    phone = fields.CharField(max_length=16, null=True)
    subject: fields.Field[dict[str, Any]] = fields.JSONField()
    body = fields.TextField(null=True)
    is_broad = fields.BooleanField()
    erasure_count = fields.IntField()
    status = fields.CharField(max_length=16)
    attempt_count = fields.IntField()
    due_at = fields.DatetimeField(null=True)
    retry_until = fields.DatetimeField()
    response_status = fields.IntField(null=True)
    response_body = fields.TextField(null=True)
    error = fields.TextField(null=True)
    duration_ms = fields.IntField(null=True)
    last_attempt_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "webhook_delivery"
