"""What the Review step found, kept for a day so that it can be read in pages and applied."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class CampaignReview(Model):
    """A review without its entries.

    `people` and `segments` are what it was asked with; `counts` what it found. `directory` tells the bucket and the
    flags of every entry (see services.review_entries).
    """

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    campaign_id = fields.UUIDField(null=True)
    people: fields.Field[dict[str, Any]] = fields.JSONField()
    segments: fields.Field[list[dict[str, Any]]] = fields.JSONField()
    counts: fields.Field[dict[str, int]] = fields.JSONField()
    directory = fields.TextField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "campaign_review"


class CampaignReviewPart(Model):
    """Some entries of one bucket, in the order of the rows, as JSON. Key: (account_id, review_id, bucket, number)."""

    account_id = fields.UUIDField()
    review_id = fields.UUIDField(primary_key=True)
    bucket = fields.CharField(max_length=32)
    number = fields.IntField()
    entries = fields.TextField()

    class Meta:
        table = "campaign_review_part"
