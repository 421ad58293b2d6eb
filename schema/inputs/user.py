"""Inputs that create and change users."""

import strawberry
from strawberry import Maybe

from schema.types.user import Role

_EMAIL = (
    "E-mail address, at most 254 characters. It is unique in the account, ignoring letter case, else DUPLICATE_NAME."
)
_NAME = "Name of the user: one line of 1 to 200 characters."


@strawberry.input(description="Data of a new user of the account.")
class CreateUserInput:
    email: str = strawberry.field(description=_EMAIL)
    name: str = strawberry.field(description=_NAME)
    role: Role = strawberry.field(default=Role.AGENT, description="Role of the user: ADMIN, MANAGER or AGENT.")


@strawberry.input(description="Changes to a user. Unset fields stay unchanged.")
class UpdateUserInput:
    id: strawberry.ID = strawberry.field(description="ID of the user to change.")
    email: Maybe[str | None] = strawberry.field(description=_EMAIL)
    name: Maybe[str | None] = strawberry.field(description=_NAME)
    role: Maybe[Role | None] = strawberry.field(
        description="Role of the user. The last active ADMIN cannot get another role (WRONG_STATE)."
    )
    is_active: Maybe[bool | None] = strawberry.field(
        description=(
            "False revokes the user's tokens immediately and permanently; the user still owns their contacts. The last "
            "active ADMIN cannot be deactivated (WRONG_STATE)."
        )
    )
