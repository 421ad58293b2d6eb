"""What comes of changing an account."""

import strawberry

from schema.errors import UserError
from schema.types.account import Account


@strawberry.type(description="What comes of updateAccount.")
class UpdateAccountPayload:
    account: Account | None = strawberry.field(description="The account as it is now; null where it was refused.")
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")
