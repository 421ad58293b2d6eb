"""Answers, as bytes."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Send

from web.media_types import JSON


async def send_json(
    send: Send, status: int, content: Any, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> None:
    """Sends what orjson can write; instants as ISO 8601 in UTC with a Z. Raises TypeError before anything is sent."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    raw = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    raw += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
