"""`GET /metrics`, on the server's port or on a separate port."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
import uvicorn
from prometheus_client import disable_created_metrics, generate_latest
from prometheus_client.metrics_core import Metric
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from models.db.application import Application
from models.db.replicas import replicas
from models.db.task_cancelling import cancel
from schema.execution.parse.documents import Documents
from services.accounts.authentication import Scope as TokenScope, callers
from services.webhooks.outcomes import attempt_counts
from web.credentials.callers import Credentials
from web.http import responses
from web.http.errors import HttpRefusal, refuse
from web.http.responses import RawResponse
from web.logs import named
from web.metrics.backlog import BacklogMetrics
from web.metrics.operations import OperationMetrics
from web.metrics.process import EventLoopLag, ProcessFigures
from web.metrics.workers import Workers
from web.realtime.operation_stream import OperationStreams
from web.realtime.socket import GraphQLSocket

log = structlog.get_logger()

PATH = "/metrics"
_CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_HELP = b"# HELP "

disable_created_metrics()  # type: ignore[no-untyped-call]  # the time at which each series began, which would double their number


class Collector(Protocol):
    def collect(self) -> Iterable[Metric]: ...


class Metrics:
    """ASGI application that answers with the metrics of all workers and of the database.

    With `needs_token`, a request needs `token` or the token of an administrator. `directory` is shared by the workers
    of this server; None for one process.
    """

    def __init__(
        self,
        streams: dict[str, OperationStreams],
        sockets: GraphQLSocket,
        documents: Documents,
        *,
        credentials: Credentials,
        clock: Callable[[], datetime],
        has_webhooks: bool,
        needs_token: bool,
        token: str | None,
        directory: Path | None,
    ) -> None:
        """`streams` maps a transport to its operations."""
        self.operations = OperationMetrics()
        self._lag = EventLoopLag()
        self._figures = ProcessFigures(documents, sockets, streams)
        self._backlog = BacklogMetrics(clock=clock, has_webhooks=has_webhooks)
        self._credentials = credentials
        self._clock = clock
        self._needs_token = needs_token
        self._token = token
        self._workers = Workers(directory)
        self._application: Application | None = None

    @asynccontextmanager
    async def running(self, application: Application) -> AsyncIterator[None]:
        """Measures the application inside, and answers other workers."""
        self._application, self._figures.slots, self._figures.callers = application, application.client.slots, callers()
        self._figures.attempts, self._figures.replicas = attempt_counts(), replicas()
        async with AsyncExitStack() as stopped:
            await self._workers.join(self._text)
            stopped.push_async_callback(self._workers.leave)
            stopped.push_async_callback(cancel, asyncio.create_task(self._lag.measure()))
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._application is not None:
            self._application.enter()
        try:
            if scope["path"] != PATH:
                raise refuse(404, f"The metrics are at {PATH}.")
            if scope["method"] not in ("GET", "HEAD"):
                raise refuse(405, "Send a GET.", Allow="GET")
            if self._needs_token:
                await self._check(dict(scope["headers"]).get(b"authorization"))
            reply = await self._reply()
        except HttpRefusal as refusal:
            reply = responses.in_json(refusal.status, {"errors": refusal.errors}, headers=refusal.headers)
        await responses.send(send, reply)

    async def _check(self, authorization: bytes | None) -> None:
        """Raises HttpRefusal unless the Authorization header allows the metrics."""
        if self._token is not None and authorization is not None:
            scheme, _, secret = authorization.partition(b" ")
            if scheme.lower() == b"bearer" and hmac.compare_digest(secret.strip(), self._token.encode()):
                return
        caller = await self._credentials.caller_of(authorization, now=self._clock())
        if not caller.may(TokenScope.ADMIN):
            raise refuse(403, "The metrics need MUSTER_METRICS_TOKEN or the scope ADMIN.", code="FORBIDDEN")

    async def _reply(self) -> RawResponse:
        own, others, backlog = await asyncio.gather(
            asyncio.to_thread(self._text), self._workers.others(), self._backlog.read()
        )
        body = merged([own, *others, generate_latest(_Collected(backlog))])
        length = b"%d" % len(body)
        headers = [(b"content-type", _CONTENT_TYPE), (b"content-length", length), (b"cache-control", b"no-store")]
        return RawResponse(200, headers, body)

    def _text(self) -> bytes:
        """Returns the metrics of this process, each with the number of the worker."""
        worker = str(self._workers.number)
        metrics = [
            metric for each in (self.operations, self._lag, self._figures) for metric in _of_worker(each, worker)
        ]
        return generate_latest(_Collected(metrics))


class _Collected:
    """Metrics that are collected already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _of_worker(collector: Collector, worker: str) -> Iterator[Metric]:
    for metric in collector.collect():
        metric.samples = [each._replace(labels={"worker": worker, **each.labels}) for each in metric.samples]
        yield metric


def merged(texts: Iterable[bytes]) -> bytes:
    """Joins texts of metrics. The format requires that all lines of a metric are together."""
    lines: dict[tuple[bytes, bytes], list[bytes]] = {}
    for text in texts:
        for block in text.split(_HELP)[1:]:
            described, typed, samples = block.split(b"\n", 2)
            lines.setdefault((described, typed), []).append(samples)
    return b"".join(
        _HELP + described + b"\n" + typed + b"\n" + b"".join(samples) for (described, typed), samples in lines.items()
    )


@asynccontextmanager
async def separate_port(metrics: Metrics, *, host: str, port: int, is_shared: bool) -> AsyncIterator[None]:
    """Serves the metrics on a port inside. `is_shared`: all workers listen on it. Raises OSError if it is taken."""
    config = uvicorn.Config(
        metrics, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False, server_header=False
    )
    config.load()
    state = ServerState()
    try:
        listening = await asyncio.get_running_loop().create_server(
            lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]
            host,
            port,
            reuse_port=is_shared,
        )
    except OSError as error:
        log.error("the port of MUSTER_METRICS can't be used", port=port, reason=named(error))
        raise
    try:
        yield
    finally:
        listening.close()
        for connection in tuple(state.connections):
            connection.shutdown()
