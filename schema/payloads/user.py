"""Payloads of the mutations of users."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.permissions import CanReadContacts
from schema.types.user import User


@strawberry.type(description="Result of createUser: the new user.")
class CreateUserPayload:
    user: User | None = strawberry.field(description="The new user; null if there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of updateUser: the changed user.")
class UpdateUserPayload:
    user: User | None = strawberry.field(
        permission_classes=[CanReadContacts],
        description="The user after the change; null if there are errors. Requires the scope CONTACTS_READ.",
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)
