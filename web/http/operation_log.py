"""The log's facts about operations: names, hashes and costs, never texts or values."""

import hashlib
from asyncio import CancelledError
from enum import StrEnum

import structlog

from models.db.deadline import ClientDisconnected, Deadline
from schema.execution import Operation, RequestError
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Caller
from web.http.errors import HttpRefusal

log = structlog.get_logger()

_MOST_CHARACTERS = 100


class Outcome(StrEnum):
    """The outcome of an operation."""

    OK = "ok"
    ERRORS = "errors"
    """The answer has errors that the client can fix."""
    REFUSED = "refused"
    """It was not executed, for a reason that the client can fix."""
    FAILED = "failed"
    """It failed temporarily or unexpectedly, as a whole or in a part of its answer."""
    DISCONNECTED = "disconnected"


def outcome_of(error: BaseException) -> Outcome:
    """Returns the outcome of an operation that raised an exception."""
    if isinstance(error, ClientDisconnected | CancelledError):
        return Outcome.DISCONNECTED
    is_refusal = isinstance(error, RequestError) or (isinstance(error, HttpRefusal) and error.status < 500)
    return Outcome.REFUSED if is_refusal else Outcome.FAILED


class OperationFacts:
    """The facts about one operation of a client."""

    __slots__ = ("cost", "document", "is_trusted", "operation", "outcome", "request_id")

    def __init__(self, operation: Operation, document: str, request_id: str, *, is_trusted: bool = False) -> None:
        self.operation = operation
        self.document = document
        self.request_id = request_id
        self.is_trusted = is_trusted
        """True if the document is a trusted one."""
        self.cost = 0
        """The operation's price in points; 0 until it is known."""
        self.outcome = Outcome.OK
        """The outcome of an operation that has an answer."""

    @property
    def name(self) -> str | None:
        """Returns the first 100 characters of the operation's name; None for an anonymous operation."""
        name = self.operation.name
        return None if name is None else name[:_MOST_CHARACTERS]

    def log_slow(self, caller: Caller, deadline: Deadline) -> None:
        """Writes the line about a slow operation. `document` is the SHA-256 of its text, as clients compute it."""
        log.warning(
            "an operation was slow",
            operation=self.name,
            type=self.operation.type.value,
            document=hashlib.sha256(self.document.encode()).hexdigest(),
            cost=self.cost,
            statements=deadline.statement_count,
            milliseconds=round(deadline.used() * 1000, 1),
            account=encode(IdPrefix.ACCOUNT, caller.account_id),
            request_id=self.request_id,
        )
