"""Content-Encoding: compresses answers with zstd or gzip, and unpacks requests (RFC 9110, sections 8.4 and 12.5.3)."""

import asyncio
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.lazy_module import LazyModule
from web.http.errors import refuse
from web.http.responses import RawResponse

if TYPE_CHECKING:
    import zstandard
else:
    zstandard = LazyModule("zstandard")

MIN_BYTES = 1_000
"""Smaller answers fit into one packet as they are."""
_GZIP_LEVEL = 4  # nearly as small as level 6, in half of the time or less
_ZSTD_LEVEL = 3
_GZIP = 31  # zlib's number for the largest window with gzip's header
_IN_THREAD_BYTES = 250_000
"""The event loop compresses smaller pieces itself, in at most about 5 ms."""
_UNPACKED_AT_ONCE = 262_144
_TYPES = ("text/", "application/json", "application/graphql-response+json", "application/javascript", "image/svg+xml")


@lru_cache(maxsize=256)
def encoding_for(accept_encoding: bytes | None) -> str | None:
    """Returns the encoding of answers to an Accept-Encoding header: zstd, else gzip, else None."""
    qualities: dict[str, bool] = {}
    for each in (accept_encoding or b"").decode("latin-1").lower().split(","):
        name, _, parameter = each.partition(";")
        qualities[name.strip()] = parameter.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0")
    if qualities.get("zstd", False):
        return "zstd"
    return "gzip" if qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", False))) else None


async def compress(reply: RawResponse, accept_encoding: bytes | None) -> RawResponse:
    """Returns a whole answer, compressed if that is worth it and the client accepts it."""
    if len(reply.body) <= MIN_BYTES or not _is_compressible(reply.status, reply.headers):
        return reply
    headers = MutableHeaders(raw=list(reply.headers))
    headers.add_vary_header("Accept-Encoding")
    encoding = encoding_for(accept_encoding)
    if encoding is None:
        return RawResponse(reply.status, headers.raw, reply.body)
    body = await _packed(_packer(encoding), reply.body, is_last=True)
    _mark(headers, encoding)
    headers["content-length"] = str(len(body))
    return RawResponse(reply.status, headers.raw, body)


class Compression:
    """ASGI middleware that compresses the answers of the application: whole, or piece by piece as they are sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        accepted = dict(scope["headers"]).get(b"accept-encoding")
        await self._app(scope, receive, _Answer(accepted, send).take)


class _Answer:
    """Compresses one answer. It delays the headers until the first piece of the body arrives."""

    def __init__(self, accepted: bytes | None, send: Send) -> None:
        self._accepted = accepted
        self._send = send
        self._start: Message | None = None
        self._packer: Any = None

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_compressible(message["status"], message["headers"]):
            self._start = message
        elif self._start is not None:
            start, self._start = self._start, None
            await self._begin(start, message)
        elif self._packer is not None:
            await self._send_packed(message)
        else:
            await self._send(message)

    async def _begin(self, start: Message, first: Message) -> None:
        if not first.get("more_body"):
            reply = await compress(RawResponse(start["status"], list(start["headers"]), first["body"]), self._accepted)
            await self._send({**start, "headers": reply.headers})
            await self._send({**first, "body": reply.body})
            return
        headers = MutableHeaders(raw=list(start["headers"]))
        headers.add_vary_header("Accept-Encoding")
        encoding = encoding_for(self._accepted)
        if encoding is not None and int(headers.get("content-length", MIN_BYTES + 1)) > MIN_BYTES:
            self._packer = _packer(encoding)
            _mark(headers, encoding)
        await self._send({**start, "headers": headers.raw})
        await self.take(first)

    async def _send_packed(self, message: Message) -> None:
        is_last = not message.get("more_body")
        body = await _packed(self._packer, message.get("body", b""), is_last=is_last)
        if body or is_last:
            await self._send({**message, "body": body})


def unpacked(receive: Receive) -> Receive:
    """Returns a function that receives the pieces of a gzip body, unpacked, in pieces of a limited size.

    The function raises HttpRefusal with 400. The caller limits the size of all pieces.
    """
    unpacker = zlib.decompressobj(wbits=_GZIP)
    packed, is_last = b"", False

    async def receive_unpacked() -> Message:
        nonlocal packed, is_last
        if not packed and not is_last:
            message = await receive()
            if message["type"] != "http.request":
                return message
            packed, is_last = message.get("body", b""), not message.get("more_body", False)
        try:
            body = unpacker.decompress(packed, _UNPACKED_AT_ONCE)
        except zlib.error:
            raise refuse(400, "The body is not valid gzip.") from None
        packed = unpacker.unconsumed_tail
        is_more = bool(packed) or not is_last or len(body) == _UNPACKED_AT_ONCE
        if unpacker.unused_data or not (is_more or unpacker.eof):
            raise refuse(400, "The body must be exactly one complete gzip member.")
        return {"type": "http.request", "body": body, "more_body": is_more}

    return receive_unpacked


def _is_compressible(status: int, headers: list[tuple[bytes, bytes]]) -> bool:
    """Returns whether the status and the type of an answer allow compression. A part (206) stays as it is."""
    known = dict(headers)
    media_type = known.get(b"content-type", b"").decode("latin-1")
    is_text = media_type.startswith(_TYPES) and not media_type.startswith("text/event-stream")
    return is_text and b"content-encoding" not in known and status not in (204, 206, 304)


def _packer(encoding: str) -> Any:
    """Returns an object with zlib's methods compress and flush."""
    if encoding == "gzip":
        return zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()


def _mark(headers: MutableHeaders, encoding: str) -> None:
    """Changes the headers to those of a compressed body, which has no ranges and no bytes in common with the other."""
    headers["content-encoding"] = encoding
    del headers["content-length"]
    del headers["accept-ranges"]
    if tag := headers.get("etag"):
        headers["etag"] = f"W/{tag.removeprefix('W/')}"


async def _packed(packer: Any, body: bytes, *, is_last: bool) -> bytes:
    if len(body) > _IN_THREAD_BYTES:
        return await asyncio.to_thread(_pack, packer, body, is_last)
    return _pack(packer, body, is_last)


def _pack(packer: Any, body: bytes, is_last: bool) -> bytes:
    packed: bytes = packer.compress(body)
    return packed + packer.flush() if is_last else packed
