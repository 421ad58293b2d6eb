"""Operations over a WebSocket, by the protocol graphql-transport-ws of graphql-ws and other clients.

The protocol: github.com/enisdenjo/graphql-ws, PROTOCOL.md. Each message is a JSON object with a `type`.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import structlog
from starlette.types import Message, Receive, Scope, Send

from models.db.deadline import ClientDisconnected, TemporaryFailure
from models.db.task_cancelling import cancel
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Caller
from web.credentials.callers import Credentials, of_connection
from web.http import temporary_failures
from web.http.bounds import Client
from web.http.cost_header import cost_mode
from web.http.errors import HttpRefusal, refuse
from web.http.graphql_errors import internal_error
from web.http.json_reading import decoded
from web.http.middleware import client_address, request_id_for
from web.http.quota import Quota
from web.http.requests import checked
from web.http.responses import in_json, json
from web.logs import described
from web.realtime.operation_stream import OperationStreams, Requester
from web.realtime.token_watch import TokenWatch

log = structlog.get_logger()

PROTOCOL = "graphql-transport-ws"

_POLICY_VIOLATION = 1008
_TOO_BIG = 1009
_TRY_AGAIN_LATER = 1013
_BAD_REQUEST = 4400
_UNAUTHORIZED = 4401
_NOT_ACCEPTABLE = 4406
_INIT_TIMEOUT = 4408
_ALREADY_EXISTS = 4409
_TOO_MANY_INITS = 4429
_FAILED = 4500
_MAX_REASON_BYTES = 123
_MAX_ID = 200


@dataclass(frozen=True, slots=True)
class SocketLimits:
    max_message_bytes: int
    max_json_values: int
    """The limit for a message."""
    max_operations: int = 50
    """The highest number of concurrent operations on a connection."""
    init_seconds: float = 10.0
    """The time limit for the client to authenticate."""
    per_address: int = 0
    """The highest number of connections of a client's address; 0 for no limit."""
    per_token: int = 0
    """The highest number of connections of a token; 0 for no limit."""


class Closing(Exception):
    """Ends the connection, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


class GraphQLSocket:
    """ASGI application for WebSockets. Accepts pages from `origins`, `public_url` and the server's own origin."""

    def __init__(
        self,
        streams: OperationStreams,
        credentials: Credentials,
        *,
        clock: Callable[[], datetime],
        limits: SocketLimits,
        origins: Collection[str] = (),
        public_url: str | None = None,
        has_access_log: bool = False,
    ) -> None:
        self.streams = streams
        self.credentials = credentials
        self.clock = clock
        self.limits = limits
        self.public_url = public_url
        self.open_count = 0
        """The number of open connections."""
        self._has_access_log = has_access_log
        self._addresses: Quota[str] = Quota(limits.per_address)
        self.tokens: Quota[UUID] = Quota(limits.per_token)
        self._origins = frozenset(origins)
        if public_url:
            self._origins |= {"{0.scheme}://{0.netloc}".format(urlsplit(public_url))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        await receive()  # websocket.connect
        if not self._is_origin_allowed(headers):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})  # before the accept, this is a 403
            return
        address = scope["client"][0] if scope.get("client") else ""
        if address and not self._addresses.take(address):
            await self._send_too_many(send)
            return
        try:
            await self._serve(scope, headers, receive, send)
        finally:
            if address:
                self._addresses.give_back(address)

    async def _serve(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        request_id = request_id_for(headers)
        accepted = {"type": "websocket.accept", "headers": [(b"x-request-id", request_id)]}
        if PROTOCOL not in scope["subprotocols"]:
            await send(accepted)
            await send(_close(Closing(_NOT_ACCEPTABLE, f"Subprotocol not acceptable: use {PROTOCOL}")))
            return
        await send({**accepted, "subprotocol": PROTOCOL})
        connection = _Connection(self, scope, headers, request_id.decode(), receive, send)
        self.open_count += 1
        try:
            await connection.serve()
        finally:
            self.open_count -= 1
        if self._has_access_log:
            caller = connection.caller
            log.info(
                "a socket ended",
                path=scope["path"],
                code=connection.code,
                request_id=request_id.decode(),
                client=client_address(scope),
                account=None if caller is None else encode(IdPrefix.ACCOUNT, caller.account_id),
            )

    async def _send_too_many(self, send: Send) -> None:
        message = f"The address has {self._addresses.most} WebSockets already."
        error = {"message": message, "extensions": {"code": "RATE_LIMITED"}}
        reply = in_json(429, {"errors": [error]}, headers={"Retry-After": "1"})
        await send({"type": "websocket.http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "websocket.http.response.body", "body": reply.body})

    def _is_origin_allowed(self, headers: Mapping[bytes, bytes]) -> bool:
        """Returns whether the Origin is allowed. Browsers send it, but connect for pages of any origin."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or "*" in self._origins or origin in self._origins:
            return True
        return urlsplit(origin).netloc == headers.get(b"host", b"").decode("latin-1")


class _Operation(NamedTuple):
    task: asyncio.Task[None]
    client: Client

    def end(self) -> None:
        """Interrupts the operation in the database; the task then ends. Cancels the task only if nothing runs there.

        Cancelling it otherwise could interrupt a COMMIT.
        """
        if not self.client.leave():
            self.task.cancel()


class _Connection:
    """A client's connection. Tasks read its messages, watch its token, and run its operations."""

    def __init__(
        self,
        socket: GraphQLSocket,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        request_id: str,
        receive: Receive,
        send: Send,
    ) -> None:
        self._socket = socket
        self._headers = headers
        self._request_id = request_id
        self._address = client_address(scope)
        self._receive = receive
        self._asgi_send = send
        scheme = "https" if scope.get("scheme") == "wss" else "http"
        self._base_url = socket.public_url or f"{scheme}://{headers.get(b'host', b'').decode('latin-1')}"
        self.caller: Caller | None = None
        self._token: TokenWatch | None = None
        self._is_known = asyncio.Event()
        self._operations: dict[str, _Operation] = {}
        self._running: set[asyncio.Task[None]] = set()
        """The tasks of `_operations`, and those that the client has stopped but that have not ended yet."""
        self._begun = 0
        self.code = 1000

    async def serve(self) -> None:
        """Serves the connection until the client disconnects, or the server closes it."""
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except Closing as closing:
            self.code = closing.code
            await self._try_to_send(_close(closing))
        except Exception as error:  # noqa: BLE001  # this is where they end
            log.error("a socket failed", request_id=self._request_id, exception=described(error))
            self.code = _FAILED
            await self._try_to_send(_close(Closing(_FAILED, "Internal server error")))
        finally:
            for operation in self._operations.values():
                operation.end()
            await cancel(*tasks)
            await asyncio.gather(*self._running, return_exceptions=True)
            if self._token is not None:
                assert self.caller is not None
                self._socket.tokens.give_back(self.caller.token_id)

    async def _watch(self) -> NoReturn:
        """Raises Closing if the client does not authenticate in time, or when its token ends."""
        try:
            async with asyncio.timeout(self._socket.limits.init_seconds):
                await self._is_known.wait()
        except TimeoutError:
            raise Closing(_INIT_TIMEOUT, "Connection initialisation timeout") from None
        assert self._token is not None
        raise _unauthorized(await self._token.ended())

    # ---------------------------------------------------------------- incoming messages

    async def _read(self) -> None:
        while (message := await self._receive())["type"] == "websocket.receive":
            await self._take(self._decoded(message))
        self.code = message.get("code", self.code)

    def _decoded(self, message: Message) -> dict[str, Any]:
        text = message.get("text")
        if text is None:
            raise Closing(_BAD_REQUEST, "The message must be JSON, sent as text")
        if len(text) > self._socket.limits.max_message_bytes:
            raise Closing(_TOO_BIG, f"The message is larger than {self._socket.limits.max_message_bytes} bytes")
        try:
            content = decoded(text, max_values=self._socket.limits.max_json_values)
        except HttpRefusal:
            raise Closing(_TOO_BIG, f"The message has more than {self._socket.limits.max_json_values} values") from None
        except orjson.JSONDecodeError:
            raise Closing(_BAD_REQUEST, "The message is not valid JSON") from None
        if not isinstance(content, dict):
            raise Closing(_BAD_REQUEST, "The message must be a JSON object with a type")
        return content

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "connection_init":
            await self._init(_payload(message))
        elif kind == "ping":
            await self._send({"type": "pong", **({"payload": message["payload"]} if "payload" in message else {})})
        elif kind == "subscribe":
            if message.get("payload") is None:
                raise Closing(_BAD_REQUEST, "The message must have a payload")
            self._begin(_id(message), _payload(message))
        elif kind == "complete":
            if (operation := self._operations.pop(_id(message), None)) is not None:
                operation.end()
        elif kind != "pong":
            raise Closing(_BAD_REQUEST, "The message must have a type that clients may send")

    async def _init(self, parameters: Mapping[str, Any]) -> None:
        if self._is_known.is_set():
            raise Closing(_TOO_MANY_INITS, "Too many initialisation requests")
        authorization = of_connection(parameters) or self._headers.get(b"authorization")
        try:
            caller = await self._socket.credentials.caller_of(authorization, now=self._socket.clock())
        except HttpRefusal as refusal:
            raise _unauthorized(refusal) from None
        except TemporaryFailure as failure:
            temporary_failures.warn(failure, request_id=self._request_id)
            raise Closing(_TRY_AGAIN_LATER, temporary_failures.report_of(failure).message) from None
        if not self._socket.tokens.take(caller.token_id):
            raise Closing(_TRY_AGAIN_LATER, f"The token has {self._socket.tokens.most} WebSockets already")
        self.caller = caller
        self._token = TokenWatch(self._socket.credentials, authorization, caller, clock=self._socket.clock)
        self._is_known.set()
        await self._send({"type": "connection_ack"})

    def _begin(self, key: str, operation: Mapping[str, Any]) -> None:
        if self._token is None:
            raise Closing(_UNAUTHORIZED, "Unauthorized")
        if key in self._operations:
            raise Closing(_ALREADY_EXISTS, f"Subscriber for {key} already exists")
        self._begun += 1
        client = Client(self._address)
        client.traceparent = self._headers.get(b"traceparent")
        task = asyncio.create_task(self._run(key, operation, self._token, f"{self._request_id}.{self._begun}", client))
        self._operations[key] = _Operation(task, client)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    # ---------------------------------------------------------------- operations

    async def _run(
        self, key: str, operation: Mapping[str, Any], token: TokenWatch, request_id: str, client: Client
    ) -> None:
        """Sends an operation's answers, each after the one before was sent, so that a slow client is not flooded."""
        try:
            if len(self._operations) > self._socket.limits.max_operations:
                message = f"A connection can run at most {self._socket.limits.max_operations} operations at once."
                raise refuse(429, message, code="RATE_LIMITED")
            has_key = b"idempotency-key" in self._headers
            requester = Requester(token.caller, request_id, self._base_url, client)
            answers = await self._socket.streams.open(
                checked(operation), requester, has_idempotency_key=has_key, cost_mode=cost_mode(self._headers)
            )
            try:
                async for payload in answers:
                    await self._send({"id": key, "type": "next", "payload": payload})
            finally:
                await answers.aclose()
        except HttpRefusal as refusal:
            last: dict[str, Any] = {"id": key, "type": "error", "payload": refusal.errors}
        except (OSError, ClientDisconnected):
            return  # the client has disconnected, which the reader notices, or has stopped the operation
        except Exception as error:  # noqa: BLE001  # an operation that fails must not affect the others
            log.error("a subscription failed", request_id=request_id, exception=described(error))
            last = {"id": key, "type": "error", "payload": [internal_error(request_id)]}
        else:
            last = {"id": key, "type": "complete"}
        if (begun := self._operations.get(key)) is not None and begun.client is client:
            del self._operations[key]  # before the message, because the client may then use the id again
            await self._try_to_send(_text(last))

    # ---------------------------------------------------------------- outgoing messages

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._asgi_send(_text(message))

    async def _try_to_send(self, message: Message) -> None:
        with suppress(OSError, RuntimeError):  # the client has already disconnected
            await self._asgi_send(message)


def _text(message: Mapping[str, Any]) -> Message:
    return {"type": "websocket.send", "text": json(message).decode()}


def _close(closing: Closing) -> Message:
    return {"type": "websocket.close", "code": closing.code, "reason": closing.reason}


def _unauthorized(refusal: HttpRefusal) -> Closing:
    return Closing(_UNAUTHORIZED, f"Unauthorized: {refusal.errors[0]['message']}")


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise Closing(_BAD_REQUEST, "The payload must be an object")
    return payload or {}


def _id(message: Mapping[str, Any]) -> str:
    key = message.get("id")
    if not isinstance(key, str) or not 0 < len(key) <= _MAX_ID:
        raise Closing(_BAD_REQUEST, f"The message must have an id: a text of 1 to {_MAX_ID} characters")
    return key
