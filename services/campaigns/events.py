"""Events of campaigns for webhook endpoints."""

from datetime import datetime
from uuid import UUID

from services.subscriptions import change_log as contact_change_log
from services.webhooks import recording as webhooks
from services.webhooks.events import Event, EventType


async def record_contacts_changed(account_id: UUID, campaign_id: UUID, count: int, *, now: datetime) -> None:
    """Records that `count` contacts of a campaign were added, changed or removed. A job records one at its end."""
    if count and not contact_change_log.is_in_job():
        event = Event(type=EventType.CAMPAIGN_CONTACTS_CHANGED, campaign_id=campaign_id, count=count)
        await webhooks.record(account_id, [event], now=now)
