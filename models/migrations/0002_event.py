"""The outbox of events; 0002_event.sql has the statements."""

from uuid import uuid4

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0001_initial")]

    operations = [
        RunScript("0002_event.sql"),
        KnowModel(
            name="Event",
            fields=[
                ("account_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=64)),
                ("payload", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("attempt_count", fields.IntField()),
                ("delivered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "event", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
