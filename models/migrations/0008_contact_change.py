"""Changes of contacts and subscriptions to them; 0008_contact_change.sql has the statements."""

from uuid import uuid4

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0007_operator_prefix")]

    operations = [
        RunScript("0008_contact_change.sql"),
        KnowModel(
            name="ContactSubscription",
            fields=[
                ("account_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("filter_key", fields.CharField(max_length=64)),
                ("criteria", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "contact_subscription", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        KnowModel(
            name="ContactChange",
            fields=[
                ("account_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=16)),
                ("contact_id", fields.UUIDField(null=True)),
                ("contact_count", fields.IntField()),
                ("matched", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "contact_change", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
