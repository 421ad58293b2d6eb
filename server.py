"""The composition root: settings in, an ASGI application out."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from models import database
from schema.execution import Engine
from schema.root import schema
from services import trash
from services.authentication import callers
from settings import BadSettings, LogFormat, Settings, load
from web import documents, logs
from web.failures import ErrorWriter
from web.graphiql import GraphiQL
from web.graphql_endpoint import GraphQLEndpoint
from web.health import Readiness, healthz
from web.middleware import Failures, RequestIds

log = structlog.get_logger("server")

_PURGE_EVERY_SECONDS = 24 * 3600
_PURGE_AGAIN_SECONDS = 600


def create_app(settings: Settings, *, demo_token: str | None = None) -> Starlette:
    """The application. `demo_token` is shown to whoever opens GraphiQL on this machine: for demonstrations alone."""
    engine = Engine(schema, compiled=settings.compiled, max_tokens=settings.max_query_tokens)
    endpoint = GraphQLEndpoint(
        engine,
        ErrorWriter(schema._schema),
        GraphiQL(token=demo_token),
        max_body_bytes=settings.max_body_bytes,
    )
    readiness = Readiness()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        logs.log_what_tasks_raise(asyncio.get_running_loop())
        callers.seconds = settings.token_cache_seconds
        await database.connect(settings.database_url, pool_size=settings.pool_size)
        if problem := await readiness.problem():
            log.warning("not ready to serve", reason=problem)
        purging = asyncio.create_task(_purge_daily(app))
        try:
            yield
        finally:
            purging.cancel()
            with suppress(asyncio.CancelledError):
                await purging
            await database.disconnect()
            callers.forget()

    app = Starlette(
        routes=[
            Route("/", to_graphiql),
            Route("/graphql", endpoint),
            Route("/healthz", healthz),
            Route("/readyz", readiness.answer),
            *documents.routes(schema, public_url=settings.public_url),
        ],
        middleware=_middleware(settings),
        lifespan=lifespan,
    )
    app.state.clock = lambda: datetime.now(UTC)
    return app


def from_environment() -> Starlette:
    """For servers that make an application in each process: `uvicorn --factory server:from_environment`."""
    try:
        settings = load()
    except BadSettings as error:
        sys.exit(f"muster: {error}")
    configure_log(settings)
    return create_app(settings)


def configure_log(settings: Settings) -> None:
    is_for_people = settings.log_format is LogFormat.CONSOLE or (
        settings.log_format is LogFormat.AUTO and sys.stderr.isatty()
    )
    logs.configure(level=settings.log_level, is_json=not is_for_people)


def _middleware(settings: Settings) -> list[Middleware]:
    """Outermost first."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id"),
        expose_headers=("X-Request-Id", "Retry-After", "WWW-Authenticate"),
    )
    return [
        Middleware(RequestIds, has_access_log=settings.access_log),
        *([cors] if settings.cors_origins else []),
        Middleware(Failures),
    ]


async def to_graphiql(request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _purge_daily(app: Starlette) -> None:
    """Purges what the trash should let go of. Any number of processes may do so: each contact goes once."""
    while True:
        pause = _PURGE_EVERY_SECONDS
        try:
            if count := await trash.purge_expired(now=app.state.clock()):
                log.info("purged the trash", contacts=count)
        except Exception as error:  # noqa: BLE001  # a database that is away now may be back later
            log.error("the trash could not be purged", exception=logs.described(error))
            pause = _PURGE_AGAIN_SECONDS
        await asyncio.sleep(pause)
