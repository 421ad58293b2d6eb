"""Sends the events in the outbox, at given instants."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from models.db import database
from services.events import recording as events
from services.events.recording import EventKind
from tests.support.api_client import MONDAY, Api
from tests.support.servers.webhook_receiver import Receiver
from tests.support.snapshot import stored_rows
from web.webhooks.operator import Webhooks, WebhookTarget

KEY = b"k" * 24
SECOND = timedelta(seconds=1)


class Sender:
    """Sends the events that are due at an instant. Host names resolve to this machine's address."""

    def __init__(
        self, receiver: Receiver, *, url: str = "http://hooks.example.com:{port}/in?a=b", **options: Any
    ) -> None:
        self.now = MONDAY
        self.asked: list[str] = []
        self.addresses: Sequence[str] = options.pop("addresses", ["127.0.0.1"])
        target = WebhookTarget(
            url=url.format(port=receiver.port),
            keys=options.pop("keys", [KEY]),
            may_be_private=options.pop("may_be_private", True),
        )
        self.webhooks = Webhooks(target, clock=lambda: self.now, resolver=self.resolve, **options)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses

    async def at(self, now: datetime) -> int:
        """Returns the number of events sent, accepted or not."""
        self.now = now
        return await self.webhooks.send_due()


async def record_events(api: Api, kind: EventKind = EventKind.JOB_FINISHED, *, count: int = 1, **payload: Any) -> None:
    events.configure(has_webhook=True)
    async with database.transaction():
        happened = [(kind, payload or {"status": "COMPLETED"}) for _ in range(count)]
        await events.record_many(account_id=api.account_id, happened=happened, now=api.now)


async def delivery_state(api: Api) -> list[tuple[int, datetime, datetime | None]]:
    """Returns attempts, due instant and delivery instant of each event."""
    rows = (await stored_rows(api))["event"]
    return [(row["attempt_count"], row["due_at"], row["delivered_at"]) for row in rows]
