"""What a caller can mend is data: the payload's errors."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from schema.scalars import PhoneNumber
from services.refusal import Refusal

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.enum(description="Why something was refused.")
class ErrorCode(Enum):
    REQUIRED = strawberry.enum_value("REQUIRED", description="A value is needed here and there is none.")
    TOO_LONG = strawberry.enum_value("TOO_LONG", description="Longer than its limit.")
    TOO_MANY = strawberry.enum_value("TOO_MANY", description="More values than the limit.")
    INVALID = strawberry.enum_value("INVALID", description="Not a value that can stand here; the message says why.")
    INVALID_ID = strawberry.enum_value("INVALID_ID", description="Not an id, or the id of another type.")
    INVALID_PHONE_NUMBER = strawberry.enum_value("INVALID_PHONE_NUMBER", description="Can't be read as a phone number.")
    INVALID_EMAIL = strawberry.enum_value("INVALID_EMAIL", description="Not an e-mail address.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such thing in this account.")
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="The caller may not do this.")
    DUPLICATE_PHONE = strawberry.enum_value("DUPLICATE_PHONE", description="Another contact has this number.")
    DUPLICATE_IN_FILE = strawberry.enum_value("DUPLICATE_IN_FILE", description="An earlier row had this number.")
    DUPLICATE_EXTERNAL_ID = strawberry.enum_value(
        "DUPLICATE_EXTERNAL_ID", description="Another contact has this external id."
    )
    DUPLICATE_NAME = strawberry.enum_value("DUPLICATE_NAME", description="Another one has this name.")
    IN_TRASH = strawberry.enum_value("IN_TRASH", description="It is in the trash; restore it first.")
    NOT_IN_TRASH = strawberry.enum_value("NOT_IN_TRASH", description="It is not in the trash.")
    CONTACT_PROTECTED = strawberry.enum_value(
        "CONTACT_PROTECTED", description="The contact is out of reach of its owner's colleagues for now."
    )
    OPTED_OUT = strawberry.enum_value("OPTED_OUT", description="The number has opted out.")
    MISSING_CONTACT = strawberry.enum_value("MISSING_CONTACT", description="No phone number was given.")
    MISSING_EMAIL = strawberry.enum_value("MISSING_EMAIL", description="The contact has no e-mail address.")
    UNKNOWN_NETWORK = strawberry.enum_value("UNKNOWN_NETWORK", description="No mobile network is known for the number.")
    COUNT_CHANGED = strawberry.enum_value(
        "COUNT_CHANGED", description="Another number of contacts matches than was expected."
    )
    WRONG_STATE = strawberry.enum_value("WRONG_STATE", description="Not possible in its present state.")
    FILE_UNREADABLE = strawberry.enum_value("FILE_UNREADABLE", description="The file can't be read.")
    FILE_TOO_LARGE = strawberry.enum_value("FILE_TOO_LARGE", description="The file is larger than its limit.")
    UNREADABLE = strawberry.enum_value("UNREADABLE", description="A row or a cell can't be read.")
    MAIL_NOT_CONFIGURED = strawberry.enum_value(
        "MAIL_NOT_CONFIGURED", description="This server has not been told how to send e-mail."
    )
    SERVER_ERROR = strawberry.enum_value("SERVER_ERROR", description="The server failed; it is safe to try again.")


_CODE = "Why it was refused."
_MESSAGE = "A sentence for a person."
_PATH = 'Where in the input: ["input", "phone"], say, or ["input", "contacts", "3", "phone"].'


@strawberry.interface(
    description=(
        'What is wrong, and where in the input: path is ["input", "phone"], say, or '
        '["input", "contacts", "3", "phone"].'
    )
)
class UserError:
    code: ErrorCode = strawberry.field(description=_CODE)
    message: str = strawberry.field(description=_MESSAGE)
    path: list[str] = strawberry.field(description=_PATH)


@strawberry.type(description="Something in the input that can't be taken.")
class InputError(UserError):
    pass


@strawberry.type(description="The number, or the external id, is already a contact's: here it is.")
class DuplicateContact(UserError):
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] = strawberry.field(
        description="The contact that has it."
    )


@strawberry.type(
    description="The number can't be read as one; suggestion is the likeliest number meant, where there is one."
)
class PhoneError(UserError):
    value: str = strawberry.field(description="The text as it was given.")
    suggestion: PhoneNumber | None = strawberry.field(description="The likeliest number meant, where there is one.")


def to_user_error(refusal: Refusal, *path: str, contacts: Mapping[UUID, Any] | None = None) -> UserError:
    """A service's refusal as the contract says it. `contacts` holds the rows of contacts that refusals name, by id."""
    code, message, where = ErrorCode(refusal.code.value), refusal.message, [*path, *refusal.path]
    if refusal.contact_id is not None and contacts is not None and refusal.contact_id in contacts:
        return DuplicateContact(code=code, message=message, path=where, contact=contacts[refusal.contact_id])
    if refusal.value is not None:
        suggestion = PhoneNumber(refusal.suggestion) if refusal.suggestion else None
        return PhoneError(code=code, message=message, path=where, value=refusal.value, suggestion=suggestion)
    return InputError(code=code, message=message, path=where)


def to_user_errors(
    refusals: Iterable[Refusal], *path: str, contacts: Mapping[UUID, Any] | None = None
) -> list[UserError]:
    return [to_user_error(refusal, *path, contacts=contacts) for refusal in refusals]
