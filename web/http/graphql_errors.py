"""Writes the errors of an executed operation for clients.

An error with a code is meant for the client. Any other error is masked, and logged once with its type and its places in
the code. The text of an exception can contain user input, so it is never shown or logged.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, is_interface_type, is_object_type
from strawberry.exceptions import StrawberryInputCoercionError

from models.db.deadline import ClientDisconnected, StorageFull
from web.http import temporary_failures
from web.http.errors import HttpRefusal
from web.http.operation_log import Outcome
from web.http.temporary_failures import (
    PARTIAL_MESSAGE,
    RESULT_UNKNOWN,
    ErrorReport,
    Failure,
    replacing,
    report_of,
    temporary,
)
from web.logs import described

log = structlog.get_logger()

INTERNAL = "INTERNAL_SERVER_ERROR"
# The status of each code. If an answer has several codes, the first one here decides.
STATUSES = {
    RESULT_UNKNOWN.code: RESULT_UNKNOWN.status,
    INTERNAL: 500,
    **temporary_failures.STATUSES,
    "UNAUTHENTICATED": 401,
    "RATE_LIMITED": 429,
    "FORBIDDEN": 403,
    "CURSOR_EXPIRED": 410,
    "IDEMPOTENCY_KEY_IN_USE": 409,
    "IDEMPOTENCY_KEY_REUSED": 409,
}
_NOT_TEXT = ("22021", "22P05")  # PostgreSQL's codes for U+0000 in a text


def internal_error(request_id: str) -> dict[str, Any]:
    """Returns the masked error. The request id leads to the details in the log."""
    return {"message": "Internal server error", "extensions": {"code": INTERNAL, "requestId": request_id}}


def status_of(data: Any, errors: Sequence[Any]) -> int:
    """Returns 200 if any root field has data, otherwise the status of the first code in `STATUSES` that occurs."""
    if not errors or _has_data(data):
        return 200
    codes = {error["extensions"]["code"] for error in errors}
    return next((status for code, status in STATUSES.items() if code in codes), 400)


def outcome_with(errors: Sequence[Any]) -> Outcome:
    """Returns the outcome of an operation whose answer has these errors."""
    is_failed = any(STATUSES.get(error["extensions"]["code"], 400) >= 500 for error in errors)
    return Outcome.FAILED if is_failed else Outcome.ERRORS


class ErrorWriter:
    """Writes the errors of results for one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        types = [kind for kind in schema.type_map.values() if is_object_type(kind) or is_interface_type(kind)]
        self._field_names = frozenset(name for kind in types for name in kind.fields)
        self.storage_was_full_at: float | None = None
        """The time of the latest error of a full disk, on the event loop's clock."""

    @contextmanager
    def as_refusals(self, request_id: str) -> Iterator[None]:
        """Converts temporary failures, but for ClientDisconnected, into HttpRefusal."""
        try:
            yield
        except Exception as error:
            if (refusal := self.as_refusal(error, request_id=request_id)) is None:
                raise
            raise refusal from None

    def as_refusal(self, error: Exception, *, request_id: str) -> HttpRefusal | None:
        """Returns the refusal for a temporary failure; None for ClientDisconnected and all other exceptions."""
        failure = temporary(error)
        if failure is None or isinstance(failure, ClientDisconnected):
            return None
        return self.refusal(failure, request_id=request_id)

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
        """Returns the errors of a result. Raises the temporary failure that replaces the whole answer, if there is one.

        `is_keyed`: the operation has an Idempotency-Key. `has_written`: the operation has committed changes.
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
        """`has_written`: changes were committed. `is_lost`: the answer has no data for the error's root field."""
        if "code" in (error.extensions or {}):
            return error.formatted
        if (failure := temporary(cause)) is not None:
            kind = report_of(failure)
            if has_written:  # the failures' own messages say that nothing was written
                kind = RESULT_UNKNOWN if is_lost else kind._replace(message=PARTIAL_MESSAGE)
            return _as_reported(error, kind)
        if _is_about_an_argument(cause) or getattr(cause, "sqlstate", None) in _NOT_TEXT:
            message = (
                error.message if isinstance(cause, GraphQLError) else "A text must not contain the character U+0000."
            )
            return {**error.formatted, "message": message, "extensions": {"code": "BAD_USER_INPUT"}}
        log.error("a field failed", request_id=request_id, path=self._path(error), exception=described(cause))
        if has_written and is_lost:
            unknown = _as_reported(error, RESULT_UNKNOWN)
            return {**unknown, "extensions": {**unknown["extensions"], "requestId": request_id}}
        return {**error.formatted, **internal_error(request_id)}

    def _path(self, error: GraphQLError) -> str:
        """Returns the error's path for the log, without text that the client chose, such as aliases."""
        return ".".join(
            str(key) if isinstance(key, int) or key in self._field_names else "(alias)" for key in error.path or ()
        )


def _has_data(data: Any) -> bool:
    """Returns whether any root field has data."""
    return bool(data) and any(value is not None for value in data.values())


def _is_lost(error: GraphQLError, data: Any) -> bool:
    """Returns whether the answer has no data for the error's root field."""
    return not data or not error.path or data.get(error.path[0]) is None


def _as_reported(error: GraphQLError, kind: ErrorReport) -> dict[str, Any]:
    return {**error.formatted, "message": kind.message, "extensions": kind.extensions}


def _cause(error: GraphQLError) -> BaseException:
    """Returns the original exception."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error  # type: ignore[assignment]  # the loop ends at another exception
    return error


def _is_about_an_argument(cause: BaseException) -> bool:
    """Returns whether the error is about an argument.

    For arguments graphql-core raises a plain GraphQLError, as scalars do for bad output.
    """
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    return isinstance(cause, GraphQLError) and any(
        frame.f_globals.get("__name__") == "graphql.execution.values" for frame, _ in walk_tb(cause.__traceback__)
    )
