"""The composition root: builds the ASGI application from the settings."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from models.db.task_cancelling import cancel
from resolvers.webhooks.selections import event_selections
from schema.cost import pricing
from schema.event_selection import EngineLimits
from schema.execution import Engine
from schema.external_effects import mutations_with_external_effects
from schema.rate_limits import limits_of
from schema.root import schema
from services import mail, planner_statistics
from services.accounts.authentication import FORGET_CHANNEL, callers, last_uses
from services.changes import retention as change_retention
from services.contacts import erasure
from services.events import recording as events
from services.job_tasks import TASKS
from services.jobs import progress as job_progress, queue as jobs, retention as job_retention
from services.jobs.worker import Worker
from services.lazy_module import LazyModule
from services.requests import uploads
from services.subscriptions import feed as contact_feed
from services.subscriptions.change_log import CHANGED_CHANNEL
from services.subscriptions.registry import INTEREST_CHANNEL, interest
from services.webhooks import limits, recording as webhook_recording
from settings import BadSettings, DocumentsMode, LogFormat, Settings
from web import import_page, logs, schema_routes, upkeep
from web.credentials.callers import Credentials
from web.credentials.jwt import JwtRules, JwtVerifier
from web.credentials.jwt_keys import FetchedKeys, FixedKey, Keys
from web.documents import trusted as trusted_documents
from web.documents.lookup import DocumentLookup
from web.documents.persisted import PersistedQueries
from web.documents.trusted import UnreadableDocuments
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
from web.webhooks import running as webhooks
from web.webhooks.operator import WebhookTarget

if TYPE_CHECKING:
    from web import tracing
    from web.metrics import page as metrics_page
else:
    tracing = LazyModule("web.tracing")
    metrics_page = LazyModule("web.metrics.page")

log = structlog.get_logger("server")


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
    metrics: "metrics_page.Metrics | None" = None
    """The metrics, if they are on."""
    traces: "tracing.Traces | None" = None
    """The traces, if they are on."""
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


def create_app(settings: Settings, *, demo_token: str | None = None, workers_directory: Path | None = None) -> Muster:
    """Creates the application. GraphiQL shows `demo_token` to browsers on this machine; it is only for the demo.

    `workers_directory` is a directory that the workers of one server share; None for one process. Raises BadSettings if
    the trusted documents can't be read.
    """

    def clock() -> datetime:
        return app.clock()

    errors, stopping, middleware = ErrorWriter(schema._schema), asyncio.Event(), _middleware(settings)
    readiness, credentials = Readiness(errors, clock=clock), _credentials(settings)
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
        lifespan=lambda _: _lifespan(app, settings, readiness, credentials, stopping),
    )
    app.clock = lambda: datetime.now(UTC)
    engine, bounds = _engine(settings), _bounds(settings)
    endpoint, app.sockets = _endpoints(
        settings, engine, bounds, errors, GraphiQL(token=demo_token), credentials, clock=clock, stopping=stopping
    )
    _observe(app, settings, engine, bounds, endpoint, credentials, clock=clock, workers_directory=workers_directory)
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


def _observe(
    app: Muster,
    settings: Settings,
    engine: Engine,
    bounds: OperationBounds,
    endpoint: GraphQLEndpoint,
    credentials: Credentials,
    *,
    clock: Callable[[], datetime],
    workers_directory: Path | None,
) -> None:
    """Adds the metrics and the traces to the application, as far as the settings ask for them."""
    if settings.metrics != "off":
        app.metrics = metrics_page.Metrics(
            {"events": endpoint.streams, "websocket": app.sockets.streams},
            app.sockets,
            engine.documents,
            credentials=credentials,
            clock=clock,
            has_webhooks=settings.webhook_url is not None,
            needs_token=settings.metrics_port is None or settings.metrics_token is not None,
            token=settings.metrics_token,
            directory=workers_directory,
        )
        bounds.observer = app.metrics.operations
        if settings.metrics_port is None:
            app.router.routes.append(Route(metrics_page.PATH, app.metrics))
    if settings.traces:
        app.traces = tracing.Traces()
        bounds.begin_trace = app.traces.begin


def _engine(settings: Settings) -> Engine:
    return Engine(
        schema,
        compiled=settings.compiled,
        cache_bytes=settings.query_cache_bytes,
        max_characters=settings.max_query_characters,
        max_tokens=settings.max_query_tokens,
        max_list_items=settings.max_list_items,
        max_answer_characters=settings.max_answer_characters,
        pricing=pricing(schema._schema, limit=settings.max_cost),
    )


def _bounds(settings: Settings) -> OperationBounds:
    return OperationBounds(
        settings.operation_timeout,
        Concurrency(_concurrency(settings)),
        max_characters=settings.max_answer_characters,
        slow_seconds=settings.slow_operation_seconds,
    )


def _endpoints(
    settings: Settings,
    engine: Engine,
    bounds: OperationBounds,
    errors: ErrorWriter,
    page: GraphiQL,
    credentials: Credentials,
    *,
    clock: Callable[[], datetime],
    stopping: asyncio.Event,
) -> tuple[GraphQLEndpoint, GraphQLSocket]:
    """Returns the endpoints for HTTP and for WebSockets. They share the engine and the limits."""
    rate_limiting = RateLimiting(limits_of(schema))
    documents = _documents(settings, engine)
    endpoint = GraphQLEndpoint(
        engine,
        documents,
        errors,
        page,
        rate_limiting,
        bounds,
        credentials,
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
        OperationStreams(engine, documents, errors, rate_limiting, bounds, clock=clock),
        credentials,
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
    app: Muster, settings: Settings, readiness: Readiness, credentials: Credentials, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Connects the database and starts the background tasks. Stops them in reverse order, each even if one raises."""
    logs.log_what_tasks_raise(asyncio.get_running_loop())
    async with AsyncExitStack() as stopped:
        app.application = await database.connect(settings.database_url, **settings.database_options)
        stopped.push_async_callback(database.disconnect)
        mail.configure(settings.smtp_url, sender=settings.mail_from)
        job_retention.configure(days=settings.job_retention_days)
        events.configure(has_webhook=settings.webhook_url is not None)
        change_retention.configure(days=settings.changes_days)
        erasure.configure(is_keeping_messages=settings.keep_messages_after_purge)
        _configure_webhooks(settings)
        callers().seconds, callers().look_up_seconds = settings.token_cache_seconds, settings.operation_timeout
        stopped.push_async_callback(last_uses().finish)
        stopped.push_async_callback(credentials.close)
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
        target, base_url = _webhook_target(settings), settings.public_url or ""
        await stopped.enter_async_context(webhooks.sending(schema, target, clock=app.clock, base_url=base_url))
        purging = asyncio.create_task(upkeep.purge_daily(readiness, clock=app.clock))
        stopped.push_async_callback(cancel, purging)
        erasing = asyncio.create_task(upkeep.erase_traces(clock=app.clock))
        stopped.push_async_callback(cancel, erasing)
        await asyncio.to_thread(uploads.remove_abandoned, settings.upload_directory, now=app.clock())
        upkeep.set_up_garbage_collection()
        if app.traces is not None:
            app.traces.start(is_postgres=app.application.is_postgres)
            stopped.push_async_callback(app.traces.stop)
        if app.metrics is not None:
            await stopped.enter_async_context(app.metrics.running(app.application))
            if settings.metrics_port is not None:
                await stopped.enter_async_context(
                    metrics_page.separate_port(
                        app.metrics, host=settings.host, port=settings.metrics_port, is_shared=settings.workers > 1
                    )
                )
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


def _documents(settings: Settings, engine: Engine) -> DocumentLookup:
    try:
        trusted = trusted_documents.load(settings.documents_path)
    except UnreadableDocuments as error:
        raise BadSettings(f"MUSTER_DOCUMENTS_PATH: {error}") from None
    persisted = PersistedQueries(max_bytes=settings.persisted_queries_bytes)
    return DocumentLookup(
        engine,
        trusted=trusted,
        persisted=persisted,
        is_only_trusted=settings.documents is DocumentsMode.ONLY,
        is_audited=settings.documents is DocumentsMode.AUDIT,
    )


def _configure_webhooks(settings: Settings) -> None:
    webhook_recording.configure(settings.webhook_events if settings.webhook_url else ())
    limits.configure(
        allows_private=settings.webhook_allow_private,
        concurrent_requests=settings.webhook_concurrent_requests,
        requests_per_second=settings.webhook_requests_per_second,
    )
    event_selections().limits = EngineLimits(
        compiled=settings.compiled,
        max_characters=settings.max_query_characters,
        max_tokens=settings.max_query_tokens,
        max_answer_characters=settings.max_answer_characters,
        max_cost=settings.max_cost,
    )


def _webhook_target(settings: Settings) -> WebhookTarget | None:
    if settings.webhook_url is None:
        return None
    return WebhookTarget(
        url=settings.webhook_url, keys=settings.webhook_keys, may_be_private=settings.webhook_allow_private
    )


def _credentials(settings: Settings) -> Credentials:
    keys: Keys
    if settings.jwt_jwks_url is not None:
        keys = FetchedKeys(settings.jwt_jwks_url)
    elif settings.jwt_public_key is not None:
        keys = FixedKey(settings.jwt_public_key)
    else:
        return Credentials()
    rules = JwtRules(
        issuer=settings.jwt_issuer or "",
        audience=settings.jwt_audience or "",
        account_claim=settings.jwt_account_claim,
        user_claim=settings.jwt_user_claim,
    )
    return Credentials(JwtVerifier(keys, rules))


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


async def to_graphiql(request: Request) -> Response:
    return RedirectResponse("/graphql")
