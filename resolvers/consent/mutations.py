"""Mutations of the opt-out register."""

import unicodedata
from collections.abc import Awaitable, Collection
from typing import Annotated, Any, Protocol, TypeVar, cast
from uuid import UUID

import strawberry

from models.db.sql import MARK, Sql
from resolvers.contacts.mutations import cause
from resolvers.contacts.saving import user_errors
from resolvers.decoding import or_none
from resolvers.phones.queries import of_phone, unknown_number_row
from resolvers.query.row_queries import of_account, row
from resolvers.query.tables import CONTACTS, OPT_OUTS
from schema.context import Info
from schema.execution import Selection, selection
from schema.inputs.contact_changes import OptInInput, OptOutInput
from schema.payloads.contact import OptInPayload, OptOutPayload
from schema.types.contact import Contact
from schema.types.opt_out import OptOut
from services.consent import register as consent_register
from services.consent.register import MAX_REASON, Cause, OptOutSource
from services.contacts.filter import ContactState, visible
from services.input.phone_input import number
from services.input.text import has_control
from services.phones.numbers import identity
from services.refusal import Code, Refused, refuse

OptOutArgument = Annotated[OptOutInput, strawberry.argument(description="Phone number to opt out, and the reason.")]
OptInArgument = Annotated[OptInInput, strawberry.argument(description="Phone number to opt in, and the reason.")]


async def opt_out(info: Info, input: OptOutArgument) -> OptOutPayload:
    return await _changed(info, input, consent_register.opt_out, OptOutPayload)


async def opt_in(info: Info, input: OptInArgument) -> OptInPayload:
    return await _changed(info, input, consent_register.opt_in, OptInPayload)


class _Change(Protocol):
    def __call__(self, *, account_id: UUID, phones: Collection[str], cause: Cause) -> Awaitable[list[str]]: ...


Payload = TypeVar("Payload", OptOutPayload, OptInPayload)


async def _changed(info: Info, input: OptOutInput | OptInInput, change: _Change, payload: type[Payload]) -> Payload:
    selected = selection(info)
    try:
        phone, reason = _decoded(info, input)
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return payload(opt_out=None, existed=False, contact=None, errors=errors)
    changed = await change(
        account_id=info.context.account_id, phones=[phone], cause=cause(info, OptOutSource.API, reason)
    )
    register, contact = await _load_selected(info, selected, phone)
    return payload(opt_out=register, existed=phone not in changed, contact=contact, errors=[])


def _decoded(info: Info, input: OptOutInput | OptInInput) -> tuple[str, str | None]:
    """Returns the phone number and the reason. Raises Refused."""
    phone = identity(number(input.phone, region=or_none(input.region), settings=info.context.caller.settings))
    return phone, decode_reason(or_none(input.reason))


def decode_reason(text: str | None) -> str | None:
    """Returns the reason of a change; None if it is blank. Raises Refused."""
    reason = unicodedata.normalize("NFC", text or "").strip()
    if len(reason) > MAX_REASON:
        raise refuse(
            Code.TOO_LONG, f"The reason has {len(reason)} characters; at most {MAX_REASON} are allowed.", "reason"
        )
    if has_control(reason, is_multiline=True):
        raise refuse(Code.INVALID, "The reason contains control characters, which are not allowed.", "reason")
    return reason or None


async def _load_selected(info: Info, selected: Selection, phone: str) -> tuple[OptOut | None, Contact | None]:
    """Returns the number's register entry and the contact outside the trash with the number; None if not selected."""
    context = info.context
    register: Any = None
    contact = None
    if "optOut" in selected:
        columns = tuple(dict.fromkeys((*selected.under("optOut").columns, "phone")))
        register = await row(OPT_OUTS, columns, of_phone(context, phone)) or unknown_number_row(context, phone)
    if "contact" in selected:
        where = of_account(CONTACTS, context.account_id) & visible(ContactState.ACTIVE, now=context.now)
        where &= Sql(f"contact.phone = {MARK}", (phone,))
        contact = await row(CONTACTS, selected.under("contact").columns, where)
    return cast(OptOut | None, register), cast(Contact | None, contact)
