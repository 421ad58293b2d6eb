"""Campaigns, their contact lists, segments and contacts."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account, User
from models.contact import Contact
from models.contact_list import ContactList
from models.fields import nullable_relation, relation


class Campaign(Model):
    """A campaign.

    `contact_count` is the number of its contacts outside the trash. `name_key` is the case-folded name, for searches.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    description = fields.TextField(null=True)
    channel = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    scheduled_at = fields.DatetimeField(null=True)
    contact_count = fields.IntField()
    created_by = nullable_relation(User)
    created_by_id: UUID | None
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    name_key = fields.CharField(max_length=400, default="")

    class Meta:
        table = "campaign"


class CampaignList(Model):
    """A contact list whose members a campaign contacts. Key: (account_id, campaign_id, contact_list_id)."""

    account_id = fields.UUIDField()
    campaign_id = fields.UUIDField(primary_key=True)
    contact_list = relation(ContactList)
    contact_list_id: UUID

    class Meta:
        table = "campaign_list"


class CampaignSegment(Model):
    """A segment of a campaign's contacts, with its date. Key: (account_id, campaign_id, segment_id)."""

    account_id = fields.UUIDField()
    campaign_id = fields.UUIDField(primary_key=True)
    segment_id = fields.CharField(max_length=100)
    scheduled_date = fields.DatetimeField(null=True)
    contact_count = fields.IntField()

    class Meta:
        table = "campaign_segment"


class CampaignContact(Model):
    """A contact in a campaign. A campaign has each contact at most once."""

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    campaign = relation(Campaign)
    campaign_id: UUID
    contact = relation(Contact)
    contact_id: UUID
    name = fields.TextField(null=True)
    context = fields.TextField(null=True)
    extracted_data: fields.Field[dict[str, Any]] = fields.JSONField()
    external_id = fields.TextField(null=True)
    assignee = nullable_relation(User)
    assignee_id: UUID | None
    segment_id = fields.CharField(max_length=100, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "campaign_contact"
