"""Jobs: work that can take longer than a request."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class Job(Model):
    """A job, which a worker runs under a lease. `checkpoint` is its progress.

    `kind` is the kind that clients see, `task` the name of the work. `output_key` signs links to its file. `started_at`
    is when the first worker started it. `taken_up_at` is when the latest worker did, and `taken_up_row_count` the
    number of rows done by then. No worker starts a QUEUED job before `retry_at`, if that is set. `failing_since` is the
    time of the first of its consecutive temporary failures. `purge_number` is the account's number of purges when the
    job got its data; null once the job has no personal data any more. `warnings` has the form of
    services.imports.warnings.Warnings.to_json, and `sheets` has pairs of a name and whether the sheet is hidden.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)
    task = fields.CharField(max_length=32)
    status = fields.CharField(max_length=16)
    input: fields.Field[dict[str, Any]] = fields.JSONField()
    checkpoint: fields.Field[dict[str, Any]] = fields.JSONField()
    row_count = fields.BigIntField(null=True)
    done_row_count = fields.BigIntField()
    summary: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    columns: fields.Field[list[dict[str, Any]]] = fields.JSONField()
    warnings: fields.Field[list[list[Any]]] = fields.JSONField(default=list)
    encoding = fields.TextField(null=True)
    delimiter = fields.TextField(null=True)
    header_line = fields.BigIntField(null=True)
    sheet = fields.TextField(null=True)
    sheets: fields.Field[list[list[Any]]] = fields.JSONField(default=list)
    error: fields.Field[dict[str, Any] | None] = fields.JSONField(null=True)
    is_dry_run = fields.BooleanField()
    file_name = fields.TextField(null=True)
    contact_list_id = fields.UUIDField(null=True)
    created_by_id = fields.UUIDField(null=True)
    lease_id = fields.UUIDField(null=True)
    leased_until = fields.DatetimeField(null=True)
    failure_count = fields.IntField()
    retry_at = fields.DatetimeField(null=True)
    failing_since = fields.DatetimeField(null=True)
    output_name = fields.TextField(null=True)
    output_type = fields.TextField(null=True)
    output_size = fields.BigIntField(null=True)
    output_key = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    taken_up_at = fields.DatetimeField(null=True)
    taken_up_row_count = fields.BigIntField(default=0)
    finished_at = fields.DatetimeField(null=True)
    purge_number = fields.BigIntField(null=True, default=0)

    class Meta:
        table = "job"


class JobRowError(Model):
    """A problem of a row, which was rejected, or else stored and marked. Key: (account_id, job_id, line, position)."""

    account_id = fields.UUIDField()
    job_id = fields.UUIDField(primary_key=True)
    line = fields.BigIntField()
    position = fields.IntField()
    code = fields.CharField(max_length=32)
    column = fields.TextField(null=True)
    value = fields.TextField(null=True)
    message = fields.TextField()
    suggestion = fields.TextField(null=True)
    is_rejected = fields.BooleanField()
    row_number = fields.BigIntField(null=True)

    class Meta:
        table = "job_row_error"


class JobFile(Model):
    """A piece of a job's file. Key: (account_id, job_id, role, position)."""

    account = relation(Account)
    account_id: UUID
    job_id = fields.UUIDField(primary_key=True)
    role = fields.CharField(max_length=16)
    position = fields.IntField()
    content = fields.BinaryField()

    class Meta:
        table = "job_file"
