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
        self.backend = backend
        self.accounts = {f"Bearer {token}".encode(): backend.account_key(account_id) for token in tokens}
        self.answers: dict[str, Answer] = {f"/{case}": self._reading(getattr(backend, case)) for case in _READING}
        self.answers |= {f"/{case}": partial(backend.write, case) for case in _WRITING}

    def _reading(self, steps: Callable[[Any, Any], Steps]) -> Answer:
        return lambda account, variables: self.backend.read(steps(account, variables))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        account = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                account = self.accounts.get(value)
        if account is None:
            await _respond(send, 401, b"{}")
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        data = await self.answers[scope["path"]](account, orjson.loads(body))
        await _respond(send, 200, orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z))


async def _respond(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def on_starlette(floor: Floor) -> Starlette:
    """Returns an application with the same answers as the floor."""

    def endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            account: Any = floor.accounts.get(request.headers.get("authorization", "").encode())
            if account is None:
                return Response(b"{}", 401, media_type="application/json")
            data = await answer(account, orjson.loads(await request.body()))
            return Response(orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z), media_type="application/json")

        return endpoint

    return Starlette(routes=[Route(path, endpoint(answer), methods=["POST"]) for path, answer in floor.answers.items()])


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
