"""Recent changes of contacts, and subscriptions to them. Both tables are empty while there are no subscribers."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class ContactSubscription(Model):
    """A subscriber to changes. Its process renews the row before `expires_at`. Equal filters have equal keys."""

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    filter_key = fields.CharField(max_length=64)
    criteria: fields.Field[dict[str, Any]] = fields.JSONField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "contact_subscription"


class ContactChange(Model):
    """A change, kept for a minute. For a single contact, `matched` has the filters that matched before and after it."""

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)
    contact_id = fields.UUIDField(null=True)
    contact_count = fields.IntField()
    matched: fields.Field[dict[str, Any]] = fields.JSONField()
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "contact_change"
