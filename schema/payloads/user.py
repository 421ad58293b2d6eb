"""What comes of making or changing a user."""

import strawberry

from schema.errors import UserError
from schema.types.user import User


@strawberry.type(description="What comes of createUser.")
class CreateUserPayload:
    user: User | None = strawberry.field(description="The new user; null where it was refused.")
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")


@strawberry.type(description="What comes of updateUser.")
class UpdateUserPayload:
    user: User | None = strawberry.field(description="The user as they are now; null where it was refused.")
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")
