"""Inputs that create and revoke API tokens."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from schema.types.api_token import Scope


@strawberry.input(description="Settings of a new API token.")
class CreateTokenInput:
    name: str = strawberry.field(description="Purpose of the token: one line of 1 to 200 characters.")
    user_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="ID of the active user that the token acts for; unset or null for an integration."
    )
    scopes: list[Scope] = strawberry.field(
        description="Permissions of the token: at least one, and only scopes that the caller has, else FORBIDDEN."
    )
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="When the token stops working, in the future; unset or null if it never expires."
    )


@strawberry.input(description="Names the API token to revoke.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="ID of the token. Revoking it again is allowed.")
