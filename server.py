"""The composition root: builds the ASGI application from the settings."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lifespan import lifespan
from schema.cost import pricing
from schema.execution import Engine
from schema.external_effects import mutations_with_external_effects
from schema.primary_reads import queries_from_primary
from schema.rate_limits import limits_of
from schema.root import schema
from services.lazy_module import LazyModule
from settings import BadSettings, DocumentsMode, LogFormat, Settings
from web import import_page, logs, schema_routes
from web.asgi_app import Muster
from web.console import files as console_files, page as console
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

if TYPE_CHECKING:
    from web import tracing
    from web.metrics import page as metrics_page
else:
    tracing = LazyModule("web.tracing")
    metrics_page = LazyModule("web.metrics.page")

log = structlog.get_logger("server")


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
            Route("/", _redirect("/console" if settings.console else "/graphql")),
            Route("/healthz", healthz),
            Route("/readyz", readiness.answer),
            Route("/exports/{job}", download),
            *(console.routes(_provider(settings), is_demo=demo_token is not None) if settings.console else []),
            *(import_page.routes(demo_token) if demo_token else []),
            *schema_routes.routes(schema, public_url=settings.public_url),
        ],
        middleware=middleware,
        exception_handlers={HTTPException: answer_to_http_exception},
        lifespan=lambda _: lifespan(app, settings, readiness, credentials, stopping),
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
        from_primary=queries_from_primary(schema),
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
    if settings.console:
        trusted = trusted.extended(console_files.documents())
    persisted = PersistedQueries(max_bytes=settings.persisted_queries_bytes)
    return DocumentLookup(
        engine,
        trusted=trusted,
        persisted=persisted,
        is_only_trusted=settings.documents is DocumentsMode.ONLY,
        is_audited=settings.documents is DocumentsMode.AUDIT,
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


def _provider(settings: Settings) -> console.Provider | None:
    if settings.console_oidc_client_id is None:
        return None
    return console.Provider(
        issuer=settings.jwt_issuer or "",
        client_id=settings.console_oidc_client_id,
        audience=settings.jwt_audience or "",
        scope=settings.console_oidc_scope,
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


def _redirect(path: str) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def redirect(request: Request) -> Response:
        return RedirectResponse(path)

    return redirect
