"""Middleware for every request: request ids, the access log, and answers to unexpected exceptions."""

import asyncio
import re
from collections.abc import Mapping
from random import getrandbits
from time import perf_counter

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.db.deadline import ResultUnknown
from schema.ids import IdPrefix, encode
from web.http import responses, temporary_failures
from web.http.bounds import Client
from web.http.graphql_errors import internal_error
from web.http.responses import RawResponse
from web.http.temporary_failures import temporary
from web.logs import described

log = structlog.get_logger()

CLIENT = "client"
"""The member of a scope's state in which the endpoint leaves its client for the access log."""
CLIENT_LEFT = 499
"""The status in the access log, as in nginx's, if the client disconnected before the answer."""
NO_SNIFFING = (b"x-content-type-options", b"nosniff")

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def request_id_of(scope: Scope) -> str:
    return str(scope["state"]["request_id"])


def request_id_for(headers: Mapping[bytes, bytes]) -> bytes:
    """Returns the client's X-Request-Id if it is 1 to 128 letters, digits, `.`, `_` or `-`, otherwise a new id."""
    given = headers.get(b"x-request-id")
    return given if given is not None and _SANE_ID.fullmatch(given) else b"%032x" % getrandbits(128)


def log_answered(
    *, method: str, path: str, status: int, started: float, request_id: bytes, address: str, client: Client | None
) -> None:
    """Writes a line to the access log. The path excludes the query string, which can contain an operation."""
    caller, facts = (client.caller, client.facts) if client is not None else (None, None)
    log.info(
        "answered",
        method=method,
        path=path,
        status=status,
        milliseconds=round((perf_counter() - started) * 1000, 1),
        request_id=request_id.decode(),
        client=address,
        account=None if caller is None else encode(IdPrefix.ACCOUNT, caller.account_id),
        operation=None if facts is None else facts.name,
    )


def client_address(scope: Scope) -> str:
    """Returns the client's address, which uvicorn takes from a trusted proxy; empty if it is not known."""
    return str(scope["client"][0]) if scope.get("client") else ""


def reply_to_failure(error: BaseException, request_id: str) -> RawResponse:
    """Logs an exception that no other code has handled, and returns the answer.

    A server that stops cancels the requests that run too long. Their results are unknown.
    """
    if isinstance(error, asyncio.CancelledError):
        error = ResultUnknown("The server stopped.")
    if (failure := temporary(error)) is not None:
        refusal = temporary_failures.refusal(failure, request_id=request_id)
        return responses.in_json(refusal.status, {"errors": refusal.errors}, headers=refusal.headers)
    log.error("a request failed", request_id=request_id, exception=described(error))
    return responses.in_json(500, {"errors": [internal_error(request_id)]})


async def answer_to_http_exception(_: Request, error: Exception) -> Response:
    """Returns Starlette's answers to unknown addresses and methods, in JSON like all other errors."""
    assert isinstance(error, HTTPException)
    content = {"errors": [{"message": f"{error.detail}.", "extensions": {"code": "BAD_USER_INPUT"}}]}
    reply = responses.in_json(error.status_code, content, headers=error.headers)
    return Response(reply.body, reply.status, dict(Headers(raw=reply.headers)))


class RequestIds:
    """Adds an X-Request-Id and X-Content-Type-Options to each answer, and writes the access log if it is on."""

    def __init__(self, app: ASGIApp, *, has_access_log: bool) -> None:
        self._app = app
        self._has_access_log = has_access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_for(dict(scope["headers"]))
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        started, status = perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), NO_SNIFFING, (b"x-request-id", request_id)]
            await send(message)

        await self._app(scope, receive, send_with_id)
        if self._has_access_log:
            log_answered(
                method=scope["method"],
                path=scope["path"],
                status=status or CLIENT_LEFT,
                started=started,
                request_id=request_id,
                address=client_address(scope),
                client=scope["state"].get(CLIENT),
            )


class Failures:
    """Logs every exception that reaches it, and answers with its status: 500 unless the failure is temporary."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_started = False

        async def watched(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except (Exception, asyncio.CancelledError) as error:  # this is where they end
            reply = reply_to_failure(error, request_id_of(scope))
            if not is_started:
                await responses.send(send, reply)
            elif isinstance(error, asyncio.CancelledError):
                raise  # the server then closes the connection in the middle of the answer
