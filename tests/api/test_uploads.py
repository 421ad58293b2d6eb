"""Files in GraphQL multipart requests: what gets to the resolver, what is refused, and that nothing stays on disk."""

import asyncio
import hashlib
import os
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from schema.execution import Engine, prepare, read
from schema.scalars import SCALARS, Upload
from services import accounts, tokens, uploads
from services.authentication import Scope
from tests.api_client import MONDAY
from web.failures import ErrorWriter
from web.graphiql import GraphiQL
from web.graphql_endpoint import GraphQLEndpoint
from web.middleware import Failures, RequestIds
from web.multipart import UploadLimits
from web.rate_limiting import RateLimiting

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
    async def keep(self, file: Upload, name: str) -> bool:
        file.move_to(file.path.parent / name)
        return True

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
class Site:
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
async def running(directory: Path, *, executor: str = "compiled", **limits: int) -> AsyncIterator[Site]:
    bounds = {"max_body_bytes": 1_000_000, "max_upload_bytes": 10_000_000, **limits}
    endpoint = GraphQLEndpoint(
        Engine(SCHEMA, compiled=executor == "compiled"),
        ErrorWriter(SCHEMA._schema),
        GraphiQL(token=None),
        RateLimiting({}),
        limits=UploadLimits(**bounds, directory=directory),
        clock=lambda: MONDAY,
        stopping=asyncio.Event(),
    )
    app = Starlette(routes=[Route("/graphql", endpoint)])
    account_id = await accounts.create(name="Acme", default_region="KE", now=MONDAY)
    _, secret = await tokens.create(
        account_id=account_id, name="test", user_id=None, scopes=list(Scope), expires_at=None, now=MONDAY
    )
    asgi = RequestIds(Failures(app), has_access_log=False)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=asgi), base_url="http://muster.test") as client:
        yield Site(app, client, directory, {"Authorization": f"Bearer {secret}"})


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    directory = tmp_path / "spool"
    directory.mkdir()
    return directory


@pytest.fixture
async def site(db: None, executor: str, spool: Path) -> AsyncIterator[Site]:
    async with running(spool, executor=executor) as site:
        yield site


def form(*parts: tuple[str, bytes | Any] | tuple[str, bytes | Any, str], end: bytes = b"--X--\r\n") -> bytes:
    """A form with the boundary X; a part with a third member is a file of that name."""
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


# ------------------------------------------------------------------ what is taken


async def test_a_resolver_gets_the_file_with_its_name_type_size_and_hash(site: Site) -> None:
    response = await site.post(ONE_FILE)

    assert (response.status_code, response.json()) == (
        200,
        {
            "data": {
                "receive": {
                    "fileName": "people.csv",
                    "contentType": "text/csv",
                    "size": len(SHEET),
                    "sha256": hashlib.sha256(SHEET).hexdigest(),
                    "text": SHEET.decode(),
                }
            }
        },
    )
    assert site.left() == []


async def test_files_go_into_inputs_and_lists_and_one_may_go_to_two_places(site: Site) -> None:
    body = form(
        operations(ATTACH, input={"file": None, "more": [None, None, None]}),
        ("map", {"a": ["variables.input.file", "variables.input.more.2"], "b": ["variables.input.more.0"]}),
        ("b", b"second", "b.csv"),
        ("a", b"first", "a.csv"),
    )

    response = await site.post(body)

    first, second = {"fileName": "a.csv", "text": "first"}, {"fileName": "b.csv", "text": "second"}
    assert (response.status_code, response.json()) == (200, {"data": {"attach": [first, second, first]}})
    assert site.left() == []


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
async def test_it_does_not_matter_how_the_bytes_arrive(site: Site, size: int) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--x" + b"\r\n--" * 5 + b"\r"
    body = form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file"]}), ("0", content, "a.bin"))

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    response = await site.client.post(
        "/graphql",
        content=parts(),
        headers={"Content-Type": 'multipart/form-data; boundary="X"', **site.headers, **PREFLIGHT},
    )

    received = response.json()["data"]["receive"]
    assert (received["size"], received["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\fakepath\\\\people.csv", "people.csv"),
        ("watu wapya – 2026.csv", "watu wapya – 2026.csv"),
        ("a\tb\x7f.csv", "ab.csv"),
        ("", ""),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
async def test_a_files_name_is_a_name_alone(site: Site, given: str, taken: str) -> None:
    body = form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file"]}), ("0", b"x", given))

    assert (await site.post(body)).json()["data"]["receive"]["fileName"] == taken


async def test_a_multipart_request_needs_no_file(site: Site) -> None:
    response = await site.post(form(operations("{ here }"), ("map", {})))

    assert response.json() == {"data": {"here": True}}


async def test_a_resolver_can_keep_a_file(site: Site) -> None:
    body = form(
        operations('mutation ($file: Upload!) { keep(file: $file, name: "kept") }', file=None),
        ("map", {"0": ["variables.file"]}),
        ("0", SHEET, "people.csv"),
    )

    response = await site.post(body)

    assert response.json() == {"data": {"keep": True}}
    assert site.left() == ["kept"]
    assert (site.directory / "kept").read_bytes() == SHEET


# ------------------------------------------------------------------ against other sites' forms


@pytest.mark.parametrize("name", ["Apollo-Require-Preflight", "X-Requested-With", "GraphQL-Preflight"])
async def test_one_of_three_headers_is_enough(site: Site, name: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, name: "yes"}

    response = await site.client.post("/graphql", content=ONE_FILE, headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"GraphQL-Preflight": ""}])
async def test_without_any_of_them_a_form_is_refused(site: Site, headers: dict[str, str]) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **headers}

    response = await site.client.post("/graphql", content=ONE_FILE, headers=headers)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert "Apollo-Require-Preflight, X-Requested-With, GraphQL-Preflight" in response.json()["errors"][0]["message"]


# ------------------------------------------------------------------ what is refused


FILE_MAP = ("map", {"0": ["variables.file"]})
FILE = ("0", SHEET, "people.csv")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        ONE_FILE[:-8],
        form(operations(RECEIVE, file=None), FILE_MAP, FILE, end=b""),
        form(FILE_MAP, operations(RECEIVE, file=None), FILE),
        form(FILE, operations(RECEIVE, file=None), FILE_MAP),
        form(operations(RECEIVE, file=None), FILE, FILE_MAP),
        form(operations(RECEIVE, file=None)),
        form(operations(RECEIVE, file=None), FILE_MAP),
        form(operations(RECEIVE, file=None), FILE_MAP, FILE, FILE),
        form(operations(RECEIVE, file=None), FILE_MAP, FILE, ("1", b"nobody's", "b.csv")),
        form(operations(RECEIVE, file=None), FILE_MAP, ("0", b"no file")),
        form(("operations", b"{"), FILE_MAP, FILE),
        form(("operations", b"[]"), FILE_MAP, FILE),
        form(("operations", b"5"), FILE_MAP, FILE),
        form(("operations", {"variables": {"file": None}}), FILE_MAP, FILE),
        form(("operations", {"query": RECEIVE}), FILE_MAP, FILE),
        form(("operations", {"query": RECEIVE, "variables": None}), FILE_MAP, FILE),
        form(operations(RECEIVE, file="x"), FILE_MAP, FILE),
        form(operations(RECEIVE, file=None), ("map", b"{"), FILE),
        form(operations(RECEIVE, file=None), ("map", []), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": "variables.file"}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": []}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": [5]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["file"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["query"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables.other"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file.deeper"]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {"0": ["variables.file", "variables.file"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file.-1"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file.1"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file.²"]}), FILE),
        form(operations(RECEIVE, file=[None]), ("map", {"0": ["variables.file." + "9" * 5000]}), FILE),
        form(operations(RECEIVE, file=None), ("map", {str(n): ["variables.file"] for n in range(21)}), FILE),
        b"--X\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--X--\r\n",
        b"--X\r\nContent-Disposition: attachment; name=operations\r\n\r\n{}\r\n--X--\r\n",
        b"--X\r\nContent-Disposition form-data\r\n\r\n{}\r\n--X--\r\n",
    ],
)
async def test_a_form_that_is_not_as_it_should_be_is_400(site: Site, body: bytes) -> None:
    response = await site.post(body)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert site.left() == []


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300],
)
async def test_a_form_without_a_boundary_is_400(site: Site, content_type: str) -> None:
    response = await site.post(ONE_FILE, Content_Type=content_type)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("file", ["a text", 5, {"path": "/etc/passwd"}, None])
async def test_where_a_file_is_wanted_nothing_else_is_taken(site: Site, file: Any) -> None:
    response = await site.post(form(operations(RECEIVE, file=file), ("map", {})))
    inline = await site.post(form(operations('mutation { receive(file: "a text") { size } }'), ("map", {})))

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert (inline.status_code, code_of(inline)) == (400, "GRAPHQL_VALIDATION_FAILED")


async def test_a_file_where_something_else_is_wanted_is_not_told_of(site: Site) -> None:
    body = form(
        operations("mutation ($name: String!) { greet(name: $name) }", name=None),
        ("map", {"0": ["variables.name"]}),
        FILE,
    )

    response = await site.post(body)

    assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert str(site.directory) not in response.text
    assert "people.csv" not in response.text
    assert site.left() == []


async def test_nothing_is_left_of_a_file_whose_resolver_fails(site: Site) -> None:
    body = form(operations("mutation ($file: Upload!) { fail(file: $file) }", file=None), FILE_MAP, FILE)

    response = await site.post(body)

    assert (response.status_code, code_of(response)) == (500, "INTERNAL_SERVER_ERROR")
    assert site.left() == []


async def test_whoever_has_no_token_is_refused_before_a_file_is_read(site: Site) -> None:
    response = await site.post(ONE_FILE, Authorization="Bearer nonsense")

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")


# ------------------------------------------------------------------ limits


async def test_files_beyond_the_limit_are_413(db: None, spool: Path) -> None:
    async with running(spool, max_body_bytes=1000, max_upload_bytes=100_000) as site:

        def body(size: int) -> bytes:
            return form(
                operations(ATTACH, input={"file": None, "more": [None]}),
                ("map", {"0": ["variables.input.file"], "1": ["variables.input.more.0"]}),
                ("0", b"x" * 50_000, "a.csv"),
                ("1", b"x" * size, "b.csv"),
            )

        async def streamed() -> AsyncIterator[bytes]:
            yield body(50_001)

        headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **PREFLIGHT}
        exactly = await site.post(body(50_000))
        beyond = await site.post(body(50_001))
        without_length = await site.client.post("/graphql", content=streamed(), headers=headers)
        far_beyond = await site.post(body(500_000))

    assert [answer.status_code for answer in (exactly, beyond, without_length, far_beyond)] == [200, 413, 413, 413]
    assert [code_of(answer) for answer in (beyond, without_length, far_beyond)] == ["FILE_TOO_LARGE"] * 3
    assert site.left() == []


@pytest.mark.parametrize("name", ["operations", "map"])
async def test_operations_and_map_are_limited_as_a_json_body_is(db: None, spool: Path, name: str) -> None:
    async with running(spool, max_body_bytes=1000) as site:
        padded = {"operations": operations(RECEIVE.ljust(1200), file=None), "map": ("map", b" " * 1200)}
        parts = {"operations": operations(RECEIVE, file=None), "map": FILE_MAP} | {name: padded[name]}

        response = await site.post(form(parts["operations"], parts["map"], FILE))

    assert (response.status_code, code_of(response)) == (413, "BAD_USER_INPUT")


async def test_a_large_file_is_never_in_memory_as_a_whole(db: None, spool: Path) -> None:
    size, piece = 30_000_000, b"254712345678,Zuri\n" * 3000
    head = form(operations(RECEIVE, file=None), FILE_MAP, ("0", b"", "big.csv"), end=b"")[:-2]

    async def body() -> AsyncIterator[bytes]:
        yield head
        for _ in range(size // len(piece)):
            yield piece
        yield b"\r\n--X--\r\n"

    async with running(spool, max_upload_bytes=40_000_000) as site:
        headers = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **PREFLIGHT}
        tracemalloc.start()
        try:
            response = await site.client.post("/graphql", content=body(), headers=headers)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert response.json()["data"]["receive"]["size"] == size // len(piece) * len(piece)
    assert peak < 8_000_000


# ------------------------------------------------------------------ clients that go away


@pytest.mark.parametrize("sent", [100, 400, len(ONE_FILE) - 20])
async def test_nothing_is_left_of_an_upload_that_breaks_off(site: Site, sent: int) -> None:
    messages: Iterator[dict[str, Any]] = iter(
        [{"type": "http.request", "body": ONE_FILE[:sent], "more_body": True}, {"type": "http.disconnect"}]
    )
    answers: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        answers.append(message)

    given = {"Content-Type": "multipart/form-data; boundary=X", **site.headers, **PREFLIGHT}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "app": site.app,
        "state": {"request_id": "test"},
    }
    [route] = site.app.routes
    assert isinstance(route, Route)
    await route.app(scope, receive, send)

    assert answers == []
    assert site.left() == []


def test_what_a_killed_process_left_behind_goes_after_an_hour(spool: Path) -> None:
    old, fresh, foreign = (spool / name for name in ("muster-upload-old", "muster-upload-fresh", "other"))
    for path, hours in ((old, 2), (fresh, 0.5), (foreign, 2)):
        path.write_bytes(SHEET)
        os.utime(path, (MONDAY.timestamp() - hours * 3600,) * 2)

    count = uploads.remove_abandoned(spool, now=MONDAY)

    assert count == 1
    assert sorted(spool.iterdir()) == [fresh, foreign]
