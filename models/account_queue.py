"""The accounts with work that waits. Only a Citus cluster has rows in it."""

from tortoise import fields
from tortoise.models import Model


class AccountQueue(Model):
    """A note that an account may have work in a queue at `due_at`. An account can have several. Key: (account_id, id).

    On a Citus cluster the table stays on the coordinator, so that a process that looks for work asks no other node.
    """

    account_id = fields.UUIDField()
    id = fields.UUIDField(primary_key=True)
    queue = fields.CharField(max_length=16)
    due_at = fields.DatetimeField()

    class Meta:
        table = "account_queue"
