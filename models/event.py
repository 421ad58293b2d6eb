"""What happened, for whoever wants to hear of it: an outbox, written with its cause and emptied by webhooks."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Event(Model):
    """One thing that happened. It is sent once `due_at` has come, unless `delivered_at` says that it was taken."""

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=64)
    payload: fields.Field[dict[str, Any]] = fields.JSONField()
    occurred_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    attempt_count = fields.IntField()
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "event"
