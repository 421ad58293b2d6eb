"""The floor: a server that is written by hand for the bench's cases and does nothing else.

It is a bare ASGI application or, with `--starlette`, one of Starlette, which shows the cost of a framework when
everything else is written by hand. `POST /<case>` with the case's variables as JSON returns the same bytes as Muster
returns for the case's operation. Run it with `python -m bench.floor`.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.floor_answers import Steps
from bench.floor_postgres import PostgresBackend
from bench.floor_sqlite import SqliteBackend

_READING = ("page", "one", "search", "deep", "nested")
_WRITING = ("create", "update", "bulk")
Backend = PostgresBackend | SqliteBackend
Answer = Callable[[Any, dict[str, Any]], Awaitable[Any]]


class Floor:
    def __init__(self, backend: Backend, tokens: Sequence[str], account_id: UUID) -> None:
        self._backend = backend
        self._accounts = {f"Bearer {token}".encode(): backend.key(account_id) for token in tokens}
        self.answers: dict[str, Answer] = {f"/{case}": self._reading(getattr(backend, case)) for case in _READING}
        self.answers |= {f"/{case}": partial(backend.write, case) for case in _WRITING}

    def _reading(self, steps: Callable[[Any, Any], Steps]) -> Answer:
        return lambda account, variables: self._backend.read(steps(account, variables))

    async def answer(self, path: str, authorization: bytes, body: bytes) -> tuple[int, bytes]:
        """Returns the status and the body."""
        account = self._accounts.get(authorization)
        if account is None:
            return 401, b"{}"
        data = await self.answers[path](account, orjson.loads(body))
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

    return Starlette(routes=[Route(path, endpoint, methods=["POST"]) for path in floor.answers])


async def serve(application: Any, port: int) -> None:
    options: Any = {"http": "httptools", "lifespan": "off", "log_level": "warning", "access_log": False}
    await uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, **options)).serve()


async def main(options: Namespace) -> None:
    path = options.url.removeprefix("sqlite:///")
    backend: Backend = PostgresBackend() if path == options.url else SqliteBackend()
    await backend.open(path)
    floor = Floor(backend, options.tokens, UUID(options.account))
    await serve(on_starlette(floor) if options.starlette else floor, options.port)


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.floor")
    for name in ("--url", "--account"):
        parser.add_argument(name, required=True)
    parser.add_argument("--tokens", nargs="+", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--starlette", action="store_true")
    uvloop.run(main(parser.parse_args()))
