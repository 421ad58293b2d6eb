"""Results of the Review step, kept for a day so that clients can page through them and apply them."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.campaign import Campaign
from models.fields import nullable_relation, relation


class CampaignReview(Model):
    """A review without its entries.

    `people` and `segments` are its input, `counts` its result. `directory` contains the bucket and the flags of every
    entry (see services.reviews.entries). `purge_number` is the account's number of purges when it was written.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    campaign = nullable_relation(Campaign)
    campaign_id: UUID | None
    people: fields.Field[dict[str, Any]] = fields.JSONField()
    segments: fields.Field[list[dict[str, Any]]] = fields.JSONField()
    counts: fields.Field[dict[str, int]] = fields.JSONField()
    directory = fields.TextField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    purge_number = fields.BigIntField(default=0)

    class Meta:
        table = "campaign_review"


class CampaignReviewPart(Model):
    """Entries of one bucket, in the order of the rows, as JSON. Key: (account_id, review_id, bucket, number)."""

    account_id = fields.UUIDField()
    review_id = fields.UUIDField(primary_key=True)
    bucket = fields.CharField(max_length=32)
    number = fields.IntField()
    entries = fields.TextField()

    class Meta:
        table = "campaign_review_part"
