"""Deletes what an account knows about the numbers of purged contacts. The register of opt-outs remains."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from models.db import database
from models.db.application import PerApplication
from services import purge_log
from services.contacts import unique_keys
from services.events import outbox
from services.history import retention as history
from services.messages import table as message_table
from services.webhooks import queue as webhook_queue


class Erasure:
    """Setting of an application's purges."""

    is_keeping_messages = False


erasure = PerApplication(Erasure)


def configure(*, is_keeping_messages: bool) -> None:
    """Sets whether the messages of this application keep their numbers and bodies."""
    erasure().is_keeping_messages = is_keeping_messages


async def erase(account_id: UUID, phones: Collection[str], *, contact_ids: Collection[UUID], now: datetime) -> None:
    """Deletes messages, events, verifications and bulk changes, in the transaction that has deleted the contacts.

    Empties the payloads of webhook endpoints about these contacts and numbers.

    A number that another contact has, also in the trash, keeps them. `services.purging.traces` deletes what jobs,
    reviews and stored answers have.
    """
    gone = set(phones) - await unique_keys.held_phones(account_id, phones)
    await history.erase(account_id, contact_ids)
    await webhook_queue.erase(account_id, contact_ids=contact_ids, phones=gone)
    if gone:
        await database.execute(
            f"DELETE FROM verification WHERE account_id = $1 AND {database.sql_in('phone', '$2', 'text')}",
            account_id,
            sorted(gone),
        )
        await outbox.delete_of_phones(account_id, gone)
        if not erasure().is_keeping_messages:
            await message_table.erase(account_id, gone, now=now)
    await purge_log.note(account_id, now=now)
