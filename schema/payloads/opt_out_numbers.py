"""Payload of optOutNumbers."""

from typing import Annotated

import strawberry

from schema.descriptions import BATCH_ERRORS, INDEX, ONLY, RESULTS, ROW_ERROR, SUMMARY
from schema.errors import UserError
from schema.inputs.contact import RowOutcome
from schema.permissions import CanReadExistingContact
from schema.types.opt_out import OptOut


@strawberry.type(description="Counts of the numbers: total = optedOut + alreadyOptedOut + failed.")
class OptOutNumbersSummary:
    total: int = strawberry.field(description="Number of all numbers in the input.")
    opted_out: int = strawberry.field(description="Number of phone numbers that the call opted out.")
    already_opted_out: int = strawberry.field(
        description="Number of rows whose phone number had opted out before, or stands earlier in the input."
    )
    failed: int = strawberry.field(description="Number of texts that are not phone numbers.")


@strawberry.type(description="Result of one number of optOutNumbers.")
class OptOutNumbersResult:
    index: int = strawberry.field(description=INDEX)
    outcome: RowOutcome = strawberry.field(
        description="UPDATED if the call opted the number out, SKIPPED if it had opted out before, otherwise FAILED."
    )
    opt_out: OptOut | None = strawberry.field(
        permission_classes=[CanReadExistingContact],
        description=(
            "Consent state of the number after the change; null if the row failed. If the call did not change it, "
            "requires the scope CONTACTS_READ."
        ),
    )
    existed: strawberry.Private[bool]
    error: UserError | None = strawberry.field(description=ROW_ERROR)


Only = Annotated[list[RowOutcome] | None, strawberry.argument(description=ONLY)]


@strawberry.type(description="Result of optOutNumbers, number by number.")
class OptOutNumbersPayload:
    summary: OptOutNumbersSummary | None = strawberry.field(default=None, description=SUMMARY)
    results_: strawberry.Private[list[OptOutNumbersResult]]
    errors: list[UserError] = strawberry.field(description=BATCH_ERRORS)

    def _results(self, only: Only = strawberry.UNSET) -> list[OptOutNumbersResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[OptOutNumbersResult] = strawberry.field(resolver=_results, description=RESULTS)
