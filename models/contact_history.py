"""The history of contacts, as far as no other table has it."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.contact import Contact
from models.fields import relation


class ContactHistory(Model):
    """A change of one contact by a mutation. Key: (account_id, contact_id, occurred_at, id).

    `changes` is a list of [field, before, after] with the names of the API; null if no field changed.
    """

    account_id = fields.UUIDField(primary_key=True)
    contact = relation(Contact)
    contact_id: UUID
    id = fields.UUIDField()
    action = fields.CharField(max_length=32)
    changes: fields.Field[Any] = fields.JSONField(null=True)
    contact_list_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    user_id = fields.UUIDField(null=True)
    token_id = fields.UUIDField(null=True)
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "contact_history"


class BulkChange(Model):
    """A change of several contacts by a mutation, or by a batch of a job. Key: (account_id, id)."""

    account_id = fields.UUIDField(primary_key=True)
    id = fields.UUIDField()
    action = fields.CharField(max_length=32)
    contact_list_id = fields.UUIDField(null=True)
    campaign_id = fields.UUIDField(null=True)
    job_id = fields.UUIDField(null=True)
    user_id = fields.UUIDField(null=True)
    token_id = fields.UUIDField(null=True)
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "bulk_change"


class BulkChangeContact(Model):
    """A contact of a bulk change. Key: (account_id, contact_id, bulk_change_id).

    No foreign key leads to the contact, because its check would take longer than the rest of the insertion. A purge of
    the contact deletes the row.
    """

    account_id = fields.UUIDField(primary_key=True)
    contact_id = fields.UUIDField()
    bulk_change_id = fields.UUIDField()

    class Meta:
        table = "bulk_change_contact"
