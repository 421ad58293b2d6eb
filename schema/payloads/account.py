"""What comes of changing an account."""

import strawberry

from schema.errors import UserError
from schema.types.account import Account
from schema.types.job import Job


@strawberry.type(description="What comes of updateAccount.")
class UpdateAccountPayload:
    account: Account | None = strawberry.field(description="The account as it is now; null where it was refused.")
    job: Job | None = strawberry.field(
        default=None, description="Where the change asks for all contacts to be checked again."
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")
