"""What comes of naming operators."""

import strawberry

from schema.errors import UserError
from schema.types.job import Job
from schema.types.numbers import OperatorPrefix

_JOB = "The job that checks the account's contacts with such numbers again; null where nothing changed."


@strawberry.type(description="What comes of setOperatorPrefix.")
class SetOperatorPrefixPayload:
    operator_prefix: OperatorPrefix | None = strawberry.field(
        description="The row as it is now; null where it was refused."
    )
    job: Job | None = strawberry.field(description=_JOB)
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")


@strawberry.type(description="What comes of deleteOperatorPrefix.")
class DeleteOperatorPrefixPayload:
    deleted_prefix: str | None = strawberry.field(description="Its digits; null where it was refused.")
    job: Job | None = strawberry.field(description=_JOB)
    errors: list[UserError] = strawberry.field(description="Why nothing was written; empty where it was.")
