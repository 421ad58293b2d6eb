"""Traces that a purge of contacts deletes; 0018_contact_purge.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowField, KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0017_user_subject")]

    operations = [
        RunScript("0018_contact_purge.sql"),
        KnowModel(
            name="ContactPurge",
            fields=[
                ("account_id", fields.UUIDField(primary_key=True)),
                ("number", fields.BigIntField()),
                ("purged_at", fields.DatetimeField()),
                ("erase_at", fields.DatetimeField(null=True)),
            ],
            options={"table": "contact_purge"},
        ),
        KnowModel(
            name="PurgedPhone",
            fields=[
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account", source_field="account_id", related_name=False, on_delete=fields.NO_ACTION
                    ),
                ),
                ("phone", fields.CharField(max_length=16, primary_key=True)),
                ("purged_at", fields.DatetimeField()),
            ],
            options={"table": "purged_phone"},
        ),
        KnowField(model_name="Job", name="purge_number", field=fields.BigIntField(null=True, default=0)),
        KnowField(model_name="CampaignReview", name="purge_number", field=fields.BigIntField(default=0)),
        KnowField(model_name="Event", name="phone", field=fields.CharField(max_length=16, null=True)),
    ]
