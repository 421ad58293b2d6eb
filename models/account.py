"""Accounts, their users and their API tokens."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.fields import TextListField, nullable_relation, relation


class Account(Model):
    """A customer of this server. Its id is the first column of every other table's key.

    `change_epoch` differs after a restore, which makes the cursors of changes invalid. Changes up to the position
    `change_horizon` are deleted.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=200)
    default_region = fields.CharField(max_length=2, null=True)
    phone_policy = fields.CharField(max_length=16)
    network_check = fields.CharField(max_length=16)
    contact_protection_hours = fields.IntField()
    trash_retention_days = fields.IntField()
    digits_only_numbers = fields.CharField(max_length=16, default="INTERNATIONAL")
    change_epoch = fields.CharField(max_length=32, default="")
    change_horizon = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    opt_out_keywords = TextListField(default=list)
    opt_in_keywords = TextListField(default=list)

    class Meta:
        table = "account"


class User(Model):
    """A user of an account.

    `email_key` is the case-folded e-mail address, unique in the account. `name_key` is the case-folded name, for
    searches. `subject` is the user's ID at the identity provider, unique in the account.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=254)
    email_key = fields.CharField(max_length=254)
    name = fields.CharField(max_length=200)
    role = fields.CharField(max_length=16)
    is_active = fields.BooleanField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    name_key = fields.CharField(max_length=400, default="")
    subject = fields.CharField(max_length=255, null=True)

    class Meta:
        table = "account_user"


class ApiToken(Model):
    """An API token of an account. `secret_hash` is the SHA-256 of the secret, in hexadecimal."""

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    user = nullable_relation(User)
    user_id: UUID | None
    name = fields.CharField(max_length=200)
    scopes = TextListField()
    secret_hash = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_token"
