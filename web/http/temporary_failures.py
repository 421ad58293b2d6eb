"""Temporary failures: their error messages for clients, and the rules for replacing a whole response with one."""

from collections.abc import Mapping, Sequence
from errno import EDQUOT, ENOSPC, EROFS
from typing import Any, NamedTuple

import structlog

from models.db.deadline import (
    DeadlineExceeded,
    ResultUnknown,
    StorageFull,
    TemporaryFailure,
    TooMuchText,
    Unavailable,
)
from schema.execution.answer_size import CODE as ANSWER_TOO_LARGE
from web.http.errors import HttpRefusal
from web.logs import named

log = structlog.get_logger()

Failure = TemporaryFailure | ResultUnknown

RETRY_AFTER_SECONDS = 2


class ErrorReport(NamedTuple):
    """The error for a kind of failure. If `is_retryable` is True, the same request can succeed a moment later."""

    code: str
    status: int
    message: str
    is_retryable: bool = False

    @property
    def extensions(self) -> dict[str, Any]:
        return {"code": self.code} | ({"retryAfter": RETRY_AFTER_SECONDS} if self.is_retryable else {})


RESULT_UNKNOWN = ErrorReport(
    "RESULT_UNKNOWN",
    503,
    "The change may have been saved, but the server could not confirm or read its result. With an Idempotency-Key it "
    "is safe to send the request again. Without one, check first whether the change was saved.",
    is_retryable=True,
)
_TIMEOUT = ErrorReport(
    "OPERATION_TIMEOUT",
    504,
    "The operation took longer than the server allows and was stopped. Nothing was written. Request less data.",
)
_TOO_LARGE = ErrorReport(
    ANSWER_TOO_LARGE,
    400,
    "The answer would be too large, so the operation was stopped. Nothing was written. Request fewer rows or "
    "fewer long texts.",
)
_FULL = ErrorReport("INSUFFICIENT_STORAGE", 507, "The server's disk is full. Nothing was written. Inform the operator.")
_UNAVAILABLE = ErrorReport(
    "UNAVAILABLE",
    503,
    "The server can't use its database or its disk at the moment. Nothing was written. Send the request again later.",
    is_retryable=True,
)
PARTIAL_MESSAGE = "This part of the response could not be read. The changes of the mutation are saved."
# The first matching entry applies.
_KINDS: Sequence[tuple[type[BaseException], ErrorReport]] = (
    (ResultUnknown, RESULT_UNKNOWN),
    (DeadlineExceeded, _TIMEOUT),
    (TooMuchText, _TOO_LARGE),
    (StorageFull, _FULL),
    (TemporaryFailure, _UNAVAILABLE),
)
_DISK: Mapping[int, type[Unavailable]] = {ENOSPC: StorageFull, EDQUOT: StorageFull, EROFS: Unavailable}
STATUSES = {kind.code: kind.status for _, kind in _KINDS}
"""The HTTP status of each code. RESULT_UNKNOWN is first, because no other code may hide a possible change."""


def temporary(error: BaseException) -> Failure | None:
    """Returns the error as a temporary failure, or None. OSErrors of a full or read-only disk are temporary, too."""
    if isinstance(error, TemporaryFailure | ResultUnknown):
        return error
    kind = _DISK.get(error.errno or 0) if isinstance(error, OSError) else None
    if kind is None:
        return None
    failure = kind()
    failure.__cause__ = error
    return failure


def report_of(failure: Failure) -> ErrorReport:
    return next(kind for cls, kind in _KINDS if isinstance(failure, cls))


def replacing(
    failures: Sequence[Failure], *, is_query: bool, is_keyed: bool, has_written: bool, has_data: bool
) -> Failure | None:
    """Returns the failure that replaces the whole response; None if the response keeps its data and field errors.

    A query writes nothing, so the client can retry it. With an Idempotency-Key (`is_keyed`) a mutation is rolled back
    as a whole. Without one, a mutation keeps its response if something was committed or a root field has data. The
    failure of a query is never ResultUnknown.
    """
    if not failures or not (is_query or (not has_written and (is_keyed or not has_data))):
        return None
    unknown = next((failure for failure in failures if isinstance(failure, ResultUnknown)), None)
    if unknown is not None and is_query:
        return Unavailable("The connection was lost.")
    return unknown or failures[0]


def refusal(failure: Failure, *, request_id: str) -> HttpRefusal:
    """Returns the response to a request that failed as a whole. Logs a warning."""
    kind = report_of(failure)
    warn(failure, request_id=request_id)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if kind.is_retryable else {}
    error = {"message": kind.message, "extensions": kind.extensions}
    return HttpRefusal(kind.status, [error], headers, is_about_operation=True)


def warn(failure: Failure, *, request_id: str) -> None:
    """Logs a warning without a stack trace."""
    cause = failure.__cause__ or failure
    log.warning(
        "an operation failed temporarily", code=report_of(failure).code, cause=named(cause), request_id=request_id
    )
