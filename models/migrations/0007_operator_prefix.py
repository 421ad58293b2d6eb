"""Operator prefixes of accounts; 0007_operator_prefix.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0006_campaign_review")]

    operations = [
        RunScript("0007_operator_prefix.sql"),
        KnowModel(
            name="OperatorPrefix",
            fields=[
                ("account_id", fields.UUIDField()),
                ("prefix", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=15)),
                ("operator", fields.TextField(unique=False)),
                ("country", fields.CharField(null=True, max_length=2)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "operator_prefix", "app": "models", "pk_attr": "prefix"},
            bases=["Model"],
        ),
    ]
