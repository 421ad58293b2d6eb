"""Payload of updateAccount."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.types.account import Account
from schema.types.job import Job


@strawberry.type(description="Result of updateAccount: the changed account.")
class UpdateAccountPayload:
    account: Account | None = strawberry.field(description="The account after the change; null if there are errors.")
    job: Job | None = strawberry.field(
        default=None,
        description=(
            "Background job that checks the networks of all contacts again; null if the change does not require it."
        ),
    )
    errors: list[UserError] = strawberry.field(description=ERRORS)
