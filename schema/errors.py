"""Errors that the client can fix. Mutations return them in the payload's `errors`."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from schema.scalars import PhoneNumber
from services.refusal import Refusal

if TYPE_CHECKING:
    from schema.types.contact import Contact


@strawberry.enum(description="Machine-readable reason why the server refused something.")
class ErrorCode(Enum):
    REQUIRED = strawberry.enum_value("REQUIRED", description="A required value is missing, null or empty.")
    TOO_LONG = strawberry.enum_value("TOO_LONG", description="The text is longer than its limit.")
    TOO_MANY = strawberry.enum_value("TOO_MANY", description="The list has more values than its limit.")
    INVALID = strawberry.enum_value("INVALID", description="The value is not allowed here; the message says why.")
    INVALID_ID = strawberry.enum_value(
        "INVALID_ID", description="The text is not an ID, or it is the ID of another type."
    )
    INVALID_PHONE_NUMBER = strawberry.enum_value(
        "INVALID_PHONE_NUMBER", description="The text cannot be read as a phone number."
    )
    AMBIGUOUS = strawberry.enum_value(
        "AMBIGUOUS",
        description=(
            "The text can be read as two phone numbers: one of the region and, with a plus, one of another country."
        ),
    )
    INVALID_EMAIL = strawberry.enum_value("INVALID_EMAIL", description="The text is not an e-mail address.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="The account has no such object.")
    FORBIDDEN = strawberry.enum_value(
        "FORBIDDEN", description="The token's scopes or the user's role do not allow this."
    )
    DUPLICATE_PHONE = strawberry.enum_value("DUPLICATE_PHONE", description="Another contact has this phone number.")
    DUPLICATE_IN_FILE = strawberry.enum_value(
        "DUPLICATE_IN_FILE", description="An earlier row has the same phone number."
    )
    DUPLICATE_EXTERNAL_ID = strawberry.enum_value(
        "DUPLICATE_EXTERNAL_ID", description="Another contact has this external ID."
    )
    DUPLICATE_NAME = strawberry.enum_value(
        "DUPLICATE_NAME", description="Another object of this type has the name, or another user the e-mail address."
    )
    IN_TRASH = strawberry.enum_value("IN_TRASH", description="The contact is in the trash; restore it first.")
    NOT_IN_TRASH = strawberry.enum_value("NOT_IN_TRASH", description="The contact is not in the trash.")
    CONTACT_PROTECTED = strawberry.enum_value(
        "CONTACT_PROTECTED", description="The contact was recently assigned to another user and is protected for now."
    )
    OPTED_OUT = strawberry.enum_value("OPTED_OUT", description="The phone number has opted out of messages.")
    MISSING_CONTACT = strawberry.enum_value("MISSING_CONTACT", description="The row has no phone number.")
    MISSING_EMAIL = strawberry.enum_value(
        "MISSING_EMAIL", description="The contact has no e-mail address, and the campaign is by e-mail."
    )
    UNKNOWN_NETWORK = strawberry.enum_value(
        "UNKNOWN_NETWORK", description="The server finds no mobile network for the number."
    )
    UNKNOWN_VALUE = strawberry.enum_value(
        "UNKNOWN_VALUE",
        description=(
            "The server does not know the value: a cell of consent that says neither yes nor no, or the name of no "
            "country."
        ),
    )
    COUNTRY_MISMATCH = strawberry.enum_value(
        "COUNTRY_MISMATCH", description="The phone number belongs to another country than the row says."
    )
    COUNT_CHANGED = strawberry.enum_value(
        "COUNT_CHANGED", description="The number of matching contacts differs from expectedCount."
    )
    STALE = strawberry.enum_value("STALE", description="The contact has another version than expectedVersion.")
    WRONG_STATE = strawberry.enum_value("WRONG_STATE", description="The object's current state does not allow this.")
    FILE_UNREADABLE = strawberry.enum_value("FILE_UNREADABLE", description="The server cannot read the file.")
    FILE_TOO_LARGE = strawberry.enum_value("FILE_TOO_LARGE", description="The file is larger than its limit.")
    UNREADABLE = strawberry.enum_value("UNREADABLE", description="The server cannot read a row or a cell.")
    MAIL_NOT_CONFIGURED = strawberry.enum_value(
        "MAIL_NOT_CONFIGURED", description="The server has no mail settings and cannot send e-mail."
    )
    WEBHOOK_NOT_CONFIGURED = strawberry.enum_value(
        "WEBHOOK_NOT_CONFIGURED",
        description="No webhook asks for this event, so no program would learn of the request.",
    )
    SERVER_ERROR = strawberry.enum_value("SERVER_ERROR", description="The server failed. It is safe to try again.")


_CODE = "Machine-readable reason for the error."
_MESSAGE = "Explanation for people, in English."
_PATH = 'Position in the input, such as ["input", "phone"] or ["input", "contacts", "3", "phone"].'


@strawberry.interface(
    description=(
        "An error that the client can fix: a code, a message, and the path of the value in the input, such as "
        '["input", "phone"] or ["input", "contacts", "3", "phone"].'
    )
)
class UserError:
    code: ErrorCode = strawberry.field(description=_CODE)
    message: str = strawberry.field(description=_MESSAGE)
    path: list[str] = strawberry.field(description=_PATH)


@strawberry.type(description="An input value that the server does not accept.")
class InputError(UserError):
    pass


@strawberry.type(
    description=(
        "Another contact already has the phone number or the external ID. Without the scope CONTACTS_READ the error is "
        "an InputError with the same code."
    )
)
class DuplicateContact(UserError):
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] = strawberry.field(
        description="The contact that already has the value."
    )


@strawberry.type(
    description="The contact has another version than expectedVersion, because it changed. Nothing was written."
)
class StaleContact(UserError):
    version: int = strawberry.field(description="The contact's version when the server refused the change.")
    contact: Annotated["Contact", strawberry.lazy("schema.types.contact")] | None = strawberry.field(
        description="The contact as it is now; null for a token without the scope CONTACTS_READ."
    )


@strawberry.type(
    description="A text that the server cannot read as a phone number, with a suggestion if it finds a likely one."
)
class PhoneError(UserError):
    value: str = strawberry.field(description="The text as the client sent it.")
    suggestion: PhoneNumber | None = strawberry.field(
        description="The number that was most likely meant; null if there is no likely one."
    )


def to_user_error(refusal: Refusal, *path: str, contacts: Mapping[UUID, Any] | None = None) -> UserError:
    """Returns a service's refusal as a GraphQL error. `contacts`: rows of the contacts that refusals name, by id."""
    code, message, where = ErrorCode(refusal.code.value), refusal.message, [*path, *refusal.path]
    if refusal.contact_id is not None and refusal.version is not None:
        contact = (contacts or {}).get(refusal.contact_id)
        return StaleContact(code=code, message=message, path=where, version=refusal.version, contact=contact)
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
