"""Sends the deliveries of webhook endpoints. Each endpoint has its own task, so that no endpoint delays another."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from models.db.task_cancelling import cancel
from schema.execution import Operation, RequestError
from schema.ids import IdPrefix, encode
from services import account_queue
from services.account_queue import Queue
from services.accounts.authentication import Caller, standing_caller
from services.accounts.identities import standing_user
from services.lazy_module import LazyModule
from services.webhooks import disabling, endpoints, queue
from services.webhooks.disabling import DisabledReason
from services.webhooks.limits import webhook_limits
from services.webhooks.public_addresses import PrivateAddress, Resolver
from services.webhooks.queue import Attempt, Candidate, DueDelivery, LeasedEndpoint
from web.webhooks.payloads import Payloads, context_for
from web.webhooks.posting import Poster, Response, ThreadedResolver
from web.webhooks.signatures import signed_headers

if TYPE_CHECKING:
    import httpx2
else:
    httpx2 = LazyModule("httpx2")

log = structlog.get_logger("web.webhooks")

_POLL_SECONDS: Final = 0.5
_AFTER_FAILURE: Final = timedelta(seconds=10)
_GRACE_SECONDS: Final = 3.0
_MOST_ENDPOINTS: Final = 500
"""Endpoints that a process sends to at the same time."""
_MOST_FAILING: Final = 100
"""Of these, endpoints whose last attempt failed, so that dead receivers leave room for the others."""
_ROUNDS: Final = 4
"""A batch has this many deliveries for each concurrent request. It must end within the lease."""
_SHOWN_BYTES: Final = 1_024
_LONGEST_RETRY_AFTER: Final = timedelta(days=1)
_GONE: Final = 410
_HEEDED: Final = (429, 503)


class EndpointSender:
    """Sends due deliveries to the endpoints of all accounts while it runs. Any number of processes may do so."""

    def __init__(
        self,
        payloads: Payloads,
        *,
        clock: Callable[[], datetime],
        base_url: str = "",
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._payloads = payloads
        self._clock = clock
        self._base_url = base_url
        self._own_resolver = None if resolver is not None else ThreadedResolver()
        self._resolver: Resolver = resolver or self._own_resolver or ThreadedResolver()
        self._tls = tls
        self._sending: dict[Candidate, asyncio.Task[int]] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        self._stopping.clear()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Waits up to three seconds for running requests. Another process sends unmarked deliveries again."""
        self._stopping.set()
        tasks = [task for task in (self._task, *self._sending.values()) if task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
        for task in tasks:
            await cancel(task)
        if self._own_resolver is not None:
            self._own_resolver.close()

    async def _run(self) -> None:
        has_checked = False
        while not self._stopping.is_set():
            pause = _POLL_SECONDS
            try:
                if not has_checked:
                    await self.check_selections()
                    has_checked = True
                await self.begin_due()
            except Exception as error:  # noqa: BLE001  # the database may be available again later
                log.error("events can't be sent to webhook endpoints", error=type(error).__name__)
                pause = _AFTER_FAILURE.total_seconds()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def check_selections(self) -> None:
        """Switches off each endpoint whose selection does not fit the schema, as after an upgrade."""
        for account_id, endpoint_id, selection in await endpoints.selections():
            try:
                await self._payloads.prepared(selection)
            except RequestError:
                reason = DisabledReason.SELECTION_INVALID
                await disabling.disable_by_server(account_id, endpoint_id, reason, now=self._clock())

    async def send_due(self) -> int:
        """Sends everything that is due now, and returns the number of attempts."""
        return sum(await asyncio.gather(*(await self.begin_due())))

    async def begin_due(self) -> list[asyncio.Task[int]]:
        """Begins to send to the endpoints with something due, each in a task. Returns the tasks."""
        now = self._clock()
        due = await account_queue.due(Queue.DELIVERIES, now=now)
        begun: list[asyncio.Task[int]] = []
        if due.has_none:
            return begun
        await queue.switch_off_ended(due, now=now)
        for candidate in self._chosen(await queue.candidates(due, now=now)):
            task = asyncio.create_task(self._send_to(candidate))
            self._sending[candidate] = task
            task.add_done_callback(partial(self._forget, candidate))
            begun.append(task)
        await account_queue.settle(due, queue.next_due, now=now)
        return begun

    def _forget(self, candidate: Candidate, _: asyncio.Task[int]) -> None:
        del self._sending[candidate]

    def _chosen(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Returns the endpoints to begin with, as many as this process has room for."""
        busy = {(candidate.account_id, candidate.id) for candidate in self._sending}
        free = [candidate for candidate in candidates if (candidate.account_id, candidate.id) not in busy]
        failing_room = _MOST_FAILING - sum(candidate.is_failing for candidate in self._sending)
        healthy = [candidate for candidate in free if not candidate.is_failing]
        failing = [candidate for candidate in free if candidate.is_failing][: max(failing_room, 0)]
        return [*healthy, *failing][: max(_MOST_ENDPOINTS - len(self._sending), 0)]

    async def _send_to(self, candidate: Candidate) -> int:
        """Leases an endpoint, and sends until nothing is due or an attempt fails. Returns the number of attempts."""
        count = 0
        try:
            endpoint = await queue.lease(candidate, now=self._clock())
            if endpoint is None:
                return 0
            paused_until = None
            try:
                count = await _Sending(self, endpoint).run()
            except Exception:
                paused_until = self._clock() + _AFTER_FAILURE
                raise
            finally:
                await queue.release(endpoint, paused_until=paused_until)
                await account_queue.add(Queue.DELIVERIES, candidate.account_id, due_at=paused_until)
        except Exception as error:  # noqa: BLE001  # the other endpoints must be served in any case
            log.error("events can't be sent to a webhook endpoint", error=type(error).__name__)
        return count

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def now(self) -> datetime:
        return self._clock()

    @property
    def payloads(self) -> Payloads:
        return self._payloads

    @property
    def base_url(self) -> str:
        return self._base_url

    def poster(self, url: str) -> Poster:
        if self._tls is None:
            self._tls = httpx2.create_ssl_context()
        return Poster(url, tls=self._tls, resolver=self._resolver, may_be_private=webhook_limits().allows_private)


class _Sending:
    """The sending to one leased endpoint."""

    def __init__(self, sender: EndpointSender, endpoint: LeasedEndpoint) -> None:
        self._sender = sender
        self._endpoint = endpoint
        self._limits = webhook_limits()
        self._next_at = 0.0

    async def run(self) -> int:
        """Sends batch after batch. Returns the number of attempts."""
        endpoint, count = self._endpoint, 0
        # One request probes a receiver that did not accept the last one.
        size = 1 if endpoint.failure_count else _ROUNDS * self._limits.concurrent_requests
        poster = self._sender.poster(endpoint.url)
        try:
            while not self._sender.is_stopping:
                now = self._sender.now()
                batch = await queue.due(endpoint, limit=size, now=now)
                if not batch:
                    break
                caller = await self._caller(now)
                if caller is None:
                    reason = DisabledReason.TOKEN_ENDED
                    await disabling.disable_by_server(endpoint.account_id, endpoint.id, reason, now=now)
                    break
                ready = await self._with_bodies(batch, caller, now)
                if ready is None or not await queue.renew(endpoint, now=self._sender.now()):
                    break
                if not ready:  # a purge has just emptied all of them
                    continue
                attempts = await self._send(poster, ready)
                count += len(attempts)
                if not await self._mark(attempts):
                    break
                size = _ROUNDS * self._limits.concurrent_requests
        finally:
            await poster.close()
        return count

    async def _caller(self, now: datetime) -> Caller | None:
        endpoint = self._endpoint
        if endpoint.token_id is not None:
            return await standing_caller(endpoint.account_id, token_id=endpoint.token_id, now=now)
        if endpoint.created_by_id is not None:
            return await standing_user(endpoint.account_id, endpoint.created_by_id)
        return None

    async def _with_bodies(
        self, batch: Sequence[DueDelivery], caller: Caller, now: datetime
    ) -> list[tuple[DueDelivery, str]] | None:
        """Returns the deliveries with their bodies; new bodies are stored first.

        Returns None if the endpoint's selection no longer fits the schema; the endpoint is then switched off.
        """
        endpoint, operation = self._endpoint, None
        new = [delivery for delivery in batch if delivery.body is None]
        ready = [(delivery, delivery.body) for delivery in batch if delivery.body is not None]
        if not new:
            return ready
        try:
            if endpoint.selection is not None:
                operation = await self._sender.payloads.prepared(endpoint.selection)
        except RequestError:
            reason = DisabledReason.SELECTION_INVALID
            await disabling.disable_by_server(endpoint.account_id, endpoint.id, reason, now=now)
            return None
        bodies = [(delivery, await self._body(delivery, operation, caller, now)) for delivery in new]
        is_broad = self._sender.payloads.is_broad(operation)
        stored = await queue.keep_bodies(endpoint, bodies, is_broad=is_broad)
        ready += [(delivery, body) for delivery, body in bodies if delivery.id in stored]
        return sorted(ready, key=lambda one: (one[0].occurred_at, one[0].event_id))

    async def _body(self, delivery: DueDelivery, operation: Operation | None, caller: Caller, now: datetime) -> str:
        context = context_for(caller, now, self._sender.base_url)
        return await self._sender.payloads.body(delivery, operation, context)

    async def _send(self, poster: Poster, ready: Sequence[tuple[DueDelivery, str]]) -> list[Attempt]:
        """Sends a batch concurrently. After the first failure, it begins no further request."""
        waiting, attempts = list(reversed(ready)), list[Attempt]()

        async def send_one_after_another() -> None:
            while waiting and all(attempt.is_delivered for attempt in attempts):
                delivery, body = waiting.pop()
                await self._keep_to_the_rate()
                attempts.append(await self._attempt(poster, delivery, body))

        await asyncio.gather(*(send_one_after_another() for _ in range(self._limits.concurrent_requests)))
        return attempts

    async def _keep_to_the_rate(self) -> None:
        now = monotonic()
        starts_at = max(self._next_at, now)
        self._next_at = starts_at + 1 / self._limits.requests_per_second
        if starts_at > now:
            await asyncio.sleep(starts_at - now)

    async def _attempt(self, poster: Poster, delivery: DueDelivery, body: str) -> Attempt:
        began, content = monotonic(), body.encode()
        response, error = None, None
        timestamp = int(self._sender.now().timestamp())
        headers = signed_headers(self._endpoint.keys, encode(IdPrefix.EVENT, delivery.event_id), timestamp, content)
        try:
            response = await poster.post(content, headers, body_bytes=_SHOWN_BYTES)
        except Exception as failure:  # noqa: BLE001  # whatever a receiver does, the delivery has failed
            error = _explained(failure)
        is_delivered = response is not None and 200 <= response.status < 300
        if response is not None and not is_delivered:
            error = f"The receiver answered with status {response.status}."
        return Attempt(
            delivery=delivery,
            is_delivered=is_delivered,
            response_status=None if response is None else response.status,
            response_body=None if response is None else _shown(response.body),
            error=error,
            duration_ms=round((monotonic() - began) * 1000),
            retry_after=None if response is None else _retry_after(response, self._sender.now()),
        )

    async def _mark(self, attempts: Sequence[Attempt]) -> bool:
        """Stores the results. Returns whether to go on."""
        endpoint, now = self._endpoint, self._sender.now()
        failed = [attempt for attempt in attempts if not attempt.is_delivered]
        if failed:
            log.warning(
                "a webhook endpoint did not accept events",
                endpoint=encode(IdPrefix.WEBHOOK_ENDPOINT, endpoint.id),
                count=len(failed),
                why=sorted({attempt.error or "" for attempt in failed}),
            )
        goes_on = await queue.mark(endpoint, attempts, now=now)
        if any(attempt.response_status == _GONE for attempt in failed):
            await disabling.disable_by_server(endpoint.account_id, endpoint.id, DisabledReason.GONE, now=now)
            return False
        return goes_on


def _explained(failure: Exception) -> str:
    """Returns why there was no answer. The text of an exception can have addresses of the server's network."""
    if isinstance(failure, TimeoutError | httpx2.TimeoutException):
        return "The receiver did not answer within 20 seconds."
    if isinstance(failure, PrivateAddress):
        return "The host has an address that is not public."
    if isinstance(failure, httpx2.ConnectError | OSError):
        return "The server could not connect to the receiver."
    return f"The receiver's answer could not be read ({type(failure).__name__})."


def _shown(body: bytes) -> str:
    return body.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _retry_after(response: Response, now: datetime) -> timedelta | None:
    """Returns how long a receiver that is busy asks to wait: at most a day."""
    text = response.headers.get("retry-after", "").strip()
    if response.status not in _HEEDED or not text:
        return None
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_RETRY_AFTER)
    try:
        asked = parsedate_to_datetime(text) - now
    except (ValueError, TypeError):
        return None
    return min(max(asked, timedelta(0)), _LONGEST_RETRY_AFTER)
