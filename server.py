"""The composition root: builds the ASGI application from the settings."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from models.db import database, notifications
from models.db.application import Application
from models.db.cancelling import cancel
from schema.cost import pricing
from schema.execution import Engine
from schema.external_effects import mutations_with_external_effects
from schema.rate_limits import limits_of
from schema.root import schema
from services import mail, planner_statistics, purges
from services.accounts.authentication import FORGET_CHANNEL, callers, last_uses
from services.contacts import erasure
from services.job_tasks import TASKS
from services.jobs import progress as job_progress, queue as jobs, retention as job_retention
from services.jobs.worker import Worker
from services.requests import uploads
from services.subscriptions import feed as contact_feed
from services.subscriptions.change_log import CHANGED_CHANNEL
from services.subscriptions.registry import INTEREST_CHANNEL, interest
from settings import LogFormat, Settings
from web import import_page, logs, schema_routes
from web.downloads import download
from web.graphiql.page import GraphiQL
from web.health import Readiness, healthz
from web.http import connection, fast_path
from web.http.bounds import OperationBounds
from web.http.client_addresses import ClientAddresses
from web.http.compression import Compression
from web.http.concurrency import Concurrency, ConcurrencyLimits
from web.http.connection import ConnectionCounts
from web.http.cors import Cors
from web.http.endpoint import GraphQLEndpoint
from web.http.fast_path import DirectAnswers
from web.http.graphql_errors import ErrorWriter
from web.http.middleware import Failures, RequestIds, answer_to_http_exception
from web.http.multipart import UploadLimits
from web.http.quota import Quota
from web.http.rate_limiting import RateLimiting
from web.realtime.operation_stream import OperationStreams
from web.realtime.socket import GraphQLSocket, SocketLimits
from web.shutdown import set_on_signal
from web.webhooks import Webhooks, WebhookTarget

log = structlog.get_logger("server")

_PURGE_EVERY_SECONDS = 24 * 3600
_PURGE_AGAIN_SECONDS = 600
_ERASE_EVERY_SECONDS = 5
# A collection of 2,000 new objects takes up to 5 ms, one of older objects up to 15 ms. With the thresholds 20,000, 20
# and 50, collections took up to 75 ms, rarely freed the garbage of validation, and cost more in total.
_GC_THRESHOLDS = (2_000, 5, 10)


class Muster(Starlette):
    """The ASGI application. Requests to the API go directly to their endpoint, without Starlette's routing."""

    graphql: ASGIApp
    direct_answers: DirectAnswers
    """The fast path for a protocol that can bypass ASGI. The server gets it in the lifespan's state."""
    addresses: ConnectionCounts
    """Counts the connections of each address. The server gets it in the lifespan's state, too."""
    sockets: GraphQLSocket
    clock: Callable[[], datetime]
    """Returns the present time; read once for each request. Tests replace it."""
    application: Application | None = None
    """The state that the lifespan makes and that requests use."""

    def enter(self) -> None:
        """Makes the running task, which is a request's, use this application's state."""
        if self.application is not None:
            self.application.enter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            if "state" in scope:
                scope["state"] |= {fast_path.STATE: self.direct_answers, connection.STATE: self.addresses}
            await super().__call__(scope, receive, send)
            return
        self.enter()
        if scope["type"] == "http" and scope["path"] == fast_path.PATH:
            scope["app"] = self
            await self.graphql(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == "/graphql":
            await self.sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, *, demo_token: str | None = None) -> Muster:
    """Creates the application. GraphiQL shows `demo_token` to browsers on this machine; it is only for the demo."""

    def clock() -> datetime:
        return app.clock()

    errors, stopping, middleware = ErrorWriter(schema._schema), asyncio.Event(), _middleware(settings)
    readiness = Readiness(errors, clock=clock)
    app: Muster = Muster(
        routes=[
            Route("/", to_graphiql),
            Route("/healthz", healthz),
            Route("/readyz", readiness.answer),
            Route("/exports/{job}", download),
            *(import_page.routes(demo_token) if demo_token else []),
            *schema_routes.routes(schema, public_url=settings.public_url),
        ],
        middleware=middleware,
        exception_handlers={HTTPException: answer_to_http_exception},
        lifespan=lambda _: _lifespan(app, settings, readiness, stopping),
    )
    app.clock = lambda: datetime.now(UTC)
    endpoint, app.sockets = _endpoints(settings, errors, GraphiQL(token=demo_token), clock=clock, stopping=stopping)
    addresses = ClientAddresses(settings.forwarded_allow_ips)
    app.addresses = ConnectionCounts(Quota(settings.connections_per_address), addresses)
    app.direct_answers = DirectAnswers(
        endpoint,
        enter=app.enter,
        has_access_log=settings.access_log,
        has_compression=settings.compression,
        has_public_url=settings.public_url is not None,
        cors=Cors(endpoint, **_cors(settings)) if settings.cors_origins else None,
        addresses=addresses,
    )
    app.graphql = endpoint
    for each in reversed(middleware):
        app.graphql = each.cls(app.graphql, *each.args, **each.kwargs)
    return app


def _endpoints(
    settings: Settings, errors: ErrorWriter, page: GraphiQL, *, clock: Callable[[], datetime], stopping: asyncio.Event
) -> tuple[GraphQLEndpoint, GraphQLSocket]:
    """Returns the endpoints for HTTP and for WebSockets. They share the engine and the limits."""
    engine = Engine(
        schema,
        compiled=settings.compiled,
        cache_bytes=settings.query_cache_bytes,
        max_characters=settings.max_query_characters,
        max_tokens=settings.max_query_tokens,
        max_list_items=settings.max_list_items,
        max_answer_characters=settings.max_answer_characters,
        pricing=pricing(schema._schema, limit=settings.max_cost),
    )
    rate_limiting = RateLimiting(limits_of(schema))
    bounds = OperationBounds(
        settings.operation_timeout,
        Concurrency(_concurrency(settings)),
        max_characters=settings.max_answer_characters,
        slow_seconds=settings.slow_operation_seconds,
    )
    endpoint = GraphQLEndpoint(
        engine,
        errors,
        page,
        rate_limiting,
        bounds,
        limits=UploadLimits(
            settings.max_body_bytes,
            settings.max_upload_bytes,
            settings.max_json_values,
            settings.upload_directory,
            settings.uploads_per_token,
        ),
        clock=clock,
        stopping=stopping,
        public_url=settings.public_url,
        outside=mutations_with_external_effects(schema),
    )
    sockets = GraphQLSocket(
        OperationStreams(engine, errors, rate_limiting, bounds, clock=clock),
        clock=clock,
        limits=SocketLimits(
            settings.max_body_bytes,
            settings.max_json_values,
            per_address=settings.websockets_per_address,
            per_token=settings.websockets_per_token,
        ),
        origins=settings.cors_origins,
        public_url=settings.public_url,
        has_access_log=settings.access_log,
    )
    return endpoint, sockets


@asynccontextmanager
async def _lifespan(
    app: Muster, settings: Settings, readiness: Readiness, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Connects the database and starts the background tasks. Stops them in reverse order, each even if one raises."""
    logs.log_what_tasks_raise(asyncio.get_running_loop())
    async with AsyncExitStack() as stopped:
        app.application = await database.connect(settings.database_url, **settings.database_options)
        stopped.push_async_callback(database.disconnect)
        mail.configure(settings.smtp_url, sender=settings.mail_from)
        job_retention.configure(days=settings.job_retention_days)
        erasure.configure(is_keeping_messages=settings.keep_messages_after_purge)
        callers().seconds, callers().look_up_seconds = settings.token_cache_seconds, settings.operation_timeout
        stopped.push_async_callback(last_uses().finish)
        worker = Worker(TASKS, clock=app.clock, size=settings.jobs, retry_for=timedelta(hours=settings.job_retry_hours))
        if problem := await readiness.problem():
            log.warning("not ready to serve", reason=problem)
        worker.start()
        stopped.push_async_callback(worker.stop)
        planner_statistics.accounts().start()
        stopped.push_async_callback(planner_statistics.accounts().stop)
        contact_feed.feed().start(app.clock)
        stopped.push_async_callback(contact_feed.feed().stop)
        listener = _listener(worker, url=settings.listen_url)
        listener.start()
        stopped.push_async_callback(listener.stop)
        webhooks = Webhooks(_webhook_target(settings), clock=app.clock)
        webhooks.start()
        stopped.push_async_callback(webhooks.stop)
        purging = asyncio.create_task(_purge_daily(app, readiness))
        stopped.push_async_callback(cancel, purging)
        erasing = asyncio.create_task(_erase_traces(app))
        stopped.push_async_callback(cancel, erasing)
        await asyncio.to_thread(uploads.remove_abandoned, settings.upload_directory, now=app.clock())
        _set_up_garbage_collection()
        with set_on_signal(stopping):
            yield


def _listener(worker: Worker, *, url: str | None) -> notifications.Listener:
    """Returns the listener that passes notifications of other processes to the parts of this application."""
    cache, subscriptions = callers(), interest()
    return notifications.Listener(
        {
            FORGET_CHANNEL: lambda _: cache.forget(),
            jobs.QUEUED_CHANNEL: lambda _: worker.wake(),
            jobs.CHANGED_CHANNEL: job_progress.changes().notify,
            INTEREST_CHANNEL: lambda _: subscriptions.mark_stale(),
            CHANGED_CHANNEL: contact_feed.feed().wake,
        },
        url=url,
    )


def server_options(settings: Settings) -> dict[str, Any]:
    """Returns uvicorn's options for serving the application."""
    return {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "web.http.fast_path:DirectProtocol",
        "log_config": None,
        "access_log": False,  # uvicorn's access log has query strings; Muster's doesn't
        "server_header": False,
        "forwarded_allow_ips": settings.forwarded_allow_ips,
        "ws": "web.realtime.socket_protocol:protocol",
        "ws_max_size": settings.max_body_bytes,
        "ws_per_message_deflate": False,  # events are small, but a compressor for each connection is large
        "timeout_graceful_shutdown": 20,
    }


def configure_log(settings: Settings) -> None:
    is_for_people = settings.log_format is LogFormat.CONSOLE or (
        settings.log_format is LogFormat.AUTO and sys.stderr.isatty()
    )
    logs.configure(level=settings.log_level, is_json=not is_for_people)


def _concurrency(settings: Settings) -> ConcurrencyLimits:
    return ConcurrencyLimits(
        at_once=settings.concurrent_operations_per_token,
        queued=settings.queued_operations_per_token,
        queue_seconds=settings.queue_seconds,
    )


def _webhook_target(settings: Settings) -> WebhookTarget | None:
    if settings.webhook_url is None:
        return None
    return WebhookTarget(
        url=settings.webhook_url, keys=settings.webhook_keys, may_be_private=settings.webhook_allow_private
    )


def _cors(settings: Settings) -> dict[str, Any]:
    return {"origins": settings.cors_origins, "headers": settings.cors_headers}


def _middleware(settings: Settings) -> list[Middleware]:
    """Returns the middleware, the outermost first."""
    return [
        Middleware(RequestIds, has_access_log=settings.access_log),
        *([Middleware(Cors, **_cors(settings))] if settings.cors_origins else []),
        *([Middleware(Compression)] if settings.compression else []),
        Middleware(Failures),
    ]


def _set_up_garbage_collection() -> None:
    """Excludes the objects that exist now from garbage collections, and makes collections frequent and short."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


async def to_graphiql(request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _purge_daily(app: Muster, readiness: Readiness) -> None:
    """Deletes expired rows daily. Any number of processes can do so at the same time."""
    while True:
        is_done = await readiness.problem() is None and await _purge(app.clock())
        await asyncio.sleep(_PURGE_EVERY_SECONDS if is_done else _PURGE_AGAIN_SECONDS)


async def _purge(now: datetime) -> bool:
    """Runs all purges, and returns whether all succeeded. A purge that fails does not stop the others."""
    is_done = True
    for name in purges.PURGES:
        try:
            if count := await purges.purge(name, now=now):
                log.info("deleted expired rows", kind=name, count=count)
        except Exception as error:  # noqa: BLE001  # it is logged, and retried later
            log.error("expired rows could not be deleted", exception=logs.described(error))
            is_done = False
    return is_done


async def _erase_traces(app: Muster) -> None:
    """Deletes what is left of purged contacts, soon after each purge."""
    while True:
        await asyncio.sleep(_ERASE_EVERY_SECONDS)
        try:
            await purges.erase_traces(now=app.clock())
        except Exception as error:  # noqa: BLE001  # it is logged, and retried soon
            log.error("traces of purged contacts could not be deleted", error=type(error).__name__)
