"""Tells one address of what happened, by the Standard Webhooks convention (github.com/standard-webhooks).

Each event of the outbox is a POST with the headers webhook-id, webhook-timestamp and webhook-signature. It is taken
when the answer's status is 2xx; else it comes again, under the same id, after growing pauses and for three days.
Events may come twice and in another order than they happened.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
import structlog

from schema.ids import Prefix, encode
from services import outbox
from services.late import Late
from services.outbox import Due
from web.public_addresses import Resolver, public_addresses, resolve

if TYPE_CHECKING:
    import httpx2
else:
    httpx2 = Late("httpx2")

log = structlog.get_logger("web.webhooks")

AT_ONCE = 16
_POLL_SECONDS = 1.0
_AFTER_FAILURE_SECONDS = 10.0
_LONGEST_SECONDS = 20.0
_GRACE_SECONDS = 3.0
_FORGET_EVERY = timedelta(hours=1)
_READ_BYTES = 65_536

_PREFIXES = {
    "contactId": Prefix.CONTACT,
    "contactListId": Prefix.CONTACT_LIST,
    "campaignId": Prefix.CAMPAIGN,
    "messageId": Prefix.MESSAGE,
    "userId": Prefix.USER,
    "jobId": Prefix.JOB,
    "reviewId": Prefix.CAMPAIGN_REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where events go. Each key makes a signature of its own, so that receivers can go over from one to the next."""

    url: str
    keys: Sequence[bytes] = field(repr=False)
    may_be_private: bool = False


def webhook_id(event: Due) -> str:
    """The same for every attempt, so that a receiver knows an event that comes again."""
    return f"evt_{event.id.hex}"


def body(event: Due) -> bytes:
    """What is sent: type, timestamp (when it happened) and data, in which ids are as clients see them."""
    data = {
        name: encode(_PREFIXES[name], UUID(value)) if name in _PREFIXES and value is not None else value
        for name, value in event.payload.items()
    }
    account_id = encode(Prefix.ACCOUNT, event.account_id)
    whole = {"type": event.kind, "timestamp": event.occurred_at, "accountId": account_id, "data": data}
    return orjson.dumps(whole, option=orjson.OPT_UTC_Z)


def signature(key: bytes, id: str, timestamp: int, content: bytes) -> str:
    """`v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.content`."""
    signed = b"%s.%d.%s" % (id.encode(), timestamp, content)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Webhooks:
    """Sends what the outbox holds, as long as it runs; any number of processes may. Without a target nothing is sent.

    What is three days old is deleted, sent or not.
    """

    def __init__(
        self,
        target: Target | None,
        *,
        clock: Callable[[], datetime],
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._target = target
        self._clock = clock
        self._resolver = resolver
        self._tls = tls
        self._client: httpx2.AsyncClient | None = None
        self._is_heard = True
        self._forget_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._stopping.clear()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Waits a little for what is on its way. What is not taken by then is sent again once its lease is over."""
        if self._task is not None:
            self._stopping.set()
            await asyncio.wait({self._task}, timeout=_GRACE_SECONDS)
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _run(self) -> None:
        while True:
            try:
                await self._forget()
                busy = self._target is not None and await self.send_due() == AT_ONCE
                pause = 0.0 if busy and self._is_heard else _POLL_SECONDS  # one that is away is not called without end
            except Exception as error:  # noqa: BLE001  # a database that is away now may be back later
                log.error("events can't be sent", error=type(error).__name__)
                pause = _AFTER_FAILURE_SECONDS
            if self._stopping.is_set():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _forget(self) -> None:
        now = self._clock()
        if self._forget_at is None or now >= self._forget_at:
            await outbox.forget(now=now)
            self._forget_at = now + _FORGET_EVERY

    async def send_due(self) -> int:
        """Sends what is due, as much as is sent at once; how many events that were, taken or not."""
        events = await outbox.claim(now=self._clock(), limit=AT_ONCE)
        if events:
            problems = await asyncio.gather(*map(self._problem, events))
            delivered = [event for event, problem in zip(events, problems, strict=True) if problem is None]
            failed = [event for event, problem in zip(events, problems, strict=True) if problem is not None]
            if failed:
                reasons = sorted({problem for problem in problems if problem is not None})
                log.warning("events were not taken", count=len(failed), first=webhook_id(failed[0]), why=reasons)
            self._is_heard = bool(delivered)
            await outbox.settle(delivered=delivered, failed=failed, now=self._clock())
        return len(events)

    async def _problem(self, event: Due) -> str | None:
        """Sends the event; why it was not taken, None where it was."""
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                status = await self._post(event)
            return None if 200 <= status < 300 else f"status {status}"
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not keep the other events from being sent
            return type(error).__name__

    async def _post(self, event: Due) -> int:
        """The status that is answered. Redirects are not followed: they could lead anywhere."""
        assert self._target is not None
        url, content = httpx2.URL(self._target.url), body(event)
        timestamp = int(self._clock().timestamp())
        signatures = [signature(key, webhook_id(event), timestamp, content) for key in self._target.keys]
        headers = {
            "content-type": "application/json",
            "user-agent": "Muster",
            "webhook-id": webhook_id(event),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
            "host": url.netloc.decode(),
        }
        port = url.port or (443 if url.scheme == "https" else 80)
        # The address that was looked at is the one that is called: asked again, its name could give another one.
        find = self._resolver if self._target.may_be_private else self._public
        failure: Exception = OSError()
        for address in await find(url.host, port):
            there = url.copy_with(host=address)
            try:
                async with self._connected().stream(
                    "POST", there, content=content, headers=headers, extensions={"sni_hostname": url.host}
                ) as answer:
                    await _read_some(answer)
                    return answer.status_code
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _public(self, host: str, port: int) -> Sequence[str]:
        return await public_addresses(host, port, resolver=self._resolver)

    def _connected(self) -> httpx2.AsyncClient:
        if self._client is None:
            tls = self._tls or httpx2.create_ssl_context()
            self._client = httpx2.AsyncClient(verify=tls, trust_env=False, follow_redirects=False, timeout=10.0)
        return self._client


async def _read_some(answer: httpx2.Response) -> None:
    """Reads a short answer, so that its connection can be used again; of a long one no more than a little."""
    read = 0
    async for part in answer.aiter_raw():
        read += len(part)
        if read > _READ_BYTES:
            return
