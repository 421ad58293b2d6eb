"""The errors of an executed operation, as clients may see them.

An error that was meant for the caller carries a code. One that was not is masked and logged, once, by its type and the
places in the code where it happened: an exception's text can hold what somebody typed, so it is never shown or kept.
"""

from collections.abc import Sequence
from traceback import walk_tb
from typing import Any

import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, is_interface_type, is_object_type
from strawberry.exceptions import StrawberryInputCoercionError

from web.logs import described

log = structlog.get_logger()

INTERNAL = "INTERNAL_SERVER_ERROR"
# The status of each code, the most telling first.
STATUSES = {
    INTERNAL: 500,
    "UNAUTHENTICATED": 401,
    "RATE_LIMITED": 429,
    "FORBIDDEN": 403,
    "IDEMPOTENCY_KEY_IN_USE": 409,
    "IDEMPOTENCY_KEY_REUSED": 409,
}
_NOT_TEXT = ("22021", "22P05")  # what PostgreSQL says of U+0000 in a text


def internal_error(request_id: str) -> dict[str, Any]:
    """All that a client is told of a failure; the request id finds the rest in the log."""
    return {"message": "Internal server error", "extensions": {"code": INTERNAL, "requestId": request_id}}


def status_of(data: Any, errors: Sequence[Any]) -> int:
    """200 where any root field gave data, else the status of the most telling error."""
    if not errors or (data and any(value is not None for value in data.values())):
        return 200
    codes = {error["extensions"]["code"] for error in errors}
    return next((status for code, status in STATUSES.items() if code in codes), 400)


class ErrorWriter:
    """Writes the errors of results on one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        types = [kind for kind in schema.type_map.values() if is_object_type(kind) or is_interface_type(kind)]
        self._field_names = frozenset(name for kind in types for name in kind.fields)

    def written(self, result: ExecutionResult, *, request_id: str) -> list[Any]:
        return [self._written(error, request_id) for error in result.errors or ()]

    def _written(self, error: GraphQLError, request_id: str) -> Any:
        if "code" in (error.extensions or {}):
            return error.formatted
        cause = _cause(error)
        if _is_about_an_argument(cause) or getattr(cause, "sqlstate", None) in _NOT_TEXT:
            message = error.message if isinstance(cause, GraphQLError) else "A text can't hold the character U+0000."
            return {**error.formatted, "message": message, "extensions": {"code": "BAD_USER_INPUT"}}
        log.error("a field failed", request_id=request_id, path=self._path(error), exception=described(cause))
        return {**error.formatted, **internal_error(request_id)}

    def _path(self, error: GraphQLError) -> str:
        """Where it happened. Of a client's own words, such as aliases, nothing is told."""
        return ".".join(
            str(key) if isinstance(key, int) or key in self._field_names else "(alias)" for key in error.path or ()
        )


def _cause(error: GraphQLError) -> BaseException:
    """What was raised first."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error  # type: ignore[assignment]  # the loop ends at what is no GraphQLError
    return error


def _is_about_an_argument(cause: BaseException) -> bool:
    """Whether an argument was refused. graphql-core raises plain GraphQLErrors then, as scalars do for bad output."""
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    return isinstance(cause, GraphQLError) and any(
        frame.f_globals.get("__name__") == "graphql.execution.values" for frame, _ in walk_tb(cause.__traceback__)
    )
