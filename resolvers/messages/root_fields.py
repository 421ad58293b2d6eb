"""Queries of messages, and the mutation that records messages reported by a client."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from models.db.sql import FALSE, MARK, Sql
from resolvers.decoding import decode_id, misfits, or_none
from resolvers.query.default_orders import NEWEST_MESSAGES
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import by_key, of_account
from resolvers.query.tables import HAS_NUMBER, MESSAGES
from schema.context import Info
from schema.descriptions import DIRECTION
from schema.errors import to_user_error, to_user_errors
from schema.execution import Selection, selection
from schema.ids import IdPrefix
from schema.inputs.contact import RowOutcome
from schema.inputs.message import MAX_MESSAGES, MessageInput, RecordMessagesInput
from schema.pagination import After, First
from schema.payloads.message import RecordMessageResult, RecordMessagesPayload, RecordMessagesSummary
from schema.scalars import PhoneNumber
from schema.types.message import MessageConnection, MessageDirection
from services.contacts import filter as contact_filter
from services.contacts.saving import SaveOutcome
from services.messages import recording as message_recording
from services.messages.recording import Recorded, Report
from services.messages.status import MessageStatus
from services.messages.table import Direction
from services.refusal import Code, Refusal, Refused

Phone = Annotated[
    PhoneNumber | None,
    strawberry.argument(
        description="Returns only messages with this number, in any written form; none if the text is no phone number."
    ),
]
OneWay = Annotated[MessageDirection | None, strawberry.argument(description=DIRECTION)]
NeedsReview = Annotated[
    bool | None,
    strawberry.argument(description="Returns only messages with this value of needsReview; all messages if unset."),
]
Record = Annotated[RecordMessagesInput, strawberry.argument(description="Messages to record, at most 1000.")]


async def messages(
    info: Info,
    first: First = UNSET,
    after: After = UNSET,
    phone: Phone = UNSET,
    direction: OneWay = UNSET,
    needs_review: NeedsReview = UNSET,
) -> MessageConnection | None:
    context = info.context
    window = Window.of({"first": first, "after": after})
    where = of_account(MESSAGES, context.account_id) & HAS_NUMBER
    if or_none(phone) is not None:
        phones = contact_filter.parsed_phones([str(phone)], context.caller.settings)
        where &= Sql(f"message.phone = {MARK}", (phones[0],)) if phones else FALSE
    if (way := or_none(direction)) is not None:
        where &= Sql(f"message.direction = {MARK}", (way.name,))
    if (wanted := or_none(needs_review)) is not None:
        where &= Sql("message.needs_review" if wanted else "NOT message.needs_review")
    return cast(MessageConnection, await page(PageSource(MESSAGES, where, NEWEST_MESSAGES), window, selection(info)))


async def record_messages(info: Info, input: Record) -> RecordMessagesPayload:
    selected, caller = selection(info), info.context.caller
    rows = input.messages
    if not 1 <= len(rows) <= MAX_MESSAGES:
        wrong = (
            Refusal(Code.TOO_MANY, f"The list has {len(rows)} rows; at most {MAX_MESSAGES} are allowed.", ("messages",))
            if rows
            else Refusal(Code.REQUIRED, "There must be at least one row.", ("messages",))
        )
        return RecordMessagesPayload(summary=None, results_=[], errors=to_user_errors([wrong], "input"))
    recorded = await message_recording.record(
        [_report(row) for row in rows], settings=caller.settings, token_id=caller.token_id, now=info.context.now
    )
    return RecordMessagesPayload(
        summary=_summary(recorded), results_=await _results(info, selected.under("results"), recorded), errors=[]
    )


def _report(row: MessageInput) -> Report:
    """Returns a row of the client in the form that the service expects. Its misfits and invalid IDs become refusals.

    A row without a direction is refused, so any direction does for it.
    """
    refusals = misfits(row)

    def decoded(prefix: IdPrefix, id: Any, name: str) -> UUID | None:
        if or_none(id) is None:
            return None
        try:
            return decode_id(prefix, str(id), name)
        except Refused as refused:
            refusals.extend(refused.refusals)
            return None

    status, direction = or_none(row.status), cast(MessageDirection | None, row.direction)
    return Report(
        phone=or_none(row.phone) or "",
        region=or_none(row.region),
        direction=Direction.INBOUND if direction is None else Direction(direction.name),
        status=None if status is None else MessageStatus(status.name),
        kind=row.kind.name,
        channel=row.channel.name,
        body=or_none(row.body),
        external_id=or_none(row.external_id),
        campaign_id=decoded(IdPrefix.CAMPAIGN, row.campaign_id, "campaignId"),
        user_id=decoded(IdPrefix.USER, row.user_id, "userId"),
        occurred_at=or_none(row.occurred_at),
        refusals=tuple(refusals),
    )


async def _results(info: Info, selected: Selection, recorded: Sequence[Recorded]) -> list[RecordMessageResult]:
    if not selected:
        return []
    shown = selected.under("message")
    rows: dict[UUID, Any] = {}
    ids = list({row.message_id: None for row in recorded if row.message_id is not None})
    if shown and ids:
        stored = await by_key(MESSAGES, shown.columns, info.context.account_id, keys=ids)
        rows = dict(zip(ids, stored, strict=True))
    created = {row.message_id for row in recorded if row.outcome is SaveOutcome.CREATED}
    return [
        RecordMessageResult(
            index=index,
            outcome=RowOutcome(row.outcome.value),
            message=cast(Any, rows.get(row.message_id)) if row.message_id else None,
            existed=row.message_id is not None and row.message_id not in created,
            error=to_user_error(row.refusals[0], "input", "messages", str(index)) if row.refusals else None,
        )
        for index, row in enumerate(recorded)
    ]


def _summary(recorded: Sequence[Recorded]) -> RecordMessagesSummary:
    counts = Counter(row.outcome for row in recorded)
    return RecordMessagesSummary(
        total=len(recorded),
        created=counts[SaveOutcome.CREATED],
        updated=counts[SaveOutcome.UPDATED],
        skipped=counts[SaveOutcome.SKIPPED],
        failed=counts[SaveOutcome.FAILED],
    )
