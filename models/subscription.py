"""Open subscriptions, and the recent events for them. Both tables are empty while there are no subscribers."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class Subscription(Model):
    """An open subscription. Its process renews the row before `expires_at`.

    Subscriptions of a topic that get the same events have equal keys. `criteria` is the filter of contacts; otherwise
    it is empty.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    topic = fields.CharField(max_length=16)
    key = fields.CharField(max_length=64)
    criteria: fields.Field[dict[str, Any]] = fields.JSONField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "subscription"


class SubscriptionEvent(Model):
    """An event, kept for a minute. Key: (account_id, position, id).

    On PostgreSQL the position is the id of the transaction. On SQLite it counts the events of all accounts.
    """

    account = relation(Account)
    account_id: UUID
    position = fields.BigIntField()
    id = fields.UUIDField(primary_key=True)
    topic = fields.CharField(max_length=16)
    body: fields.Field[dict[str, Any]] = fields.JSONField()
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "subscription_event"
