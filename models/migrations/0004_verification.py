"""Verification of contacts, and the latest STOP of a number; 0004_verification.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowField, KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0003_jobs")]

    operations = [
        RunScript("0004_verification.sql"),
        KnowField("OptOut", "last_stop_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        KnowModel(
            name="Verification",
            fields=[
                ("account_id", fields.UUIDField()),
                ("phone", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                ("requested_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "verification", "app": "models", "pk_attr": "phone"},
            bases=["Model"],
        ),
    ]
