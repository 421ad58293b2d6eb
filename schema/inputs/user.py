"""What can be said of a user."""

import strawberry
from strawberry import Maybe

from schema.types.user import Role


@strawberry.input(description="A new person in the account.")
class CreateUserInput:
    email: str = strawberry.field(
        description="At most 254 characters; unique in the account without regard to case, else DUPLICATE_NAME."
    )
    name: str = strawberry.field(description="What people call them: one line, 1 to 200 characters.")
    role: Role = strawberry.field(default=Role.AGENT, description="What they may do.")


@strawberry.input(description="Changes to a user. An absent field stays as it is.")
class UpdateUserInput:
    id: strawberry.ID = strawberry.field(description="Which user.")
    email: Maybe[str | None] = strawberry.field(
        description="At most 254 characters; unique in the account without regard to case, else DUPLICATE_NAME."
    )
    name: Maybe[str | None] = strawberry.field(description="What people call them: one line, 1 to 200 characters.")
    role: Maybe[Role | None] = strawberry.field(
        description="What they may do. The last active ADMIN stays one: WRONG_STATE."
    )
    is_active: Maybe[bool | None] = strawberry.field(
        description=(
            "False ends their tokens at once and for good; contacts stay theirs. The last active ADMIN stays active: "
            "WRONG_STATE."
        )
    )
