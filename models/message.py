"""Reported messages, and the message history of each number."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account, User
from models.fields import nullable_relation, relation


class Message(Model):
    """A message to or from a number, with or without a contact. Each `external_id` of a provider is recorded once.

    `phone` and `given_phone` are as in Contact.

    A purge of the number leaves the message with an empty number and without its body. The API does not show it.
    """

    account = relation(Account)
    account_id: UUID
    id = fields.UUIDField(primary_key=True)
    phone = fields.CharField(max_length=16)
    given_phone = fields.CharField(max_length=16, null=True)
    campaign_id = fields.UUIDField(null=True)
    user = nullable_relation(User)
    user_id: UUID | None
    direction = fields.CharField(max_length=16)
    status = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=16)
    channel = fields.CharField(max_length=16)
    body = fields.TextField(null=True)
    external_id = fields.TextField(null=True)
    occurred_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    needs_review = fields.BooleanField(default=False)

    class Meta:
        table = "message"


class PhoneHistory(Model):
    """Summary of the messages with a number, updated when they are recorded. Key: (account_id, phone).

    `last_inbound_at` and `last_outbound_at` refer to the messages that count for classification.
    """

    account = relation(Account)
    account_id: UUID
    phone = fields.CharField(max_length=16, primary_key=True)
    last_inbound_at = fields.DatetimeField(null=True)
    last_outbound_at = fields.DatetimeField(null=True)

    class Meta:
        table = "phone_history"
