"""What is counted so that nobody asks too often."""

from tortoise import fields
from tortoise.models import Model

from models.fields import TextListField


class RateLimit(Model):
    """The latest calls of one subject under one limit. Key: (account_id, name, subject).

    `calls` are their instants as texts that sort as they do; `idle_at` is when the last of them is no longer counted.
    """

    account_id = fields.UUIDField()
    name = fields.CharField(max_length=100, primary_key=True)
    subject = fields.CharField(max_length=255)
    calls = TextListField()
    idle_at = fields.DatetimeField()

    class Meta:
        table = "rate_limit"
