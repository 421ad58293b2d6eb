"""The floor: a server that is written by hand for the bench's cases and does nothing else.

It is a bare ASGI application. `POST /<case>` with the case's variables as JSON returns the same bytes as Muster returns
for the case's operation. A case with several steps has `POST /<case>/<step>`. Run it with `python -m bench.floor`.
"""

from argparse import ArgumentParser
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, Protocol, cast
from uuid import UUID

import orjson
import uvicorn

Variables = dict[str, Any]
Answer = Callable[[Any, Variables], Awaitable[Any]]


class Backend(Protocol):
    """Answers by case. An answer takes the result of `account_key` and the variables, and returns the operation's
    `data`.
    """

    @property
    def answers(self) -> Mapping[str, Answer]: ...

    def account_key(self, account_id: UUID) -> Any: ...
    async def open(self, stack: AsyncExitStack) -> None: ...


class Floor:
    def __init__(self, backend: Backend, tokens: Sequence[str], account_id: UUID) -> None:
        self.backend = backend
        self.accounts = {f"Bearer {token}".encode(): backend.account_key(account_id) for token in tokens}
        self.answers = {f"/{case}": answer for case, answer in backend.answers.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        account = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                account = self.accounts.get(value)
        answer = self.answers.get(scope["path"])
        if account is None or answer is None:
            await _respond(send, 404 if account else 401, b"{}")
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        data = await answer(account, orjson.loads(body))
        await _respond(send, 200, orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z))

    async def _live(self, receive: Any, send: Any) -> None:
        async with AsyncExitStack() as stack:
            await receive()
            await self.backend.open(stack)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _respond(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# Module and class, by database and feature.
_BACKENDS = {
    "sqlite": ("floor_sqlite", "SqliteBackend"),
    "sqlite writes": ("floor_sqlite_writing", "SqliteWriter"),
    "sqlite searches plainly": ("floor_sqlite", "PlainSqliteSearch"),
    "postgres": ("floor_postgres", "PostgresBackend"),
    "postgres writes": ("floor_postgres_writing", "PostgresWriter"),
    "postgres searches plainly": ("floor_postgres", "PlainPostgresSearch"),
}


def _backend(url: str, wanted: str) -> Backend:
    """Imports only the requested backend, because the bench measures the memory of the process."""
    module, name = _BACKENDS[f"{url.partition(':')[0]} {wanted}".strip()]
    return cast(Backend, getattr(import_module(f"bench.{module}"), name)(url.removeprefix("sqlite:///")))


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.floor")
    for name in ("--url", "--account"):
        parser.add_argument(name, required=True)
    parser.add_argument("--tokens", nargs="+", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--that", choices=["writes", "searches plainly"], default="")
    parser.add_argument("--on", choices=["starlette"])
    given = parser.parse_args()
    floor = Floor(_backend(given.url, given.that), given.tokens, UUID(given.account))
    uvicorn.run(
        import_module("bench.floor_starlette").application(floor) if given.on else floor,
        host="127.0.0.1",
        port=given.port,
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
