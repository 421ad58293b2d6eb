"""Strawberry's own ASGI application and executor, on Muster's schema, resolvers and loaders.

It uses orjson instead of json, and Muster's authentication with its cache. Everything else follows Strawberry's
documentation. It has no extensions, so each request parses and validates its query. Run it with `python -m
bench.plain_strawberry --port PORT`.
"""

import os
import sys
from datetime import UTC, datetime

import orjson
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from bench.floor import serve
from models.db import database
from resolvers.loaders import LOADERS
from schema.context import Context
from schema.root import schema
from services.accounts.authentication import callers
from web.credentials.callers import Credentials


class Application(GraphQL[Context, None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        request.app.state.application.enter()
        now = datetime.now(UTC)
        authorization = request.headers.get("authorization", "").encode("latin-1")
        caller = await Credentials().caller_of(authorization, now=now)
        return Context(caller=caller, now=now, request_id="", loaders=LOADERS)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


async def main(_: str, port: str) -> None:
    state = await database.connect(os.environ["MUSTER_DATABASE_URL"])
    callers().seconds = 5.0
    app = Starlette(routes=[Route("/graphql", Application(schema, graphql_ide=None), methods=["POST"])])
    app.state.application = state
    await serve(app, int(port))
    await database.disconnect()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
