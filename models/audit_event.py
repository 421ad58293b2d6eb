"""The audit log: who changed what, without values."""

from tortoise import fields
from tortoise.models import Model


class AuditEvent(Model):
    """A mutation that wrote something, a job that ended, or a change of the server itself. Never changed.

    `subject` is the id of the one object that it is about, as clients see it. The key is (account_id, id). No foreign
    key leads to another table, because its check would take longer than the rest of the insertion.
    """

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    action = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=32, null=True)
    count = fields.IntField()
    summary = fields.TextField()
    user_id = fields.UUIDField(null=True)
    token_id = fields.UUIDField(null=True)
    job_id = fields.UUIDField(null=True)
    request_id = fields.TextField(null=True)
    ip_address = fields.TextField(null=True)
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "audit_event"
