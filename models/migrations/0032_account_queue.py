"""The queue of accounts with work; 0032_account_queue.sql creates the table."""

from tortoise import fields

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0030_change_statements")]

    operations = [
        RunScript("0032_account_queue.sql"),
        KnowModel(
            name="AccountQueue",
            fields=[
                ("account_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True)),
                ("queue", fields.CharField(max_length=16)),
                ("due_at", fields.DatetimeField()),
            ],
            options={"table": "account_queue"},
        ),
    ]
