"""The change log, from which clients synchronize their copies."""

from tortoise import fields
from tortoise.models import Model


class Change(Model):
    """A change of one object. Triggers write it: models/migrations/_change_triggers.py.

    On PostgreSQL the position is the id of the transaction, and the key is (account_id, position, kind, object_id). On
    SQLite the position counts the changes of all accounts, and is the key. No foreign key leads to the account, because
    its check would take longer than the rest of the insertion.
    """

    account_id = fields.UUIDField(primary_key=True)
    position = fields.BigIntField()
    kind = fields.SmallIntField()
    object_id = fields.UUIDField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "change"
