"""What happens to every request: it gets an id, and a failure that nothing else took is answered and logged."""

import re
from random import getrandbits
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.failures import internal_error
from web.logs import described
from web.responses import send_json

log = structlog.get_logger()

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def request_id_of(scope: Scope) -> str:
    return str(scope["state"]["request_id"])


class RequestIds:
    """Gives each answer an X-Request-Id: the client's own, where it sent a sane one. Writes the access log, if any."""

    def __init__(self, app: ASGIApp, *, has_access_log: bool) -> None:
        self._app = app
        self._has_access_log = has_access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id")
        request_id = given if given is not None and _SANE_ID.fullmatch(given) else b"%032x" % getrandbits(128)
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
            log.info(
                "answered",
                method=scope["method"],
                path=scope["path"],  # without the query string, which can hold an operation
                status=status,
                milliseconds=round((perf_counter() - started) * 1000, 1),
                request_id=request_id.decode(),
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
            request_id = request_id_of(scope)
            log.error("a request failed", request_id=request_id, exception=described(error))
            if not is_started:
                await send_json(send, 500, {"errors": [internal_error(request_id)]})
