"""The register of opted-out numbers, apart from contacts, and its history."""

from tortoise import fields
from tortoise.models import Model


class OptOut(Model):
    """Where a number stands: one row for each that ever opted out or in. Key: (account_id, phone).

    `last_stop_at` is of the latest STOP that came from the number: a START that was written before it lifts nothing.
    """

    account_id = fields.UUIDField()
    phone = fields.CharField(max_length=16, primary_key=True)
    is_opted_out = fields.BooleanField()
    source = fields.CharField(max_length=16)
    reason = fields.TextField(null=True)
    changed_at = fields.DatetimeField()
    changed_by_id = fields.UUIDField(null=True)
    last_stop_at = fields.DatetimeField(null=True)

    class Meta:
        table = "opt_out"


class ConsentEvent(Model):
    """One change of the register: who, when, by which source, why. Written once, never changed or deleted."""

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    phone = fields.CharField(max_length=16)
    is_opted_out = fields.BooleanField()
    source = fields.CharField(max_length=16)
    reason = fields.TextField(null=True)
    user_id = fields.UUIDField(null=True)
    token_id = fields.UUIDField(null=True)
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "consent_event"
