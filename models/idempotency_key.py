"""Stored answers, which make requests safe to retry."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.fields import relation


class IdempotencyKey(Model):
    """The answer to the first request under a key. Key: (account_id, key_hash).

    `key_hash` and `request_hash` are SHA-256 in hexadecimal. `answer` is encrypted with the key, which is not stored.
    """

    account = relation(Account)
    account_id: UUID
    key_hash = fields.CharField(max_length=64, primary_key=True)
    request_hash = fields.CharField(max_length=64)
    status = fields.IntField()
    answer = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_key"
