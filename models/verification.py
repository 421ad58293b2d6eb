"""Whether a number is known to be the contact's: what was asked for."""

from tortoise import fields
from tortoise.models import Model


class Verification(Model):
    """When a verification message was last asked for, and a verification last taken back. Key: (account_id, phone).

    `revoked_at` is cleared when one is asked for again or given by hand; while it is set, no message verifies a contact
    that was there by then.
    """

    account_id = fields.UUIDField()
    phone = fields.CharField(max_length=16, primary_key=True)
    requested_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "verification"
