"""The history of contacts; 0026_contact_history.sql has the statements."""

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.migrations._tables import KnowField, KnowModel, RunScript, ScriptMigration

_CONTACT: ForeignKeyFieldInstance[Model] = ForeignKeyFieldInstance(
    "models.Contact", False, fields.NO_ACTION, source_field="contact_id"
)


class Migration(ScriptMigration):
    dependencies = [("models", "0025_audit")]

    operations = [
        RunScript("0026_contact_history.sql"),
        KnowField(model_name="Contact", name="created_by_id", field=fields.UUIDField(null=True)),
        KnowField(model_name="Contact", name="created_by_token_id", field=fields.UUIDField(null=True)),
        KnowField(model_name="Contact", name="import_line", field=fields.IntField(null=True)),
        KnowField(model_name="ConsentEvent", name="job_id", field=fields.UUIDField(null=True)),
        KnowModel(
            name="ContactHistory",
            fields=[
                ("account_id", fields.UUIDField(primary_key=True)),
                ("contact", _CONTACT),
                ("id", fields.UUIDField()),
                ("action", fields.CharField(max_length=32)),
                ("changes", fields.JSONField(null=True)),
                ("contact_list_id", fields.UUIDField(null=True)),
                ("campaign_id", fields.UUIDField(null=True)),
                ("user_id", fields.UUIDField(null=True)),
                ("token_id", fields.UUIDField(null=True)),
                ("occurred_at", fields.DatetimeField()),
            ],
            options={"table": "contact_history"},
        ),
        KnowModel(
            name="BulkChange",
            fields=[
                ("account_id", fields.UUIDField(primary_key=True)),
                ("id", fields.UUIDField()),
                ("action", fields.CharField(max_length=32)),
                ("contact_list_id", fields.UUIDField(null=True)),
                ("campaign_id", fields.UUIDField(null=True)),
                ("job_id", fields.UUIDField(null=True)),
                ("user_id", fields.UUIDField(null=True)),
                ("token_id", fields.UUIDField(null=True)),
                ("occurred_at", fields.DatetimeField()),
            ],
            options={"table": "bulk_change"},
        ),
        KnowModel(
            name="BulkChangeContact",
            fields=[
                ("account_id", fields.UUIDField(primary_key=True)),
                ("contact_id", fields.UUIDField()),
                ("bulk_change_id", fields.UUIDField()),
            ],
            options={"table": "bulk_change_contact"},
        ),
    ]
