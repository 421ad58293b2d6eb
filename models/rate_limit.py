"""Counted calls for rate limits."""

from tortoise import fields
from tortoise.models import Model

from models.fields import TextListField


class RateLimit(Model):
    """The latest calls of a subject under a limit. Key: (account_id, name, subject).

    `calls` are their instants, as texts that sort in time order. `idle_at` is when the last of them no longer counts.
    """

    account_id = fields.UUIDField()
    name = fields.CharField(max_length=100, primary_key=True)
    subject = fields.CharField(max_length=255)
    calls = TextListField()
    idle_at = fields.DatetimeField()

    class Meta:
        table = "rate_limit"
