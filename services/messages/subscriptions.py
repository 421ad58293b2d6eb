"""Publishes recorded messages to subscribers."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from itertools import product
from uuid import UUID

from services.messages.table import Direction, MessageDraft
from services.subscriptions import event_log
from services.subscriptions.registry import Topic, interest


def key_of(direction: Direction | None, phone: str | None, campaign_id: UUID | None) -> str:
    """Returns the key of subscriptions to messages with these values. None is any value."""
    return sha256(f"{direction or ''} {phone or ''} {campaign_id or ''}".encode()).hexdigest()


async def publish(account_id: UUID, drafts: Iterable[MessageDraft], *, now: datetime) -> None:
    """Publishes messages that were recorded, or whose status changed."""
    wanted = interest().keys(Topic.MESSAGE, account_id)
    if not wanted:
        return
    by_key: dict[str, list[UUID]] = {}
    for draft in drafts:
        campaign_id = draft.others.get("campaign_id")
        for values in product((None, draft.direction), (None, draft.phone), {None, campaign_id}):
            if (key := key_of(*values)) in wanted:
                by_key.setdefault(key, []).append(draft.id)
    await event_log.publish(Topic.MESSAGE, account_id, by_key, now=now)
