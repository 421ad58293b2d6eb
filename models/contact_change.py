"""What has just changed about contacts, and who wants to hear of it. Both tables are empty where nobody does."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class ContactSubscription(Model):
    """Somebody who is told of changes, by a process that renews the row until then. Equal filters have equal keys."""

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    filter_key = fields.CharField(max_length=64)
    criteria: fields.Field[dict[str, Any]] = fields.JSONField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "contact_subscription"


class ContactChange(Model):
    """A change, kept for a minute. `matched` says which filters the one contact matched before and after it."""

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)
    contact_id = fields.UUIDField(null=True)
    contact_count = fields.IntField()
    matched: fields.Field[dict[str, Any]] = fields.JSONField()
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "contact_change"
