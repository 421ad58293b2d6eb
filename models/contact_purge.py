"""Purges of contacts, whose traces are deleted in the background."""

from tortoise import fields
from tortoise.models import Model


class ContactPurge(Model):
    """The purges of an account. Key: (account_id).

    `number` counts the transactions that deleted contacts, and `purged_at` is the time of the last one. `erase_at` is
    when a server next deletes what is left of them; null if nothing is left.
    """

    account_id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField()
    purged_at = fields.DatetimeField()
    erase_at = fields.DatetimeField(null=True)

    class Meta:
        table = "contact_purge"
