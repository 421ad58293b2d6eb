"""Strawberry's own ASGI application and executor, on Muster's schema, resolvers and loaders.

It uses orjson instead of json, and Muster's authentication with its cache. Everything else follows Strawberry's
documentation. It has no extensions, so each request parses and validates its query. Run it with `python -m
bench.plain_strawberry URL --port PORT`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from models.db import database
from resolvers.loaders import LOADERS
from schema.context import Context
from schema.root import schema
from services.accounts.authentication import callers
from web.http.credentials import caller_of

_TOKEN_CACHE_SECONDS = 5.0


class Application(GraphQL[Context, None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        request.app.state.application.enter()
        now = datetime.now(UTC)
        caller = await caller_of(request.headers.get("authorization", "").encode("latin-1"), now=now)
        return Context(caller=caller, now=now, request_id="", loaders=LOADERS)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def create_app(url: str) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.application = await database.connect(url)
        callers().seconds = _TOKEN_CACHE_SECONDS
        try:
            yield
        finally:
            await database.disconnect()

    async def healthz(request: Any) -> Response:
        return PlainTextResponse("ok")

    graphql = Application(schema, graphql_ide=None)
    return Starlette(
        routes=[Route("/healthz", healthz), Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan
    )


def main(url: str, option: str, port: str) -> None:
    uvicorn.run(
        create_app(url),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
