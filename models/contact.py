"""Contacts, their assignees, and the number of contacts with each tag and each label of custom variables."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account, User
from models.fields import TextListField, nullable_relation, relation


class Contact(Model):
    """A person with one phone number, which is unique in the account among contacts outside the trash.

    `phone` is the number by which contacts are found and compared (services.phones.numbers.identity). `given_phone` is
    the number as given, or null if it is the same.

    Some columns are derived from others, so that queries can filter and order by them: `full_name` (the name, or else
    first and last name), `search_text` (see services.contacts.normalization), and from the number `country`,
    `time_zones`, `operator` and `status`. `purge_at` is set together with `deleted_at`: the purge deletes the contact
    at that time. `version` grows with each change of what clients set, except for the lists.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    phone = fields.CharField(max_length=16)
    given_phone = fields.CharField(max_length=16, null=True)
    first_name = fields.TextField(null=True)
    last_name = fields.TextField(null=True)
    name = fields.TextField(null=True)
    full_name = fields.TextField(null=True)
    email = fields.TextField(null=True)
    company_name = fields.TextField(null=True)
    notes = fields.TextField(null=True)
    tags = TextListField()
    custom_variables: fields.Field[dict[str, str]] = fields.JSONField()
    external_id = fields.TextField(null=True)
    sender_number = fields.CharField(max_length=16, null=True)
    verified_at = fields.DatetimeField(null=True)
    status = fields.CharField(max_length=16)
    invalid_reason = fields.CharField(max_length=32, null=True)
    operator = fields.TextField(null=True)
    operator_country = fields.CharField(max_length=2, null=True)
    country = fields.CharField(max_length=2, null=True)
    time_zones = TextListField()
    owner = nullable_relation(User)
    owner_id: UUID | None
    owned_at = fields.DatetimeField(null=True)
    last_inbound_at = fields.DatetimeField(null=True)
    last_outbound_at = fields.DatetimeField(null=True)
    imported_by_job_id = fields.UUIDField(null=True)
    search_text = fields.TextField()
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)
    purge_at = fields.DatetimeField(null=True)

    class Meta:
        table = "contact"


class ContactAssignee(Model):
    """A user assigned to a contact. The key in the database is (account_id, contact_id, user_id)."""

    account_id = fields.UUIDField()
    contact_id = fields.UUIDField(primary_key=True)
    user = relation(User)
    user_id: UUID

    class Meta:
        table = "contact_assignee"


class Tag(Model):
    """The number of contacts outside the trash that have a tag.

    Every change of a contact's tags updates it. A row with 0 means the same as no row. The key in the database is
    (account_id, name).
    """

    account = relation(Account)
    account_id: UUID
    name = fields.CharField(max_length=64, primary_key=True)
    contact_count = fields.IntField()

    class Meta:
        table = "tag"


class CustomVariableLabel(Model):
    """The number of contacts outside the trash that have a custom variable with a label, counted as those of a tag.

    The key in the database is (account_id, label).
    """

    account = relation(Account)
    account_id: UUID
    label = fields.CharField(max_length=100, primary_key=True)
    contact_count = fields.IntField()

    class Meta:
        table = "custom_variable_label"
