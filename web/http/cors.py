"""CORS: the pages of other origins that may call the API, and the headers that they may send and read."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message

from web.http.multipart import CUSTOM_HEADERS
from web.http.responses import RawResponse

_ALLOWED = (
    *("Authorization", "Content-Type", "GraphQL-Cost", "Idempotency-Key", "X-Request-Id", *CUSTOM_HEADERS),
    # Tracing, and Apollo Client's name and version of the page. Browsers refuse a request with any other header.
    *("traceparent", "tracestate", "baggage", "sentry-trace"),
    *("apollographql-client-name", "apollographql-client-version"),
)
_EXPOSED = ("X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate")


class Cors(CORSMiddleware):
    """Starlette's middleware with the API's headers. `headers` are further headers that pages may send."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str], headers: Sequence[str] = ()) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=(*_ALLOWED, *headers),
            expose_headers=_EXPOSED,
        )

    async def complete(self, reply: RawResponse, headers: Mapping[bytes, bytes]) -> None:
        """Adds the headers to an answer that does not use ASGI."""
        start: Message = {"type": "http.response.start", "headers": reply.headers}
        await self.send(start, _nothing, Headers(raw=list(headers.items())))
        reply.headers[:] = start["headers"]


async def _nothing(_: Message) -> None:
    pass
