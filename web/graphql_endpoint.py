"""The API's one endpoint, as GraphQL over HTTP has it: operations by POST, queries by GET, GraphiQL for browsers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from graphql import OperationType
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import Engine, RequestError
from web import media_types, replies, requests
from web.credentials import caller_of
from web.failures import ErrorWriter, status_of
from web.graphiql import GraphiQL
from web.middleware import request_id_of
from web.multipart import UploadLimits, is_multipart, of_multipart
from web.refusals import HttpRefusal, from_engine, refuse
from web.replies import Reply

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


class _Answer(NamedTuple):
    status: int
    content: dict[str, Any]


class GraphQLEndpoint:
    """An ASGI application, and what it answers, for whoever has a request without ASGI. `clock` is read once each."""

    def __init__(
        self,
        engine: Engine,
        errors: ErrorWriter,
        page: GraphiQL,
        *,
        limits: UploadLimits,
        clock: Callable[[], datetime],
        public_url: str | None = None,
    ) -> None:
        self._engine = engine
        self._errors = errors
        self._page = page
        self._limits = limits
        self._clock = clock
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if scope["method"] in ("GET", "HEAD"):
            has_query = "query" in QueryParams(scope["query_string"])
            if media_types.wants_page(_text(headers, b"accept"), has_query=has_query):
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
        media_type = media_types.for_answer(_text(incoming.headers, b"accept"))
        try:
            if media_type is None:
                raise refuse(406, f"Accept {media_types.GRAPHQL} or {media_types.JSON}.")
            status, content = await self._answer(incoming)
        except HttpRefusal as refusal:
            content = {"errors": refusal.errors}
            return replies.in_json(
                refusal.status, content, media_type=media_type or media_types.JSON, headers=refusal.headers
            )
        return replies.in_json(status, content, media_type=media_type)

    async def _answer(self, incoming: Incoming) -> _Answer:
        """Runs the operation. Raises HttpRefusal and Disconnected."""
        method, headers, request_id = incoming.method, incoming.headers, incoming.request_id
        if method not in ("GET", "HEAD", "POST"):
            raise refuse(405, "Send operations by POST, or queries by GET.", Allow="GET, POST")
        now = self._clock()
        caller = await caller_of(_text(headers, b"authorization"), now=now)
        request = await self._request(incoming)
        try:
            result = await self._engine.execute(
                request.query,
                variables=request.variables,
                operation_name=request.operation_name,
                context=Context(
                    caller=caller,
                    now=now,
                    request_id=request_id,
                    loaders=LOADERS,
                    base_url=self._public_url or f"{incoming.scheme}://{_text(headers, b'host') or ''}",
                ),
                allow=_QUERIES_AND_MUTATIONS if method == "POST" else _QUERIES,
            )
        except RequestError as refused:
            raise from_engine(refused) from None
        finally:
            request.remove_files()
        if not result.errors:
            return _Answer(200, {"data": result.data})
        errors = self._errors.written(result, request_id=request_id)
        return _Answer(status_of(result.data, errors), {"data": result.data, "errors": errors})

    async def _request(self, incoming: Incoming) -> requests.GraphQLRequest:
        if incoming.method != "POST":
            return requests.of_url(QueryParams(incoming.query_string))
        if is_multipart(incoming.headers):
            return await of_multipart(incoming.headers, incoming.body, self._limits)
        return await requests.of_body(incoming.headers, incoming.body, max_bytes=self._limits.max_body_bytes)


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
