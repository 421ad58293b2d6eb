"""The register of opted-out numbers and its history. It is independent of contacts."""

from tortoise import fields
from tortoise.models import Model


class OptOut(Model):
    """The consent state of a number that has ever opted out or in. Key: (account_id, phone).

    `last_stop_at` is the time of the latest STOP that came from the number. A START that was written before it does not
    lift the opt-out.
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
    """A change of the register: its user or token, time, source and reason. It is never changed or deleted."""

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
