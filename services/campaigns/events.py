"""Events of campaigns for webhook endpoints and subscribers."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.subscriptions import event_log
from services.subscriptions.registry import Topic
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType


async def record_contacts_changed(account_id: UUID, campaign_id: UUID, count: int, *, now: datetime) -> None:
    """Records that `count` contacts of a campaign were added, changed or removed. A job records one at its end."""
    if count and not event_log.is_in_job():
        event = Event(type=EventType.CAMPAIGN_CONTACTS_CHANGED, campaign_id=campaign_id, count=count)
        await webhooks.record(account_id, [event], now=now)


async def publish_changes(account_id: UUID, campaign_ids: Iterable[UUID], *, now: datetime) -> None:
    """Publishes a change of campaigns, their counts, lists or segments to their subscribers."""
    await event_log.publish(Topic.CAMPAIGN, account_id, {str(id): [id] for id in campaign_ids}, now=now)
