"""Idempotency keys and rate limits; 0005_requests.sql has the statements."""

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS

from models.fields import TextListField
from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0004_verification")]

    operations = [
        RunScript("0005_requests.sql"),
        KnowModel(
            name="IdempotencyKey",
            fields=[
                ("account_id", fields.UUIDField()),
                ("key_hash", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("request_hash", fields.CharField(max_length=64)),
                ("status", fields.IntField()),
                ("answer", fields.BinaryField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "idempotency_key", "app": "models", "pk_attr": "key_hash"},
            bases=["Model"],
        ),
        KnowModel(
            name="RateLimit",
            fields=[
                ("account_id", fields.UUIDField()),
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=100)),
                ("subject", fields.CharField(max_length=255)),
                ("calls", TextListField(encoder=JSON_DUMPS, decoder=loads)),
                ("idle_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "rate_limit", "app": "models", "pk_attr": "name"},
            bases=["Model"],
        ),
    ]
