"""The use of the API by accounts on each day."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class AccountUsage(Model):
    """The counts of an account on a day in UTC, such as 2026-01-31. Key: (account_id, day).

    They count contacts made, messages recorded and API requests, also of contacts and messages that are deleted since.
    """

    account = relation(Account)
    account_id: UUID
    day = fields.CharField(max_length=10, primary_key=True)
    contacts = fields.IntField()
    messages = fields.IntField()
    requests = fields.IntField()

    class Meta:
        table = "account_usage"
