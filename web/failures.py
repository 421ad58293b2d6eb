"""The errors of an executed operation, as clients may see them.

An error that was meant for the caller carries a code. One that was not is masked and logged, once, by its type and the
places in the code where it happened: an exception's text can hold what somebody typed, so it is never shown or kept.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, is_interface_type, is_object_type
from strawberry.exceptions import StrawberryInputCoercionError

from models.deadline import ClientDisconnected, StorageFull
from web import temporary_failures
from web.logs import described
from web.refusals import HttpRefusal
from web.temporary_failures import PARTIAL_MESSAGE, RESULT_UNKNOWN, Failure, Told, replacing, temporary, told

log = structlog.get_logger()

INTERNAL = "INTERNAL_SERVER_ERROR"
# The status of each code, the most telling first.
STATUSES = {
    RESULT_UNKNOWN.code: RESULT_UNKNOWN.status,
    INTERNAL: 500,
    **temporary_failures.STATUSES,
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
    if not errors or _has_data(data):
        return 200
    codes = {error["extensions"]["code"] for error in errors}
    return next((status for code, status in STATUSES.items() if code in codes), 400)


class ErrorWriter:
    """Writes the errors of results on one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        types = [kind for kind in schema.type_map.values() if is_object_type(kind) or is_interface_type(kind)]
        self._field_names = frozenset(name for kind in types for name in kind.fields)
        self.storage_was_full_at: float | None = None
        """When a disk was last found full, in the event loop's time."""

    @contextmanager
    def as_refusals(self, request_id: str) -> Iterator[None]:
        """Turns what is raised inside, if it passes by itself, into HttpRefusal. ClientDisconnected passes through."""
        try:
            yield
        except Exception as error:
            failure = temporary(error)
            if failure is None or isinstance(failure, ClientDisconnected):
                raise
            raise self.refusal(failure, request_id=request_id) from None

    def refusal(self, failure: Failure, *, request_id: str) -> HttpRefusal:
        self._note(failure)
        return temporary_failures.refusal(failure, request_id=request_id)

    def written(
        self,
        result: ExecutionResult,
        *,
        request_id: str,
        is_query: bool = True,
        is_keyed: bool = False,
        has_written: bool = False,
    ) -> list[Any]:
        """The errors of a result. Raises the temporary failure that replaces the whole answer, if one does.

        `is_keyed`: the operation has an Idempotency-Key. `has_written`: something of it was committed.
        """
        causes = [_cause(error) for error in result.errors or ()]
        failures = [failure for cause in causes if (failure := temporary(cause)) is not None]
        if failures:
            has_data = _has_data(result.data)
            whole = replacing(
                failures, is_query=is_query, is_keyed=is_keyed, has_written=has_written, has_data=has_data
            )
            if whole is not None:
                raise whole.with_traceback(None) from whole.__cause__
            self._note(failures[0])
            temporary_failures.warn(failures[0], request_id=request_id)
        return [
            self._written(error, cause, request_id, has_written=has_written, is_lost=_is_lost(error, result.data))
            for error, cause in zip(result.errors or (), causes, strict=True)
        ]

    def _note(self, failure: Failure) -> None:
        if isinstance(failure, StorageFull):
            self.storage_was_full_at = asyncio.get_running_loop().time()

    def _written(
        self, error: GraphQLError, cause: BaseException, request_id: str, *, has_written: bool, is_lost: bool
    ) -> Any:
        """`has_written`: something was committed. `is_lost`: the answer has no data of the error's root field."""
        if "code" in (error.extensions or {}):
            return error.formatted
        if (failure := temporary(cause)) is not None:
            kind = told(failure)
            if has_written:  # their own messages say that nothing was written
                kind = RESULT_UNKNOWN if is_lost else kind._replace(message=PARTIAL_MESSAGE)
            return _as_told(error, kind)
        if _is_about_an_argument(cause) or getattr(cause, "sqlstate", None) in _NOT_TEXT:
            message = error.message if isinstance(cause, GraphQLError) else "A text can't hold the character U+0000."
            return {**error.formatted, "message": message, "extensions": {"code": "BAD_USER_INPUT"}}
        log.error("a field failed", request_id=request_id, path=self._path(error), exception=described(cause))
        if has_written and is_lost:
            unknown = _as_told(error, RESULT_UNKNOWN)
            return {**unknown, "extensions": {**unknown["extensions"], "requestId": request_id}}
        return {**error.formatted, **internal_error(request_id)}

    def _path(self, error: GraphQLError) -> str:
        """Where it happened. Of a client's own words, such as aliases, nothing is told."""
        return ".".join(
            str(key) if isinstance(key, int) or key in self._field_names else "(alias)" for key in error.path or ()
        )


def _has_data(data: Any) -> bool:
    """Whether any root field gave data."""
    return bool(data) and any(value is not None for value in data.values())


def _is_lost(error: GraphQLError, data: Any) -> bool:
    """Whether the answer has no data of the error's root field."""
    return not data or not error.path or data.get(error.path[0]) is None


def _as_told(error: GraphQLError, kind: Told) -> dict[str, Any]:
    return {**error.formatted, "message": kind.message, "extensions": kind.extensions}


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
