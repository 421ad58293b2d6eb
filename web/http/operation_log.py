"""The log's facts about operations: names, hashes and costs, never texts or values."""

import hashlib

import structlog

from models.db.deadline import Deadline
from schema.execution import Operation
from schema.ids import IdPrefix, encode
from services.accounts.authentication import Caller

log = structlog.get_logger()

_MOST_CHARACTERS = 100


class OperationFacts:
    """The facts about one operation of a client."""

    __slots__ = ("cost", "document", "operation", "request_id")

    def __init__(self, operation: Operation, document: str, request_id: str) -> None:
        self.operation = operation
        self.document = document
        self.request_id = request_id
        self.cost = 0
        """The operation's price in points; 0 until it is known."""

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
