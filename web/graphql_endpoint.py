"""The API's one endpoint, as GraphQL over HTTP has it: operations by POST, queries by GET, GraphiQL for browsers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from graphql import OperationType
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import Engine, Operation, Refusal, RequestError
from services.idempotency import Answer
from web import media_types, replies, requests
from web.credentials import caller_of
from web.failures import ErrorWriter, status_of
from web.graphiql import GraphiQL
from web.idempotency import answer_once
from web.middleware import request_id_of
from web.multipart import UploadLimits, is_multipart, of_multipart
from web.rate_limiting import RateLimiting
from web.refusals import HttpRefusal, from_engine, refuse
from web.replies import Reply
from web.requests import GraphQLRequest

_QUERIES = (OperationType.QUERY,)
_QUERIES_AND_MUTATIONS = (OperationType.QUERY, OperationType.MUTATION)


class Incoming(NamedTuple):
    """A request to the endpoint, however it came. Headers are by their names in small letters."""

    method: str
    query_string: bytes
    headers: Mapping[bytes, bytes]
    body: requests.Body
    request_id: str
    scheme: str = "http"


class GraphQLEndpoint:
    """An ASGI application, and what it answers, for whoever has a request without ASGI. `clock` is read once each."""

    def __init__(
        self,
        engine: Engine,
        errors: ErrorWriter,
        page: GraphiQL,
        rate_limiting: RateLimiting,
        *,
        limits: UploadLimits,
        clock: Callable[[], datetime],
        public_url: str | None = None,
    ) -> None:
        self._engine = engine
        self._errors = errors
        self._page = page
        self._rate_limiting = rate_limiting
        self._limits = limits
        self._clock = clock
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if scope["method"] in ("GET", "HEAD"):
            has_query = "query" in QueryParams(scope["query_string"])
            if media_types.wants_page(headers.get(b"accept"), has_query=has_query):
                await self._page(scope, receive, send)
                return
        incoming = Incoming(
            scope["method"], scope["query_string"], headers, receive, request_id_of(scope), scope.get("scheme", "http")
        )
        try:
            reply = await self.reply(incoming)
        except requests.Disconnected:
            return
        await replies.send(send, reply)

    async def reply(self, incoming: Incoming) -> Reply:
        """Whatever is answered, refusals as well. Raises what the reading of the body raises."""
        media_type = media_types.for_answer(incoming.headers.get(b"accept"))
        try:
            if media_type is None:
                raise refuse(406, f"Accept {media_types.GRAPHQL} or {media_types.JSON}.")
            answer, headers = await self._answer(incoming)
        except HttpRefusal as refusal:
            content = {"errors": refusal.errors}
            return replies.in_json(
                refusal.status, content, media_type=media_type or media_types.JSON, headers=refusal.headers
            )
        return replies.of_json(answer.status, answer.body, media_type=media_type, headers=headers)

    async def _answer(self, incoming: Incoming) -> tuple[Answer, Mapping[str, str]]:
        """Runs the operation: its answer, and further headers. Raises HttpRefusal and Disconnected."""
        method, headers = incoming.method, incoming.headers
        if method not in ("GET", "HEAD", "POST"):
            raise refuse(405, "Send operations by POST, or queries by GET.", Allow="GET, POST")
        now = self._clock()
        caller = await caller_of(headers.get(b"authorization"), now=now)
        request = await self._request(incoming)
        try:
            operation = self._engine.prepare(request.query, request.operation_name)
            if operation.type not in (_QUERIES_AND_MUTATIONS if method == "POST" else _QUERIES):
                raise RequestError(Refusal.NOT_ALLOWED, [])
            base_url = self._public_url or f"{incoming.scheme}://{headers.get(b'host', b'').decode('latin-1')}"
            context = Context(caller, now, incoming.request_id, LOADERS, base_url)
            return await self._executed(operation, request, context, headers.get(b"idempotency-key"))
        except RequestError as refused:
            raise from_engine(refused) from None
        finally:
            request.remove_files()

    async def _executed(
        self, operation: Operation, request: GraphQLRequest, context: Context, key: bytes | None
    ) -> tuple[Answer, Mapping[str, str]]:
        headers = await self._rate_limiting.count(operation, caller=context.caller, now=context.now)
        try:
            if key is None or operation.type is not OperationType.MUTATION:
                return await self._run(operation, request, context), headers
            run = partial(self._run, operation, request, context)
            once = answer_once(key.decode("latin-1"), request, run, caller=context.caller, now=context.now)
            return await once, headers
        except HttpRefusal as refusal:
            refusal.headers |= headers
            raise

    async def _run(self, operation: Operation, request: GraphQLRequest, context: Context) -> Answer:
        try:
            result = await self._engine.run(
                operation, variables=request.variables, context=context, allow=_QUERIES_AND_MUTATIONS
            )
        except RequestError as refused:
            raise from_engine(refused) from None
        if not result.errors:
            return Answer(200, replies.json({"data": result.data}))
        errors = self._errors.written(result, request_id=context.request_id)
        content = {"data": result.data, "errors": errors}
        return Answer(status_of(result.data, errors), replies.json(content))

    async def _request(self, incoming: Incoming) -> requests.GraphQLRequest:
        if incoming.method != "POST":
            return requests.of_url(QueryParams(incoming.query_string))
        if is_multipart(incoming.headers):
            return await of_multipart(incoming.headers, incoming.body, self._limits)
        return await requests.of_body(incoming.headers, incoming.body, max_bytes=self._limits.max_body_bytes)
