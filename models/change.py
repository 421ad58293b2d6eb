"""The change log, from which clients synchronize their copies."""

from enum import IntEnum

from tortoise import fields
from tortoise.models import Model


class ChangeKind(IntEnum):
    """The kinds of objects. In a PostgreSQL transaction, owners sort before the objects that belong to them."""

    USER = 1
    CONTACT_LIST = 2
    CAMPAIGN = 3
    CONTACT = 4
    OPT_OUT = 5
    CAMPAIGN_CONTACT = 6


class Change(Model):
    """A change of one object in one transaction, which inserts it with its COMMIT: `database.note_changed`.

    On PostgreSQL the position is the id of the transaction, and the key is (account_id, position, kind, object_id). On
    SQLite the position counts the changes of all accounts, and is the key; `changed_at` is in seconds since 1970. No
    foreign key leads to the account, because its check would take longer than the rest of the insertion.
    """

    account_id = fields.UUIDField(primary_key=True)
    position = fields.BigIntField()
    kind = fields.SmallIntField()
    object_id = fields.UUIDField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "change"
