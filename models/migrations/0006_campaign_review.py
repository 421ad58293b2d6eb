"""Campaign reviews; 0006_campaign_review.sql has the statements."""

from uuid import uuid4

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS

from models.migrations._tables import KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0005_requests")]

    operations = [
        RunScript("0006_campaign_review.sql"),
        KnowModel(
            name="CampaignReview",
            fields=[
                ("account_id", fields.UUIDField()),
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("campaign_id", fields.UUIDField(null=True)),
                ("people", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("segments", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("counts", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("directory", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "campaign_review", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        KnowModel(
            name="CampaignReviewPart",
            fields=[
                ("account_id", fields.UUIDField()),
                ("review_id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("bucket", fields.CharField(max_length=32)),
                ("number", fields.IntField()),
                ("entries", fields.TextField(unique=False)),
            ],
            options={"table": "campaign_review_part", "app": "models", "pk_attr": "review_id"},
            bases=["Model"],
        ),
    ]
