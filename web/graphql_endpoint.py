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
from web import media_types, requests
from web.credentials import caller_of
from web.failures import ErrorWriter, status_of
from web.graphiql import GraphiQL
from web.middleware import request_id_of
from web.refusals import HttpRefusal, from_engine, refuse
from web.responses import send_json

_QUERIES = (OperationType.QUERY,)
_QUERIES_AND_MUTATIONS = (OperationType.QUERY, OperationType.MUTATION)


class _Answer(NamedTuple):
    status: int
    content: dict[str, Any]


class GraphQLEndpoint:
    """An ASGI application. Its clock is `app.state.clock`, read once a request."""

    def __init__(self, engine: Engine, errors: ErrorWriter, page: GraphiQL, *, max_body_bytes: int) -> None:
        self._engine = engine
        self._errors = errors
        self._page = page
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        accept = headers.get(b"accept")
        if scope["method"] in ("GET", "HEAD"):
            has_query = "query" in QueryParams(scope["query_string"])
            if media_types.wants_page(accept, has_query=has_query):
                await self._page(scope, receive, send)
                return
        media_type = media_types.for_answer(accept)
        try:
            if media_type is None:
                raise refuse(406, f"Accept {media_types.GRAPHQL} or {media_types.JSON}.")
            status, content = await self._answer(scope, headers, receive)
        except HttpRefusal as refusal:
            content = {"errors": refusal.errors}
            await send_json(
                send, refusal.status, content, media_type=media_type or media_types.JSON, headers=refusal.headers
            )
        except requests.Disconnected:
            return
        else:
            await send_json(send, status, content, media_type=media_type)

    async def _answer(self, scope: Scope, headers: Mapping[bytes, str], receive: Receive) -> _Answer:
        """Runs the operation. Raises HttpRefusal and Disconnected."""
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise refuse(405, "Send operations by POST, or queries by GET.", Allow="GET, POST")
        clock: Callable[[], datetime] = scope["app"].state.clock
        now = clock()
        caller = await caller_of(headers.get(b"authorization"), now=now)
        is_post = scope["method"] == "POST"
        request = (
            await requests.of_body(headers, receive, max_bytes=self._max_body_bytes)
            if is_post
            else requests.of_url(QueryParams(scope["query_string"]))
        )
        request_id = request_id_of(scope)
        try:
            result = await self._engine.execute(
                request.query,
                variables=request.variables,
                operation_name=request.operation_name,
                context=Context(caller=caller, now=now, request_id=request_id, loaders=LOADERS),
                allow=_QUERIES_AND_MUTATIONS if is_post else _QUERIES,
            )
        except RequestError as refused:
            raise from_engine(refused) from None
        if not result.errors:
            return _Answer(200, {"data": result.data})
        errors = self._errors.written(result, request_id=request_id)
        return _Answer(status_of(result.data, errors), {"data": result.data, "errors": errors})
