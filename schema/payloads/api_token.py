"""What comes of making or ending a token."""

import strawberry

from schema.errors import UserError
from schema.types.api_token import ApiToken


@strawberry.type(description="What comes of createToken.")
class CreateTokenPayload:
    token: ApiToken | None = strawberry.field(description="The new token; null where it was refused.")
    secret: str | None = strawberry.field(
        description="What a client sends as `Authorization: Bearer <secret>`: shown this once, and kept by nobody here."
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")


@strawberry.type(description="What comes of revokeToken.")
class RevokeTokenPayload:
    token: ApiToken | None = strawberry.field(
        description="The token, which does not work any more; null where refused."
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")
