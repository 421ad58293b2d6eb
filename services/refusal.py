"""Errors that services report to the client: what is wrong, and where in the input."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


class Code(StrEnum):
    """Reasons that the client can fix, as named in the API."""

    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    INVALID = "INVALID"
    INVALID_ID = "INVALID_ID"
    INVALID_PHONE_NUMBER = "INVALID_PHONE_NUMBER"
    AMBIGUOUS = "AMBIGUOUS"
    INVALID_EMAIL = "INVALID_EMAIL"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    DUPLICATE_PHONE = "DUPLICATE_PHONE"
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    DUPLICATE_EXTERNAL_ID = "DUPLICATE_EXTERNAL_ID"
    DUPLICATE_NAME = "DUPLICATE_NAME"
    IN_TRASH = "IN_TRASH"
    NOT_IN_TRASH = "NOT_IN_TRASH"
    CONTACT_PROTECTED = "CONTACT_PROTECTED"
    OPTED_OUT = "OPTED_OUT"
    MISSING_CONTACT = "MISSING_CONTACT"
    MISSING_EMAIL = "MISSING_EMAIL"
    UNKNOWN_NETWORK = "UNKNOWN_NETWORK"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    COUNTRY_MISMATCH = "COUNTRY_MISMATCH"
    COUNT_CHANGED = "COUNT_CHANGED"
    STALE = "STALE"
    WRONG_STATE = "WRONG_STATE"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    UNREADABLE = "UNREADABLE"
    MAIL_NOT_CONFIGURED = "MAIL_NOT_CONFIGURED"
    WEBHOOK_NOT_CONFIGURED = "WEBHOOK_NOT_CONFIGURED"
    SERVER_ERROR = "SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error. `path` is relative to the input of the service.

    `contact_id` is the contact that already has the number or the external id (DUPLICATE_PHONE,
    DUPLICATE_EXTERNAL_ID), or the contact whose `version` is not the expected one (STALE). `value` is the text that is
    not a number, and `suggestion` is the most likely number, if any.
    """

    code: Code
    message: str
    path: tuple[str, ...] = ()
    contact_id: UUID | None = None
    value: str | None = None
    suggestion: str | None = None
    version: int | None = None

    def under(self, *path: str) -> "Refusal":
        """Returns the refusal with `path` prepended to its path."""
        return replace(self, path=(*path, *self.path))


class Refused(Exception):
    """The operation was refused for these reasons, and nothing was written."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals


def refuse(code: Code, message: str, *path: str) -> Refused:
    """Returns the exception for one reason: `raise refuse(Code.NOT_FOUND, "There is no such list.", "listId")`."""
    return Refused(Refusal(code, message, path))
