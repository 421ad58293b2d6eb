"""The usage of accounts by day; 0028_usage.sql creates the table, and 0028_usage_before.sql fills it."""

from tortoise import fields

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0027_contact_version")]

    operations = [
        RunScript("0028_usage.sql"),
        RunScript("0028_usage_before.sql"),
        KnowModel(
            name="AccountUsage",
            fields=[
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account", source_field="account_id", related_name=False, on_delete=fields.NO_ACTION
                    ),
                ),
                ("day", fields.CharField(max_length=10, primary_key=True)),
                ("contacts", fields.IntField()),
                ("messages", fields.IntField()),
                ("requests", fields.IntField()),
            ],
            options={"table": "account_usage"},
        ),
    ]
