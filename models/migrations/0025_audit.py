"""The audit log; 0025_audit.sql creates the table."""

from tortoise import fields

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0024_changes")]

    operations = [
        RunScript("0025_audit.sql"),
        KnowModel(
            name="AuditEvent",
            fields=[
                ("account_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True)),
                ("action", fields.CharField(max_length=32)),
                ("subject", fields.CharField(max_length=32, null=True)),
                ("count", fields.IntField()),
                ("summary", fields.TextField()),
                ("user_id", fields.UUIDField(null=True)),
                ("token_id", fields.UUIDField(null=True)),
                ("job_id", fields.UUIDField(null=True)),
                ("request_id", fields.TextField(null=True)),
                ("ip_address", fields.TextField(null=True)),
                ("occurred_at", fields.DatetimeField()),
            ],
            options={"table": "audit_event"},
        ),
    ]
