"""Counted calls for rate limits."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import TextListField, relation


class RateLimit(Model):
    """The latest calls of a subject under a limit. Key: (account_id, name, subject).

    `calls` are their instants, as texts that sort in time order. `idle_at` is when the last of them no longer counts.
    """

    account = relation(Account)
    account_id: UUID
    name = fields.CharField(max_length=100, primary_key=True)
    subject = fields.CharField(max_length=255)
    calls = TextListField()
    idle_at = fields.DatetimeField()

    class Meta:
        table = "rate_limit"
