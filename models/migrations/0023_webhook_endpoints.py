"""Webhook endpoints of accounts and their deliveries; 0023_webhook_endpoints.sql has the statements."""

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.fields import TextListField
from models.migrations._tables import KnowModel, RunScript, ScriptMigration


def _relation(column: str, model: str, *, is_nullable: bool = False) -> ForeignKeyFieldInstance[Model]:
    return ForeignKeyFieldInstance(
        f"models.{model}", False, fields.NO_ACTION, null=is_nullable, source_field=f"{column}_id"
    )


class Migration(ScriptMigration):
    dependencies = [("models", "0022_search")]

    operations = [
        RunScript("0023_webhook_endpoints.sql"),
        KnowModel(
            name="WebhookEndpoint",
            fields=[
                ("account", _relation("account", "Account")),
                ("id", fields.UUIDField(primary_key=True)),
                ("url", fields.TextField()),
                ("description", fields.TextField(null=True)),
                ("event_types", TextListField()),
                ("selection", fields.TextField(null=True)),
                ("token", _relation("token", "ApiToken", is_nullable=True)),
                ("created_by", _relation("created_by", "User", is_nullable=True)),
                ("is_ordered", fields.BooleanField()),
                ("secret", fields.BinaryField()),
                ("former_secret", fields.BinaryField(null=True)),
                ("former_secret_expires_at", fields.DatetimeField(null=True)),
                ("disabled_at", fields.DatetimeField(null=True)),
                ("disabled_reason", fields.CharField(max_length=32, null=True)),
                ("failing_since", fields.DatetimeField(null=True)),
                ("failure_count", fields.IntField()),
                ("paused_until", fields.DatetimeField(null=True)),
                ("lease_id", fields.UUIDField(null=True)),
                ("leased_until", fields.DatetimeField(null=True)),
                ("created_at", fields.DatetimeField()),
                ("updated_at", fields.DatetimeField()),
            ],
            options={"table": "webhook_endpoint"},
        ),
        KnowModel(
            name="WebhookDelivery",
            fields=[
                ("account", _relation("account", "Account")),
                ("position", fields.BigIntField()),
                ("id", fields.UUIDField(primary_key=True)),
                ("endpoint_id", fields.UUIDField()),
                ("event_id", fields.UUIDField()),
                ("event_type", fields.CharField(max_length=64)),
                ("occurred_at", fields.DatetimeField()),
                ("contact_id", fields.UUIDField(null=True)),
                ("phone", fields.CharField(max_length=16, null=True)),
                ("subject", fields.JSONField()),
                ("body", fields.TextField(null=True)),
                ("is_broad", fields.BooleanField()),
                ("erasure_count", fields.IntField()),
                ("status", fields.CharField(max_length=16)),
                ("attempt_count", fields.IntField()),
                ("due_at", fields.DatetimeField(null=True)),
                ("retry_until", fields.DatetimeField()),
                ("response_status", fields.IntField(null=True)),
                ("response_body", fields.TextField(null=True)),
                ("error", fields.TextField(null=True)),
                ("duration_ms", fields.IntField(null=True)),
                ("last_attempt_at", fields.DatetimeField(null=True)),
                ("created_at", fields.DatetimeField()),
            ],
            options={"table": "webhook_delivery"},
        ),
    ]
