"""Answers: a status, headers and bytes, which are the same whichever way they go to the client."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from starlette.types import Send

from web.media_types import JSON

_NO_STORE = (b"cache-control", b"no-store")


class Reply(NamedTuple):
    """Headers are as they go over the wire; their names are in small letters."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def in_json(status: int, content: Any, *, media_type: str = JSON, headers: Mapping[str, str] | None = None) -> Reply:
    """Of what `json` can write. Raises TypeError."""
    return of_json(status, json(content), media_type=media_type, headers=headers)


def json(content: Any) -> bytes:
    """Of what orjson can write; instants as ISO 8601 in UTC with a Z. Raises TypeError."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def extended(body: bytes, extensions: Mapping[str, Any]) -> bytes:
    """An answer in JSON that has no extensions, with these."""
    return body[:-1] + b',"extensions":' + json(extensions) + b"}"


def of_json(status: int, body: bytes, *, media_type: str = JSON, headers: Mapping[str, str] | None = None) -> Reply:
    """Of a text in JSON."""
    raw = [
        _content_type(media_type),
        (b"content-length", b"%d" % len(body)),
        _NO_STORE,
    ]
    if headers:
        raw += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Reply(status, raw, body)


@lru_cache(maxsize=8)
def _content_type(media_type: str) -> tuple[bytes, bytes]:
    return (b"content-type", f"{media_type}; charset=utf-8".encode())


async def send(send: Send, reply: Reply) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})
