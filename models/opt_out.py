"""The register of opted-out numbers and its history. It is independent of contacts."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account, User
from models.fields import nullable_relation, relation


class OptOut(Model):
    """The consent state of a number that has ever opted out or in. Key: (account_id, phone).

    `last_stop_at` is the time of the latest STOP that came from the number. A START that was written before it does not
    lift the opt-out.
    """

    account = relation(Account)
    account_id: UUID
    phone = fields.CharField(max_length=16, primary_key=True)
    is_opted_out = fields.BooleanField()
    source = fields.CharField(max_length=16)
    reason = fields.TextField(null=True)
    changed_at = fields.DatetimeField()
    changed_by = nullable_relation(User)
    changed_by_id: UUID | None
    last_stop_at = fields.DatetimeField(null=True)

    class Meta:
        table = "opt_out"


class ConsentEvent(Model):
    """A change of the register: its user, token or job, time, source and reason. It is never changed or deleted."""

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    phone = fields.CharField(max_length=16)
    is_opted_out = fields.BooleanField()
    source = fields.CharField(max_length=16)
    reason = fields.TextField(null=True)
    user_id = fields.UUIDField(null=True)
    token_id = fields.UUIDField(null=True)
    job_id = fields.UUIDField(null=True)
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "consent_event"
