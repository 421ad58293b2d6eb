"""Payloads of the mutations of operator prefixes."""

import strawberry

from schema.descriptions import ERRORS
from schema.errors import UserError
from schema.types.job import Job
from schema.types.numbers import OperatorPrefix

_JOB = "Background job that checks the networks of the contacts with such numbers again; null if nothing changed."


@strawberry.type(description="Result of setOperatorPrefix: the prefix and its network.")
class SetOperatorPrefixPayload:
    operator_prefix: OperatorPrefix | None = strawberry.field(
        description="The custom prefix after the change; null if there are errors."
    )
    job: Job | None = strawberry.field(description=_JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Result of deleteOperatorPrefix: the deleted prefix.")
class DeleteOperatorPrefixPayload:
    deleted_prefix: str | None = strawberry.field(description="Digits of the deleted prefix; null if there are errors.")
    job: Job | None = strawberry.field(description=_JOB)
    errors: list[UserError] = strawberry.field(description=ERRORS)
