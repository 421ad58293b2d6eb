"""Campaigns, the lists they draw from, and the contacts in them."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Campaign(Model):
    """`contact_count` counts its rows whose contact is outside the trash.

    `name_key` is the name without regard to case, for searches.
    """

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    channel = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    scheduled_at = fields.DatetimeField(null=True)
    contact_count = fields.IntField()
    created_by_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    name_key = fields.CharField(max_length=400, default="")

    class Meta:
        table = "campaign"


class CampaignList(Model):
    """A list that a campaign draws its contacts from. Key: (account_id, campaign_id, contact_list_id)."""

    account_id = fields.UUIDField()
    campaign_id = fields.UUIDField(primary_key=True)
    contact_list_id = fields.UUIDField()

    class Meta:
        table = "campaign_list"


class CampaignSegment(Model):
    """A dated slice of a campaign's contacts. Key: (account_id, campaign_id, segment_id)."""

    account_id = fields.UUIDField()
    campaign_id = fields.UUIDField(primary_key=True)
    segment_id = fields.CharField(max_length=100)
    scheduled_date = fields.DatetimeField(null=True)
    contact_count = fields.IntField()

    class Meta:
        table = "campaign_segment"


class CampaignContact(Model):
    """A contact's place in one campaign; at most one each."""

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    campaign_id = fields.UUIDField()
    contact_id = fields.UUIDField()
    name = fields.TextField(null=True)
    context = fields.TextField(null=True)
    extracted_data: fields.Field[dict[str, Any]] = fields.JSONField()
    external_id = fields.TextField(null=True)
    assignee_id = fields.UUIDField(null=True)
    segment_id = fields.CharField(max_length=100, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "campaign_contact"
