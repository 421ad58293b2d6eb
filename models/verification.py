"""Requests to verify that a number is the contact's."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class Verification(Model):
    """The last request for a verification message, and the last revocation. Key: (account_id, phone).

    A new request and a verification by hand clear `revoked_at`. While it is set, no message verifies a contact that
    existed at that time.
    """

    account = relation(Account)
    account_id: UUID
    phone = fields.CharField(max_length=16, primary_key=True)
    requested_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "verification"
