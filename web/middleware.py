"""What happens to every request: it gets an id, and a failure that nothing else took is answered and logged."""

import re
from collections.abc import Mapping
from random import getrandbits
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import replies, temporary_failures
from web.failures import internal_error
from web.logs import described
from web.replies import Reply
from web.temporary_failures import temporary

log = structlog.get_logger()

CLIENT_LEFT = 499
"""The status in the access log of a request whose client disconnected before it was answered, as nginx has it."""

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def request_id_of(scope: Scope) -> str:
    return str(scope["state"]["request_id"])


def request_id_for(headers: Mapping[bytes, bytes]) -> bytes:
    """The client's own, where it sent a sane one, else a new one."""
    given = headers.get(b"x-request-id")
    return given if given is not None and _SANE_ID.fullmatch(given) else b"%032x" % getrandbits(128)


def log_answered(*, method: str, path: str, status: int, started: float, request_id: bytes) -> None:
    """A line of the access log. The path is without the query string, which can hold an operation."""
    log.info(
        "answered",
        method=method,
        path=path,
        status=status,
        milliseconds=round((perf_counter() - started) * 1000, 1),
        request_id=request_id.decode(),
    )


def reply_to_failure(error: Exception, request_id: str) -> Reply:
    """Logs what nothing else took."""
    if (failure := temporary(error)) is not None:
        refusal = temporary_failures.refusal(failure, request_id=request_id)
        return replies.in_json(refusal.status, {"errors": refusal.errors}, headers=refusal.headers)
    log.error("a request failed", request_id=request_id, exception=described(error))
    return replies.in_json(500, {"errors": [internal_error(request_id)]})


class RequestIds:
    """Gives each answer an X-Request-Id. Writes the access log, if any."""

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
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        await self._app(scope, receive, send_with_id)
        if self._has_access_log:
            log_answered(
                method=scope["method"],
                path=scope["path"],
                status=status or CLIENT_LEFT,
                started=started,
                request_id=request_id,
            )


class Failures:
    """The last resort: whatever is raised is logged and answered with 500."""

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
        except Exception as error:  # noqa: BLE001  # this is where they end
            reply = reply_to_failure(error, request_id_of(scope))
            if not is_started:
                await replies.send(send, reply)
