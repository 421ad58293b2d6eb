"""What an account knows better than the built-in table of operators."""

from tortoise import fields
from tortoise.models import Model


class OperatorPrefix(Model):
    """Numbers that start with `prefix`, digits of E.164 without the plus, are an operator's.

    Key: (account_id, prefix).
    """

    account_id = fields.UUIDField()
    prefix = fields.CharField(max_length=15, primary_key=True)
    operator = fields.TextField()
    country = fields.CharField(max_length=2, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "operator_prefix"
