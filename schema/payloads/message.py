"""What mutations of messages answer."""

from typing import Annotated

import strawberry

from schema.errors import UserError
from schema.inputs.contact import RowOutcome
from schema.types.message import Message


@strawberry.type(description="The rows counted: total = created + updated + skipped + failed.")
class RecordMessagesSummary:
    total: int = strawberry.field(description="The rows given.")
    created: int = strawberry.field(description="New messages.")
    updated: int = strawberry.field(description="Rows that moved the status of a message on that was there.")
    skipped: int = strawberry.field(description="Rows that say nothing new of a message that was there.")
    failed: int = strawberry.field(description="Rows that could not be taken.")


@strawberry.type(description="How one row ended.")
class RecordMessageResult:
    index: int = strawberry.field(description="The row's place in the input, from 0.")
    outcome: RowOutcome = strawberry.field(description="How it ended.")
    message: Message | None = strawberry.field(
        description="The row's message as it is after the batch; null where it failed."
    )
    error: UserError | None = strawberry.field(description="Why it failed, where it did.")


Only = Annotated[list[RowOutcome] | None, strawberry.argument(description="Only rows that ended in one of these.")]


@strawberry.type(description="How each row ended.")
class RecordMessagesPayload:
    summary: RecordMessagesSummary | None = strawberry.field(
        description="All rows counted; null where none was looked at."
    )
    results_: strawberry.Private[list[RecordMessageResult]]
    errors: list[UserError] = strawberry.field(description="What is wrong with the batch as a whole.")

    def _results(self, only: Only = strawberry.UNSET) -> list[RecordMessageResult]:
        if only is None or only is strawberry.UNSET:
            return self.results_
        return [result for result in self.results_ if result.outcome in only]

    results: list[RecordMessageResult] = strawberry.field(
        resolver=_results, description="The rows in input order, or those that ended so."
    )
