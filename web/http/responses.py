"""Answers: a status, headers and bytes, which are the same with and without ASGI."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from starlette.types import Send

from web.http.media_types import JSON

_NO_STORE = (b"cache-control", b"no-store")


class RawResponse(NamedTuple):
    """An answer. The names of its headers are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def in_json(
    status: int, content: Any, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> RawResponse:
    """Returns an answer with the content as JSON. Raises TypeError if `json` can't write it."""
    return of_json(status, json(content), media_type=media_type, headers=headers)


def json(content: Any) -> bytes:
    """Returns the content as JSON. Instants are ISO 8601 in UTC with a Z. Raises TypeError if orjson can't write it."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def extended(body: bytes, extensions: Mapping[str, Any]) -> bytes:
    """Adds extensions to an answer in JSON that has none."""
    return body[:-1] + b',"extensions":' + json(extensions) + b"}"


def of_json(
    status: int, body: bytes, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> RawResponse:
    """Returns an answer with a JSON text as its body."""
    raw = [
        _content_type(media_type),
        (b"content-length", b"%d" % len(body)),
        _NO_STORE,
    ]
    if headers:
        raw += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return RawResponse(status, raw, body)


@lru_cache(maxsize=8)
def _content_type(media_type: str) -> tuple[bytes, bytes]:
    return (b"content-type", f"{media_type}; charset=utf-8".encode())


async def send(send: Send, reply: RawResponse) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})
