"""Operations over server-sent events: GraphQL over SSE in its distinct connections mode.

Each answer is an event `next`, and the last event is `complete`. A request that can't be executed gets a JSON answer
with its status, as without events. The protocol: github.com/graphql/graphql-over-http, rfcs/GraphQLOverSSE.md.
"""

import asyncio
from typing import Any

import structlog
from starlette.types import Receive, Send

from models.db.task_cancelling import cancel
from web.http.graphql_errors import internal_error
from web.http.responses import json
from web.logs import described
from web.realtime.operation_stream import Payload, PayloadStream
from web.realtime.token_watch import TokenWatch

log = structlog.get_logger()

KEEP_ALIVE_SECONDS = 12.0
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # otherwise nginx would buffer events
]
_COMPLETE = b"event: complete\ndata:\n\n"
_KEEP_ALIVE = b":\n\n"


async def send_events(
    answers: PayloadStream,
    receive: Receive,
    send: Send,
    *,
    token: TokenWatch,
    stopping: asyncio.Event,
    request_id: str,
) -> None:
    """Sends all answers, until the client disconnects, the token ends or the server stops."""
    try:
        own = [(name.lower().encode(), value.encode()) for name, value in answers.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS + own})
        await _send_until_the_end(answers, receive, send, token, stopping, request_id)
    finally:
        await answers.aclose()


async def _send_until_the_end(
    answers: PayloadStream, receive: Receive, send: Send, token: TokenWatch, stopping: asyncio.Event, request_id: str
) -> None:
    sending = asyncio.create_task(_send_all(answers, send, request_id))
    gone = asyncio.create_task(_gone(receive))
    ended = asyncio.create_task(token.ended())
    others = (asyncio.create_task(stopping.wait()), asyncio.create_task(_keep_alive(send)))
    tasks: list[asyncio.Task[Any]] = [sending, gone, ended, *others]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel(*tasks)
    if not gone.cancelled():
        return
    if sending.cancelled() and not ended.cancelled():
        await _send(send, _next({"errors": ended.result().errors}))
    await send({"type": "http.response.body", "body": _COMPLETE})


async def _send_all(answers: PayloadStream, send: Send, request_id: str) -> None:
    try:
        async for payload in answers:
            await _send(send, _next(payload))
    except Exception as error:  # noqa: BLE001  # the status is already sent, so the error becomes an event
        log.error("a subscription failed", request_id=request_id, exception=described(error))
        await _send(send, _next({"errors": [internal_error(request_id)]}))


async def _keep_alive(send: Send) -> None:
    """Sends comments regularly, so that proxies and clients see that the connection is in use."""
    while True:
        await asyncio.sleep(KEEP_ALIVE_SECONDS)
        await _send(send, _KEEP_ALIVE)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})


def _next(payload: Payload) -> bytes:
    return b"event: next\ndata: " + json(payload) + b"\n\n"
