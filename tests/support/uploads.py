"""An endpoint with uploads, on a schema of the tests, and request bodies for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from schema.execution import Engine, prepare, read
from schema.scalars import SCALARS, Upload
from services.accounts import management as accounts, tokens
from services.accounts.authentication import Scope
from tests.support.api_client import MONDAY
from web.graphiql.page import GraphiQL
from web.http.bounds import OperationBounds
from web.http.concurrency import Concurrency, ConcurrencyLimits
from web.http.endpoint import GraphQLEndpoint
from web.http.graphql_errors import ErrorWriter
from web.http.media_types import GRAPHQL
from web.http.middleware import Failures, RequestIds
from web.http.multipart import UploadLimits
from web.http.rate_limiting import RateLimiting

PREFLIGHT = {"GraphQL-Preflight": "1"}
SHEET = b"phone,name\r\n+254712345678,Zuri\r\n"


@strawberry.input
class AttachInput:
    file: Upload
    more: list[Upload | None] = strawberry.field(default_factory=list)


@strawberry.type
class Received:
    file_name: str
    content_type: str
    size: int
    sha256: str
    text: str


@strawberry.type
class Query:
    @strawberry.field
    def here(self) -> bool:
        return True


async def _received(file: Any) -> Received:
    await asyncio.sleep(0)
    with file.path.open("rb") as opened:
        text = opened.read(100).decode(errors="replace")
    return Received(
        file_name=file.file_name, content_type=file.content_type, size=file.size, sha256=file.sha256, text=text
    )


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def receive(self, file: Upload) -> Received:
        return await _received(file)

    @strawberry.mutation
    async def attach(self, input: AttachInput) -> list[Received]:
        return [await _received(file) for file in (input.file, *input.more) if file is not None]

    @strawberry.mutation
    async def fail(self, file: Upload) -> bool:
        raise RuntimeError("+254712345678")

    @strawberry.mutation
    def greet(self, name: str) -> str:
        return name


SCHEMA = strawberry.Schema(Query, Mutation, config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS))
prepare(SCHEMA)

RECEIVE = "mutation ($file: Upload!) { receive(file: $file) { fileName contentType size sha256 text } }"
ATTACH = "mutation ($input: AttachInput!) { attach(input: $input) { fileName text } }"


@dataclass
class UploadServer:
    app: Starlette
    client: httpx2.AsyncClient
    directory: Path
    headers: dict[str, str]

    async def post(self, body: bytes, **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(
            "/graphql",
            content=body,
            headers={"Content-Type": "multipart/form-data; boundary=X", **self.headers, **PREFLIGHT, **named},
        )

    def left(self) -> list[str]:
        return sorted(path.name for path in self.directory.iterdir())


@asynccontextmanager
async def running_upload_server(
    directory: Path, *, executor: str = "compiled", **limits: int
) -> AsyncIterator[UploadServer]:
    bounds = {"max_body_bytes": 1_000_000, "max_upload_bytes": 10_000_000, **limits}
    endpoint = GraphQLEndpoint(
        Engine(SCHEMA, compiled=executor == "compiled"),
        ErrorWriter(SCHEMA._schema),
        GraphiQL(token=None),
        RateLimiting({}),
        OperationBounds(10.0, Concurrency(ConcurrencyLimits())),
        limits=UploadLimits(**bounds, max_json_values=250_000, directory=directory),
        clock=lambda: MONDAY,
        stopping=asyncio.Event(),
    )
    app = Starlette(routes=[Route("/graphql", endpoint)])
    account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
    _, secret = await tokens.create(
        account_id=account_id, name="test", user_id=None, scopes=list(Scope), expires_at=None, now=MONDAY
    )
    asgi = RequestIds(Failures(app), has_access_log=False)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=asgi), base_url="http://muster.test", headers={"Accept": GRAPHQL}
    ) as client:
        yield UploadServer(app, client, directory, {"Authorization": f"Bearer {secret}"})


def form(*parts: tuple[str, bytes | Any] | tuple[str, bytes | Any, str], end: bytes = b"--X--\r\n") -> bytes:
    """Returns a form with the boundary X. A part with a third member is a file with that name."""
    body = b""
    for name, content, *file_name in parts:
        body += f'--X\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if file_name:
            body += f'; filename="{file_name[0]}"\r\nContent-Type: text/csv'.encode()
        body += b"\r\n\r\n" + (content if isinstance(content, bytes) else orjson.dumps(content)) + b"\r\n"
    return body + end


def operations(query: str, **variables: Any) -> tuple[str, Any]:
    return ("operations", {"query": query, "variables": variables})


def code_of(response: httpx2.Response) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


ONE_FILE = form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file"]}), ("0", SHEET, "people.csv"))


FILE_MAP = ("map", {"0": ["variables.file"]})
FILE = ("0", SHEET, "people.csv")
