"""Sends events of all accounts to the operator's receiver, by the Standard Webhooks convention.

Each event of the outbox is a POST with the headers webhook-id, webhook-timestamp and webhook-signature. A status of 2xx
accepts it. Otherwise the server retries it with the same id, after growing pauses and for three days. Events may arrive
twice, and in another order than they happened.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
import structlog

from models.db.task_cancelling import cancel
from schema.ids import IdPrefix, encode
from services.events import outbox
from services.events.outbox import DueEvent
from services.lazy_module import LazyModule
from services.webhooks.public_addresses import Resolver, resolve
from web.webhooks.posting import Poster
from web.webhooks.signatures import signed_headers

if TYPE_CHECKING:
    import httpx2
else:
    httpx2 = LazyModule("httpx2")

log = structlog.get_logger("web.webhooks")

AT_ONCE = 16
_POLL_SECONDS = 1.0
_AFTER_FAILURE_SECONDS = 10.0
_GRACE_SECONDS = 3.0
_FORGET_EVERY = timedelta(hours=1)

_PREFIXES = {
    "contactId": IdPrefix.CONTACT,
    "contactListId": IdPrefix.CONTACT_LIST,
    "campaignId": IdPrefix.CAMPAIGN,
    "messageId": IdPrefix.MESSAGE,
    "userId": IdPrefix.USER,
    "tokenId": IdPrefix.API_TOKEN,
    "jobId": IdPrefix.JOB,
    "reviewId": IdPrefix.CAMPAIGN_REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget:
    """The receiver of events. Each key adds a signature, so that receivers can switch from one key to the next."""

    url: str
    keys: Sequence[bytes] = field(repr=False)
    may_be_private: bool = False


def webhook_id(event: DueEvent) -> str:
    """Returns the event's id, which is the same for every attempt, so that receivers can detect duplicates."""
    return f"evt_{event.id.hex}"


def body(event: DueEvent) -> bytes:
    """Returns the body: type, timestamp of the event, account and data. Its ids are those of the API."""
    data = {
        name: encode(_PREFIXES[name], UUID(value)) if name in _PREFIXES and value is not None else value
        for name, value in event.payload.items()
    }
    account_id = encode(IdPrefix.ACCOUNT, event.account_id)
    whole = {"type": event.kind, "timestamp": event.occurred_at, "accountId": account_id, "data": data}
    return orjson.dumps(whole, option=orjson.OPT_UTC_Z)


class Webhooks:
    """Sends the events of the outbox while it runs. Any number of processes may do so. Without a target it sends none.

    It deletes events after three days, sent or not.
    """

    def __init__(
        self,
        target: WebhookTarget | None,
        *,
        clock: Callable[[], datetime],
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._target = target
        self._clock = clock
        self._resolver = resolver
        self._tls = tls
        self._poster: Poster | None = None
        self._is_heard = True
        self._forget_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._stopping.clear()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Waits up to three seconds for running requests. Unfinished events are sent again after their lease ends."""
        if self._task is not None:
            self._stopping.set()
            await asyncio.wait({self._task}, timeout=_GRACE_SECONDS)
            await cancel(self._task)
        if self._poster is not None:
            await self._poster.close()
            self._poster = None

    async def _run(self) -> None:
        while True:
            try:
                await self._forget()
                busy = self._target is not None and await self.send_due() == AT_ONCE
                pause = 0.0 if busy and self._is_heard else _POLL_SECONDS  # no busy loop if the receiver is down
            except Exception as error:  # noqa: BLE001  # the database may be available again later
                log.error("events can't be sent", error=type(error).__name__)
                pause = _AFTER_FAILURE_SECONDS
            if self._stopping.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _forget(self) -> None:
        now = self._clock()
        if self._forget_at is None or now >= self._forget_at:
            await outbox.purge_expired(now=now)
            self._forget_at = now + _FORGET_EVERY

    async def send_due(self) -> int:
        """Sends up to 16 due events concurrently, and returns their number, accepted or not."""
        events = await outbox.claim(now=self._clock(), limit=AT_ONCE)
        if events:
            problems = await asyncio.gather(*map(self._problem, events))
            delivered = [event for event, problem in zip(events, problems, strict=True) if problem is None]
            failed = [event for event, problem in zip(events, problems, strict=True) if problem is not None]
            if failed:
                reasons = sorted({problem for problem in problems if problem is not None})
                log.warning(
                    "the receiver did not accept events", count=len(failed), first=webhook_id(failed[0]), why=reasons
                )
            self._is_heard = bool(delivered)
            await outbox.mark_attempts(delivered=delivered, failed=failed, now=self._clock())
        return len(events)

    async def _problem(self, event: DueEvent) -> str | None:
        """Sends the event. Returns None if the receiver accepted it, otherwise the reason."""
        try:
            status = await self._post(event)
            return None if 200 <= status < 300 else f"status {status}"
        except Exception as error:  # noqa: BLE001  # the other events must be sent in any case
            return type(error).__name__

    async def _post(self, event: DueEvent) -> int:
        """Sends the event, and returns the answer's status. Does not follow redirects, which could lead anywhere."""
        assert self._target is not None
        if self._poster is None:
            tls = self._tls or httpx2.create_ssl_context()
            may_be_private = self._target.may_be_private
            self._poster = Poster(self._target.url, tls=tls, resolver=self._resolver, may_be_private=may_be_private)
        content, timestamp = body(event), int(self._clock().timestamp())
        headers = signed_headers(self._target.keys, webhook_id(event), timestamp, content)
        return (await self._poster.post(content, headers)).status
