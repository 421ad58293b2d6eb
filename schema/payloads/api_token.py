"""Payloads of the mutations of API tokens."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.types.api_token import ApiToken


@strawberry.type(description="Result of createToken: the token and, only here, its secret.")
class CreateTokenPayload:
    token: ApiToken | None = strawberry.field(description="The new token; null if there are errors.")
    secret: str | None = strawberry.field(
        description=(
            "Secret to send as `Authorization: Bearer <secret>`. It is shown only once: the server stores a hash. Null "
            "if there are errors."
        )
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of revokeToken: the revoked token.")
class RevokeTokenPayload:
    token: ApiToken | None = strawberry.field(description="The token, which no longer works; null if there are errors.")
    errors: list[UserError] = strawberry.field(description=ERRORS)
