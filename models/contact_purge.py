"""Purges of contacts, whose traces are deleted in the background."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class ContactPurge(Model):
    """Purges of an account, in one row. Key: (account_id).

    `number` counts the transactions that deleted contacts, and `purged_at` is the time of the last one. `erase_at` is
    when a server next deletes the traces of those contacts; null if there are none.
    """

    account_id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField()
    purged_at = fields.DatetimeField()
    erase_at = fields.DatetimeField(null=True)

    class Meta:
        table = "contact_purge"


class PurgedPhone(Model):
    """A number whose messages a server still has to empty, up to those of `purged_at`. Key: (account_id, phone)."""

    account = relation(Account)
    account_id: UUID
    phone = fields.CharField(max_length=16, primary_key=True)
    purged_at = fields.DatetimeField()

    class Meta:
        table = "purged_phone"
