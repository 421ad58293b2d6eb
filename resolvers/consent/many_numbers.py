"""The mutation that opts out many phone numbers."""

from collections.abc import Sequence
from typing import Annotated, Any, cast

import strawberry

from resolvers.consent.mutations import decode_reason
from resolvers.contacts.mutations import cause
from resolvers.decoding import or_none
from resolvers.query.row_queries import by_key
from resolvers.query.tables import OPT_OUTS
from schema.context import Info
from schema.errors import to_user_error, to_user_errors
from schema.execution import Selection, selection
from schema.inputs.contact import RowOutcome
from schema.inputs.contact_changes import MAX_NUMBERS, OptOutNumbersInput
from schema.payloads.opt_out_numbers import OptOutNumbersPayload, OptOutNumbersResult, OptOutNumbersSummary
from services.consent import register as consent_register
from services.consent.register import OptOutSource
from services.input.phone_input import check_region, number
from services.phones.sender_ids import undecorated
from services.refusal import Code, Refusal, Refused, refuse

Numbers = Annotated[OptOutNumbersInput, strawberry.argument(description="Phone numbers to opt out, and the reason.")]


async def opt_out_numbers(info: Info, input: Numbers) -> OptOutNumbersPayload | None:
    selected = selection(info)
    try:
        reason = _checked_reason(input)
    except Refused as refused:
        return OptOutNumbersPayload(results_=[], errors=to_user_errors(refused.refusals, "input"))
    rows = [_read(info, text, or_none(input.region)) for text in input.phones]
    phones = list(dict.fromkeys(row for row in rows if isinstance(row, str)))
    changed = await consent_register.opt_out(
        account_id=info.context.account_id, phones=phones, cause=cause(info, OptOutSource.API, reason)
    )
    failed = sum(isinstance(row, Refusal) for row in rows)
    summary = OptOutNumbersSummary(
        total=len(rows),
        opted_out=len(changed),
        already_opted_out=len(rows) - len(changed) - failed,
        failed=failed,
    )
    results = await _results(info, selected.under("results"), rows, phones, set(changed))
    return OptOutNumbersPayload(summary=summary, results_=results, errors=[])


def _checked_reason(input: OptOutNumbersInput) -> str | None:
    """Returns the reason. Raises Refused if the call as a whole can't be accepted."""
    count = len(input.phones)
    if not count:
        raise refuse(Code.REQUIRED, "There must be at least one phone number.", "phones")
    if count > MAX_NUMBERS:
        raise refuse(Code.TOO_MANY, f"The list has {count} phone numbers; at most {MAX_NUMBERS} are allowed.", "phones")
    check_region(or_none(input.region))
    return decode_reason(or_none(input.reason))


def _read(info: Info, text: str, region: str | None) -> str | Refusal:
    """Returns the phone number, or the reason why the text is none."""
    try:
        return number(undecorated(text), region=region, settings=info.context.caller.settings)
    except Refused as refused:
        first = refused.refusals[0]
        return Refusal(first.code, first.message, value=first.value, suggestion=first.suggestion)


async def _results(
    info: Info, selected: Selection, rows: Sequence[str | Refusal], phones: Sequence[str], changed: set[str]
) -> list[OptOutNumbersResult]:
    if not selected:
        return []
    shown = selected.under("optOut")
    stored: dict[str, Any] = {}
    if shown and phones:
        register = await by_key(OPT_OUTS, shown.columns, info.context.account_id, keys=phones, key="phone", kind="text")
        stored = dict(zip(phones, register, strict=True))
    results = []
    for index, row in enumerate(rows):
        if isinstance(row, Refusal):
            error = to_user_error(row, "input", "phones", str(index))
            failed = OptOutNumbersResult(
                index=index, outcome=RowOutcome.FAILED, opt_out=None, existed=False, error=error
            )
            results.append(failed)
            continue
        is_new = row in changed
        changed.discard(row)  # a repetition in the input is SKIPPED
        results.append(
            OptOutNumbersResult(
                index=index,
                outcome=RowOutcome.UPDATED if is_new else RowOutcome.SKIPPED,
                opt_out=cast(Any, stored.get(row)),
                existed=not is_new,
                error=None,
            )
        )
    return results
