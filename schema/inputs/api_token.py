"""What can be said of a token."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from schema.types.api_token import Scope


@strawberry.input(description="A new key to the account.")
class CreateTokenInput:
    name: str = strawberry.field(description="What it is for: one line, 1 to 200 characters.")
    user_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="An active user, for whom it speaks; absent or null: an integration, nobody's."
    )
    scopes: list[Scope] = strawberry.field(
        description="What it may be used for: at least one, and none that the caller has not (FORBIDDEN)."
    )
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="In the future: from then on it does not work; absent or null: never."
    )


@strawberry.input(description="The token that is to end.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="Which token. Safe to repeat.")
