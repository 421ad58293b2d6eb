"""Contact lists and their members."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.contact import Contact
from models.fields import relation


class ContactList(Model):
    """A contact list.

    `name_key` is the case-folded name, unique in the account. `contact_count` is the number of members outside the
    trash.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    name_key = fields.CharField(max_length=400)
    description = fields.TextField(null=True)
    contact_count = fields.IntField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "contact_list"


class ContactListMember(Model):
    """A contact on a list, also while it is in the trash. Key: (account_id, contact_list_id, contact_id)."""

    account_id = fields.UUIDField()
    contact_list_id = fields.UUIDField(primary_key=True)
    contact = relation(Contact)
    contact_id: UUID
    created_at = fields.DatetimeField()

    class Meta:
        table = "contact_list_member"
