"""The floor: a server that is written by hand for the bench's cases and does nothing else.

It is a bare ASGI application or one of Starlette, which shows the cost of a framework when everything else is written
by hand. `POST /<case>` with the case's variables as JSON returns the same bytes as Muster returns for the case's
operation. Run it with `python -m bench.floor floor|starlette --port PORT`.
"""

import os
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.data import SECRETS
from bench.floor_answers import Backend, Steps
from bench.floor_postgres import PostgresBackend
from bench.floor_sqlite import SqliteBackend

_CASES = ("page", "one", "search", "deep", "nested", "create", "update", "bulk")


class Floor:
    def __init__(self, backend: Backend) -> None:
        self._run, account = backend.run, backend.key(UUID(os.environ["BENCH_ACCOUNT"]))
        self._accounts = {f"Bearer {token}".encode(): account for token in SECRETS}
        self.steps: dict[str, Callable[..., Steps]] = {f"/{case}": getattr(backend, case) for case in _CASES}

    async def answer(self, path: str, authorization: bytes, body: bytes) -> tuple[int, bytes]:
        """Returns the status and the body."""
        account = self._accounts.get(authorization)
        if account is None:
            return 401, b"{}"
        data = await self._run(self.steps[path](account, orjson.loads(body)))
        return 200, orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        status, said = await self.answer(scope["path"], dict(scope["headers"]).get(b"authorization", b""), body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": said})


def on_starlette(floor: Floor) -> Starlette:
    """Returns an application with the same answers as the floor."""

    async def endpoint(request: Request) -> Response:
        authorization = request.headers.get("authorization", "").encode()
        status, said = await floor.answer(request.url.path, authorization, await request.body())
        return Response(said, status, media_type="application/json")

    return Starlette(routes=[Route(path, endpoint, methods=["POST"]) for path in floor.steps])


async def serve(application: Any, port: int) -> None:
    options: Any = {"http": "httptools", "lifespan": "off", "log_level": "warning", "access_log": False}
    await uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, **options)).serve()


async def main(kind: str, _: str, port: str) -> None:
    url = os.environ["MUSTER_DATABASE_URL"]
    backend = SqliteBackend() if url.startswith("sqlite:") else PostgresBackend()
    await backend.open(url)
    floor = Floor(backend)
    await serve(on_starlette(floor) if kind == "starlette" else floor, int(port))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
