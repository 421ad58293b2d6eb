"""The change log; 0024_changes.sql creates the table."""

from tortoise import fields

from models.migrations._change_log import CreateChangeIdentity
from models.migrations._tables import KnowField, KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0023_webhook_endpoints")]

    operations = [
        RunScript("0024_changes.sql"),
        CreateChangeIdentity(),
        KnowModel(
            name="Change",
            fields=[
                ("account_id", fields.UUIDField(primary_key=True)),
                ("position", fields.BigIntField()),
                ("kind", fields.SmallIntField()),
                ("object_id", fields.UUIDField()),
                ("changed_at", fields.DatetimeField()),
            ],
            options={"table": "change"},
        ),
        KnowField(model_name="Account", name="change_epoch", field=fields.CharField(max_length=32, default="")),
        KnowField(model_name="Account", name="change_horizon", field=fields.BigIntField(default=0)),
    ]
