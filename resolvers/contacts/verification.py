"""The mutation that verifies a contact's number."""

from typing import Annotated, Any, cast

import strawberry

from resolvers.contacts.queries import decode_contact_key
from resolvers.contacts.saving import contact_rows, user_errors
from schema.context import Info
from schema.execution import selection
from schema.inputs.contact_changes import VerifyContactInput
from schema.payloads.contact import VerificationOutcome, VerifyContactPayload
from services.contacts import verification
from services.contacts.unique_keys import with_own_key
from services.contacts.verification import VerificationAction
from services.refusal import Refused

Verify = Annotated[VerifyContactInput, strawberry.argument(description="Contact, and the change of its verification.")]


async def verify_contact(info: Info, input: Verify) -> VerifyContactPayload:
    context, selected = info.context, selection(info)
    try:
        contact_id, outcome = await verification.verify(
            account_id=context.account_id,
            where=with_own_key(decode_contact_key(context, input.contact, "contact"), context.now),
            action=VerificationAction(input.action.name),
            user_id=context.caller.user_id,
            now=context.now,
        )
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return VerifyContactPayload(contact=None, outcome=None, errors=errors)
    rows = await contact_rows(info, selected.under("contact"), [contact_id])
    return VerifyContactPayload(
        contact=cast(Any, rows.get(contact_id)), outcome=VerificationOutcome[outcome.name], errors=[]
    )
