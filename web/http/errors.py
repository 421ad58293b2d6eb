"""Refusals of whole requests, with their HTTP statuses."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from schema.execution import RequestError, RequestErrorKind

CODES = {
    RequestErrorKind.SYNTAX: "GRAPHQL_PARSE_FAILED",
    RequestErrorKind.VALIDATION: "GRAPHQL_VALIDATION_FAILED",
    RequestErrorKind.OPERATION: "BAD_USER_INPUT",
    RequestErrorKind.VARIABLES: "BAD_USER_INPUT",
    RequestErrorKind.COST: "QUERY_TOO_COMPLEX",
    RequestErrorKind.NOT_ALLOWED: "BAD_USER_INPUT",
    RequestErrorKind.SUBSCRIPTION: "BAD_USER_INPUT",
}


class HttpRefusal(Exception):
    """The request was not executed. It has a status, errors in GraphQL's format, and further headers.

    `is_about_operation`: the request itself is well-formed, but its operation can't be executed.
    """

    def __init__(
        self,
        status: int,
        errors: Sequence[Any],
        headers: Mapping[str, str] | None = None,
        *,
        is_about_operation: bool = False,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors
        self.headers = dict(headers or {})
        self.is_about_operation = is_about_operation


def refuse(status: int, message: str, *, code: str = "BAD_USER_INPUT", **headers: str) -> HttpRefusal:
    """Returns a refusal: `raise refuse(405, "…", Allow="POST")`. An underscore in a header's name means a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRefusal(status, [{"message": message, "extensions": {"code": code}}], named)


def from_engine(refused: RequestError) -> HttpRefusal:
    code = CODES[refused.refusal]
    if refused.refusal is RequestErrorKind.NOT_ALLOWED:
        return refuse(405, "GET is only for queries. Send other operations by POST.", Allow="POST")
    if refused.refusal is RequestErrorKind.SUBSCRIPTION:
        return refuse(400, "Subscribe over a WebSocket (graphql-transport-ws) or with Accept: text/event-stream.")
    return HttpRefusal(400, [_with_code(error, code) for error in refused.errors], is_about_operation=True)


def _with_code(error: GraphQLError, code: str) -> Any:
    return {**error.formatted, "extensions": {"code": code, **(error.extensions or {})}}
