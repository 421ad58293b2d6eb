"""CORS: the pages of other origins that may call the API, and the headers that they may send and read."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message

from web.http.multipart import CUSTOM_HEADERS
from web.http.responses import RawResponse, in_json

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

    def preflight_response(self, request_headers: Headers) -> Response:
        """Returns the answer to a preflight; a refusal is in JSON like all other errors."""
        response = super().preflight_response(request_headers)
        if response.status_code != 400:
            return response
        reasons = bytes(response.body).decode().removeprefix("Disallowed CORS ")
        message = f"The server does not allow this request from the page's origin: {reasons}."
        content = {"errors": [{"message": message, "extensions": {"code": "FORBIDDEN"}}]}
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        reply = in_json(400, content, headers=kept)
        return Response(reply.body, reply.status, dict(Headers(raw=reply.headers)))

    async def complete(self, reply: RawResponse, headers: Mapping[bytes, bytes]) -> None:
        """Adds the headers to an answer that does not use ASGI."""
        start: Message = {"type": "http.response.start", "headers": reply.headers}
        await self.send(start, _nothing, Headers(raw=list(headers.items())))
        reply.headers[:] = start["headers"]


async def _nothing(_: Message) -> None:
    pass
