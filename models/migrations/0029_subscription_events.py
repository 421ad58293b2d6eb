"""Subscriptions by topic and their events; 0029_subscription_events.sql has the statements."""

from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from models.migrations._tables import ForgetModel, KnowModel, RunScript, ScriptMigration


def _account() -> ForeignKeyFieldInstance[Model]:
    return ForeignKeyFieldInstance("models.Account", False, fields.NO_ACTION, source_field="account_id")


class Migration(ScriptMigration):
    dependencies = [("models", "0028_usage")]

    operations = [
        RunScript("0029_subscription_events.sql"),
        ForgetModel(name="ContactChange"),
        ForgetModel(name="ContactSubscription"),
        KnowModel(
            name="Subscription",
            fields=[
                ("account", _account()),
                ("id", fields.UUIDField(primary_key=True)),
                ("topic", fields.CharField(max_length=16)),
                ("key", fields.CharField(max_length=64)),
                ("criteria", fields.JSONField()),
                ("expires_at", fields.DatetimeField()),
            ],
            options={"table": "subscription"},
        ),
        KnowModel(
            name="SubscriptionEvent",
            fields=[
                ("account", _account()),
                ("position", fields.BigIntField()),
                ("id", fields.UUIDField(primary_key=True)),
                ("topic", fields.CharField(max_length=16)),
                ("body", fields.JSONField()),
                ("occurred_at", fields.DatetimeField()),
            ],
            options={"table": "subscription_event"},
        ),
    ]
