"""Serves the schema, as SDL and as introspection, and the documentation with its index `llms.txt`."""

import asyncio
from functools import cache
from pathlib import Path

import orjson
import strawberry
from graphql import introspection_from_schema
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from web.http.responses import etag, is_current

_ROOT = Path(__file__).parent.parent
_OPERATIONS = _ROOT / "examples" / "operations"
_SDL = _ROOT / "schema" / "schema.graphql"  # committed; a test checks that it is the same as the code's schema
_INDEX = (Path(__file__).parent / "llms.txt").read_text(encoding="utf-8")
_CACHED = {"Cache-Control": "public, max-age=300"}


def routes(schema: strawberry.Schema, *, public_url: str | None) -> list[Route | Mount]:
    index = _INDEX.replace("{examples}", "\n".join(map(_line, sorted(_OPERATIONS.glob("*.graphql")))))

    @cache
    def introspection() -> bytes:
        return orjson.dumps({"data": introspection_from_schema(schema._schema, input_value_deprecation=True)})

    async def schema_graphql(request: Request) -> Response:
        return _cached(request, await asyncio.to_thread(_SDL.read_bytes), "text/plain; charset=utf-8")

    async def schema_json(request: Request) -> Response:
        content = await asyncio.to_thread(introspection)  # built on the first request, because few servers get one
        return _cached(request, content, "application/json")

    async def llms_txt(request: Request) -> Response:
        base = public_url or str(request.base_url).rstrip("/")
        return PlainTextResponse(index.replace("{base}", base), headers={"Vary": "Host"})

    async def readme(request: Request) -> Response:
        return FileResponse(_ROOT / "README.md", media_type="text/markdown; charset=utf-8")

    return [
        Route("/schema.graphql", schema_graphql),
        Route("/schema.json", schema_json),
        Route("/llms.txt", llms_txt),
        Route("/readme.md", readme),
        Mount("/examples", StaticFiles(directory=_OPERATIONS)),
        Mount("/docs", StaticFiles(directory=_ROOT / "docs", check_dir=False)),
        Mount("/static", StaticFiles(directory=_ROOT / "static")),
    ]


def _cached(request: Request, content: bytes, media_type: str) -> Response:
    """Returns a document that caches may keep, or status 304 if the client has it already."""
    tag, known = etag(content), request.headers.get("if-none-match", "")
    headers = {**_CACHED, "ETag": tag.decode()}
    if is_current(tag, known.encode("latin-1")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _line(operation: Path) -> str:
    """Returns an entry of the index, with the title from the comment in the operation's first line."""
    title = operation.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    return f"- [{title}]({{base}}/examples/{operation.name})"
