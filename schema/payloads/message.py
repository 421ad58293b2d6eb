"""Payload of recordMessages."""

from typing import Annotated

import strawberry

from schema.descriptions import BATCH_ERRORS, INDEX, ONLY, RESULTS, ROW_ERROR, SUMMARY
from schema.errors import UserError
from schema.inputs.contact import RowOutcome
from schema.permissions import CanReadExistingMessage
from schema.types.message import Message


@strawberry.type(description="Counts of the rows: total = created + updated + skipped + failed.")
class RecordMessagesSummary:
    total: int = strawberry.field(description="Number of all rows in the input.")
    created: int = strawberry.field(description="Number of new messages recorded.")
    updated: int = strawberry.field(description="Number of rows that updated the status of a recorded message.")
    skipped: int = strawberry.field(description="Number of rows without news about a recorded message.")
    failed: int = strawberry.field(description="Number of rows that wrote nothing because of an error.")


@strawberry.type(description="Result of one row of recordMessages.")
class RecordMessageResult:
    index: int = strawberry.field(description=INDEX)
    outcome: RowOutcome = strawberry.field(description="Result of the row, such as CREATED.")
    message: Message | None = strawberry.field(
        permission_classes=[CanReadExistingMessage],
        description=(
            "Message of the row, as it is after the batch; null if the row failed. If it existed before the call, "
            "requires the scope MESSAGES_READ."
        ),
    )
    existed: strawberry.Private[bool]
    error: UserError | None = strawberry.field(description=ROW_ERROR)


Only = Annotated[list[RowOutcome] | None, strawberry.argument(description=ONLY)]


@strawberry.type(description="Result of recordMessages, row by row.")
class RecordMessagesPayload:
    summary: RecordMessagesSummary | None = strawberry.field(description=SUMMARY)
    results_: strawberry.Private[list[RecordMessageResult]]
    errors: list[UserError] = strawberry.field(description=BATCH_ERRORS)

    def _results(self, only: Only = strawberry.UNSET) -> list[RecordMessageResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[RecordMessageResult] = strawberry.field(resolver=_results, description=RESULTS)
