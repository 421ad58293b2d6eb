"""Outbox of events. Each event is written in the transaction of its cause; webhooks send it."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class Event(Model):
    """An event for webhooks, sent at `due_at` or later. `delivered_at` is set once the receiver has accepted it.

    `phone` is the number in the payload, if it has one.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=64)
    payload: fields.Field[dict[str, Any]] = fields.JSONField()
    occurred_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    attempt_count = fields.IntField()
    delivered_at = fields.DatetimeField(null=True)
    phone = fields.CharField(max_length=16, null=True)

    class Meta:
        table = "event"
