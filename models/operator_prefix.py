"""Operator prefixes of an account, which override the built-in table."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class OperatorPrefix(Model):
    """The operator of all numbers that start with `prefix`: the first digits of E.164, without the plus.

    Key: (account_id, prefix).
    """

    account = relation(Account)
    account_id: UUID
    prefix = fields.CharField(max_length=15, primary_key=True)
    operator = fields.TextField()
    country = fields.CharField(max_length=2, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "operator_prefix"
