"""The API's only endpoint, by GraphQL over HTTP: operations by POST, queries by GET, and GraphiQL for browsers."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from graphql import OperationType
from starlette.types import Receive, Scope, Send

from models.db.deadline import ClientDisconnected, Deadline
from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import Engine, RequestError, RequestErrorKind
from services.accounts.authentication import Caller
from services.accounts.usage import usage
from services.requests.idempotency import Answer
from web.credentials.callers import Credentials
from web.documents.lookup import DocumentLookup
from web.graphiql.page import GraphiQL
from web.http import media_types, requests, responses
from web.http.bounds import Client, OperationBounds, watching
from web.http.compression import unpacked
from web.http.cost_header import CostMode, cost_extension, cost_mode
from web.http.errors import HttpRefusal, from_engine, refuse
from web.http.graphql_errors import ErrorWriter, outcome_with, status_of
from web.http.idempotency import REPLAYED, answer_once
from web.http.media_types import Events
from web.http.middleware import CLIENT, client_address, request_id_of
from web.http.multipart import UploadLimits, of_multipart
from web.http.operation_log import OperationFacts
from web.http.quota import Quota
from web.http.rate_limiting import RateLimiting
from web.http.requests import GraphQLRequest
from web.http.responses import RawResponse
from web.http.temporary_failures import RETRY_AFTER_SECONDS
from web.realtime.event_stream import send_events
from web.realtime.operation_stream import OperationStreams, Requester
from web.realtime.token_watch import TokenWatch

_QUERIES = (OperationType.QUERY,)
_QUERIES_AND_MUTATIONS = (OperationType.QUERY, OperationType.MUTATION)
_ALL_BUT_MUTATIONS = (OperationType.QUERY, OperationType.SUBSCRIPTION)
_ALL = tuple(OperationType)
_RETRY_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}
"""For status 503 of an operation that has run: the answer has no data, but changes were committed."""


class Incoming(NamedTuple):
    """A request to the endpoint, with or without ASGI. The names of its headers are in lower case."""

    method: str
    query_string: bytes
    headers: Mapping[bytes, bytes]
    body: requests.Body
    request_id: str
    client: Client
    scheme: str = "http"


class _Subscribes(Exception):
    """The operation is a subscription, and the client accepts events. The body of the request is already read."""

    def __init__(self, request: GraphQLRequest) -> None:
        self.request = request


class GraphQLEndpoint:
    """ASGI application. Callers without ASGI use `reply`. It reads `clock` once for each request."""

    def __init__(
        self,
        engine: Engine,
        documents: DocumentLookup,
        errors: ErrorWriter,
        page: GraphiQL,
        rate_limiting: RateLimiting,
        bounds: OperationBounds,
        credentials: Credentials,
        *,
        limits: UploadLimits,
        clock: Callable[[], datetime],
        stopping: asyncio.Event,
        public_url: str | None = None,
        outside: Collection[str] = (),
    ) -> None:
        self._engine = engine
        self._documents = documents
        self._errors = errors
        self._page = page
        self._rate_limiting = rate_limiting
        self._bounds = bounds
        self._credentials = credentials
        self._outside = frozenset(outside)
        self._limits = limits
        self._uploads: Quota[UUID] = Quota(limits.per_token)
        self._clock = clock
        self._public_url = public_url
        self._stopping = stopping
        self.streams = OperationStreams(engine, documents, errors, rate_limiting, bounds, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        client = scope["state"][CLIENT] = Client(client_address(scope))
        if scope["method"] in ("GET", "HEAD"):
            if b"sec-websocket-key" in headers:
                await responses.send(send, _upgrade_required())
                return
            has_query = requests.has_query(scope["query_string"])
            if media_types.wants_page(headers.get(b"accept"), has_query=has_query):
                await self._page(scope, receive, send)
                return
        incoming = Incoming(
            scope["method"],
            scope["query_string"],
            headers,
            receive,
            request_id_of(scope),
            client,
            scope.get("scheme", "http"),
        )
        with suppress(ClientDisconnected):
            request = None
            if media_types.wanted_events(headers.get(b"accept")) is not Events.ALL:
                try:
                    await responses.send(send, await self.reply(incoming))
                    return
                except _Subscribes as subscription:
                    request = subscription.request
            await self._send_events(incoming, request, receive, send)

    async def _send_events(
        self, incoming: Incoming, request: GraphQLRequest | None, receive: Receive, send: Send
    ) -> None:
        try:
            _check_method(incoming.method)
            authorization = incoming.headers.get(b"authorization")
            incoming.client.traceparent = incoming.headers.get(b"traceparent")
            with self._errors.as_refusals(incoming.request_id):
                caller = incoming.client.caller = await self._credentials.caller_of(authorization, now=self._clock())
                request = request or await self._request(incoming, caller)
            token = TokenWatch(self._credentials, authorization, caller, clock=self._clock)
            with watching(receive, incoming.client):
                answers = await self.streams.open(
                    request,
                    Requester(token.caller, incoming.request_id, self._base_url(incoming), incoming.client),
                    allow=_ALL if incoming.method == "POST" else _ALL_BUT_MUTATIONS,
                    has_idempotency_key=b"idempotency-key" in incoming.headers,
                    cost_mode=cost_mode(incoming.headers),
                )
            await send_events(
                answers, receive, send, token=token, stopping=self._stopping, request_id=incoming.request_id
            )
        except HttpRefusal as refusal:
            content = {"errors": refusal.errors}
            await responses.send(send, responses.in_json(refusal.status, content, headers=refusal.headers))
        finally:
            if request is not None:
                request.remove_files()

    async def reply(self, incoming: Incoming) -> RawResponse:
        """Returns the answer, also for a refusal. Raises ClientDisconnected, and _Subscribes if events are accepted."""
        media_type = media_types.for_answer(incoming.headers.get(b"accept"))
        try:
            if media_type is None:
                raise refuse(406, f"Accept {media_types.GRAPHQL} or {media_types.JSON}.")
            answer, headers = await self._answer(incoming)
        except HttpRefusal as refusal:
            return _refused(refusal, media_type)
        except Exception as error:
            if (failure := self._errors.as_refusal(error, request_id=incoming.request_id)) is None:
                raise
            return _refused(failure, media_type)
        status = _status(answer.status, media_type)
        reply = responses.of_json(status, answer.body, media_type=media_type, headers=headers)
        is_kept = "Cache-Control" in headers
        return responses.revalidated(reply, incoming.headers.get(b"if-none-match")) if is_kept else reply

    async def _answer(self, incoming: Incoming) -> tuple[Answer, Mapping[str, str]]:
        """Runs the operation. Returns its answer and further headers. Raises HttpRefusal and temporary failures."""
        method, headers = incoming.method, incoming.headers
        incoming.client.traceparent = headers.get(b"traceparent")
        _check_method(method)
        now = self._clock()
        caller = incoming.client.caller = await self._credentials.caller_of(headers.get(b"authorization"), now=now)
        mode = cost_mode(headers)
        body = incoming.body  # bytes on the fast path, which takes only JSON
        request = self._of_body(headers, body) if isinstance(body, bytes) else await self._request(incoming, caller)
        try:
            with watching(incoming.body, incoming.client):
                async with self._bounds.operation(caller, incoming.client, incoming.request_id) as deadline:
                    context = Context(caller, now, incoming.request_id, LOADERS, self._base_url(incoming))
                    return await self._answer_to(request, incoming, context, mode, deadline)
        except RequestError as refused:
            raise from_engine(refused) from None
        finally:
            request.remove_files()

    async def _answer_to(
        self, request: GraphQLRequest, incoming: Incoming, context: Context, mode: CostMode | None, deadline: Deadline
    ) -> tuple[Answer, Mapping[str, str]]:
        operation = await self._documents.prepared(request, context.caller)
        facts = incoming.client.facts = OperationFacts(
            operation, request.query, context.request_id, is_trusted=request.is_trusted
        )
        if operation.type is OperationType.SUBSCRIPTION:
            if media_types.wanted_events(incoming.headers.get(b"accept")) is not Events.NONE:
                raise _Subscribes(request)
            raise RequestError(RequestErrorKind.SUBSCRIPTION, [])
        if operation.type not in (_QUERIES_AND_MUTATIONS if incoming.method == "POST" else _QUERIES):
            raise RequestError(RequestErrorKind.NOT_ALLOWED, [])
        extensions = cost_extension(operation, request) if mode else {}
        if mode is CostMode.VALIDATE:
            return Answer(200, responses.json({"data": None, "extensions": extensions})), {}
        facts.cost = self._engine.check(operation, request.variables)
        key = incoming.headers.get(b"idempotency-key") if operation.type is OperationType.MUTATION else None
        answer, more = await self._executed(facts, request, context, key, deadline, extensions)
        if request.is_trusted and incoming.method != "POST" and answer.status == 200:
            more = {**more, "Cache-Control": "private"}
        return answer, more

    async def _executed(
        self,
        facts: OperationFacts,
        request: GraphQLRequest,
        context: Context,
        key: bytes | None,
        deadline: Deadline,
        extensions: dict[str, Any],
    ) -> tuple[Answer, Mapping[str, str]]:
        operation = facts.operation
        usage().note_request(context.account_id, now=context.now)
        headers = await self._rate_limiting.count(operation, caller=context.caller, now=context.now)
        deadline.has_written = False  # counting a call does not change the account's data
        await self._bounds.choose_server(operation, context.caller, deadline)
        try:
            if key is None:
                answer = _extended(await self._run(facts, request, context, deadline, is_keyed=False), extensions)
                return answer, {**headers, **_RETRY_LATER} if answer.status == 503 else headers
            run = partial(self._run, facts, request, context, deadline, is_keyed=True)
            answer, is_replayed = await answer_once(
                key.decode("latin-1"),
                request,
                run,
                is_outside=self._outside.issuperset(field.name for field in operation.root_fields),
                caller=context.caller,
                now=context.now,
            )
            if is_replayed:
                extensions |= REPLAYED
            return _extended(answer, extensions), headers
        except HttpRefusal as refusal:
            refusal.headers |= headers
            raise

    async def _run(
        self, facts: OperationFacts, request: GraphQLRequest, context: Context, deadline: Deadline, *, is_keyed: bool
    ) -> Answer:
        operation = facts.operation
        try:
            work = self._engine.run(
                operation, variables=request.variables, context=context, allow=_QUERIES_AND_MUTATIONS
            )
            result = await self._bounds.loop_turns.run(work, cost=facts.cost, account=context.account_id)
        except RequestError as refused:
            raise from_engine(refused) from None
        if not result.errors:
            return Answer(200, responses.json({"data": result.data}))
        errors = self._errors.written(
            result,
            request_id=context.request_id,
            is_query=operation.type is OperationType.QUERY,
            is_keyed=is_keyed,
            has_written=deadline.has_written,
        )
        facts.outcome = outcome_with(errors)
        content = {"data": result.data, "errors": errors}
        return Answer(status_of(result.data, errors), responses.json(content))

    async def _request(self, incoming: Incoming, caller: Caller) -> requests.GraphQLRequest:
        if incoming.method != "POST":
            return requests.of_url(incoming.query_string)
        incoming = _unpacked(incoming)
        if media_types.is_multipart(incoming.headers.get(b"content-type", b"")):
            return await self._upload(incoming, caller)
        body = incoming.body
        if not isinstance(body, bytes):
            body = await requests.received(incoming.headers, body, max_bytes=self._limits.max_body_bytes)
        return self._of_body(incoming.headers, body)

    def _of_body(self, headers: Mapping[bytes, bytes], body: bytes) -> requests.GraphQLRequest:
        limits = self._limits
        return requests.of_body(headers, body, max_bytes=limits.max_body_bytes, max_values=limits.max_json_values)

    async def _upload(self, incoming: Incoming, caller: Caller) -> requests.GraphQLRequest:
        if not self._uploads.take(caller.token_id):
            message = f"The token sends {self._uploads.most} requests with files already. Wait until one of them ends."
            raise refuse(429, message, code="RATE_LIMITED", Retry_After="1")
        try:
            return await of_multipart(incoming.headers, incoming.body, self._limits)
        finally:
            self._uploads.give_back(caller.token_id)

    def _base_url(self, incoming: Incoming) -> str:
        return self._public_url or f"{incoming.scheme}://{incoming.headers.get(b'host', b'').decode('latin-1')}"


def _refused(refusal: HttpRefusal, media_type: str | None) -> RawResponse:
    status = _status(refusal.status, media_type) if refusal.is_about_operation else refusal.status
    content = {"errors": refusal.errors}
    return responses.in_json(status, content, media_type=media_type or media_types.JSON, headers=refusal.headers)


def _status(status: int, media_type: str | None) -> int:
    """Returns 200 instead of 400 if the answer is application/json, as GraphQL over HTTP recommends.

    Clients that want that type take any other status for a failure of HTTP, and do not read the errors.
    """
    return 200 if status == 400 and media_type == media_types.JSON else status


def _unpacked(incoming: Incoming) -> Incoming:
    """Returns the request with its body unpacked. Raises HttpRefusal with 415."""
    encoding = incoming.headers.get(b"content-encoding")
    if encoding is None:
        return incoming
    encoding = encoding.strip().lower()
    if encoding in (b"", b"identity"):
        return incoming
    if encoding not in (b"gzip", b"x-gzip") or isinstance(incoming.body, bytes):
        raise refuse(415, "The Content-Encoding must be gzip, or absent.", Accept_Encoding="gzip")
    return incoming._replace(body=unpacked(incoming.body))


def _extended(answer: Answer, extensions: Mapping[str, Any]) -> Answer:
    return Answer(answer.status, responses.extended(answer.body, extensions)) if extensions else answer


def _upgrade_required() -> RawResponse:
    message = (
        "The WebSocket handshake arrived without the header Upgrade. "
        "Let the proxy in front of the server pass on the headers Upgrade and Connection, over HTTP/1.1."
    )
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    content = {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}
    return responses.in_json(426, content, headers=headers)


def _check_method(method: str) -> None:
    if method not in ("GET", "HEAD", "POST"):
        raise refuse(405, "Send operations by POST, or queries by GET.", Allow="GET, POST")
