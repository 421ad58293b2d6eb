"""Queries of phone numbers and of the opt-out register."""

from datetime import datetime
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from models.db.sql import MARK, Sql
from resolvers.decoding import bad_input, or_none
from resolvers.loaders.consent_events_by_phone import LedgerUntil
from resolvers.query.default_orders import LATEST_OPT_OUTS
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, row
from resolvers.query.tables import CONTACTS, OPT_OUTS
from schema.context import Context, Info
from schema.descriptions import ANY_PHONE, REGION
from schema.errors import ErrorCode, PhoneError
from schema.execution import selection
from schema.pagination import After, First
from schema.scalars import CountryCode, PhoneNumber
from schema.types.numbers import Operator, PhoneLookup, PhoneNumberType
from schema.types.opt_out import OptOut, OptOutConnection
from services.consent.register import consent_at
from services.contacts.filter import ContactState, visible
from services.input.phone_input import no_region, read_number
from services.phones import numbers as phone_numbers
from services.phones.numbers import PhoneProblem, identity

MAX_TEXT = 100

Text = Annotated[str, strawberry.argument(description=f"Text that a person typed, at most {MAX_TEXT} characters.")]
Region = Annotated[
    CountryCode | None,
    strawberry.argument(description=REGION),
]
Phone = Annotated[PhoneNumber, strawberry.argument(description=ANY_PHONE)]
At = Annotated[
    datetime | None,
    strawberry.argument(description="Returns the state at this instant, inclusive; the present state if unset."),
]
IsOptedOut = Annotated[
    bool | None,
    strawberry.argument(
        description="True: only opted-out numbers. False: only numbers that opted in again. Unset: both."
    ),
]


def _region(context: Context, region: str | None) -> str | None:
    if region is not None and not phone_numbers.is_region(region):
        raise bad_input(f"region: {no_region(region)}")
    return region or context.caller.settings.default_region


async def phone_lookup(info: Info, text: Text, region: Region = UNSET) -> PhoneLookup:
    context, selected = info.context, selection(info)
    if len(text) > MAX_TEXT:
        raise bad_input(f"text has {len(text)} characters; at most {MAX_TEXT} are allowed.")
    lookup = phone_numbers.look_up(
        text,
        region=_region(context, or_none(region)),
        policy=context.caller.settings.phone_policy,
        digits_only=context.caller.settings.digits_only_numbers,
        custom_prefixes=context.caller.settings.custom_prefixes,
    )
    is_opted_out, contact = False, None
    number = None if lookup.phone is None else identity(lookup.phone)
    if number is not None and "isOptedOut" in selected:
        register = await row(OPT_OUTS, ("is_opted_out",), of_phone(context, number))
        is_opted_out = register is not None and register["is_opted_out"]
    if number is not None and "contact" in selected:
        where = of_account(CONTACTS, context.account_id) & visible(ContactState.ACTIVE, now=context.now)
        where &= Sql(f"contact.phone = {MARK}", (number,))
        contact = await row(CONTACTS, selected.under("contact").columns, where)
    operator = None
    if lookup.operator is not None:
        operator = Operator(name=lookup.operator, country=cast(CountryCode | None, lookup.operator_country))
    return PhoneLookup(
        input=text,
        is_possible=lookup.is_possible,
        is_valid=lookup.is_valid,
        phone=cast(PhoneNumber | None, lookup.phone),
        national=lookup.national,
        international=lookup.international,
        country=cast(CountryCode | None, lookup.country),
        type=PhoneNumberType[lookup.type],
        operator=operator,
        time_zones=list(lookup.time_zones),
        is_opted_out=is_opted_out,
        contact=cast(Any, contact),
        error=None if lookup.problem is None else _phone_error(lookup.problem, "text"),
    )


def _phone_error(problem: PhoneProblem, *path: str) -> PhoneError:
    return PhoneError(
        code=ErrorCode(problem.code.value),
        message=problem.message,
        path=list(path),
        value=problem.value,
        suggestion=cast(PhoneNumber | None, problem.suggestion),
    )


def of_phone(context: Context, phone: str) -> Sql:
    return of_account(OPT_OUTS, context.account_id) & Sql(f"opt_out.phone = {MARK}", (phone,))


async def opt_out(info: Info, phone: Phone, region: Region = UNSET, at: At = UNSET) -> OptOut | None:
    context = info.context
    number = read_number(phone, region=_region(context, or_none(region)), settings=context.caller.settings)
    if isinstance(number, PhoneProblem):
        return None
    number = identity(number)
    if (instant := or_none(at)) is not None:
        ledger = {"ledger": LedgerUntil(number, instant)}
        then = await consent_at(context.account_id, number, instant)
        return cast(OptOut, unknown_number_row(context, number) | ledger | then)
    columns = dict.fromkeys((*selection(info).columns, "phone"))
    return cast(
        OptOut, await row(OPT_OUTS, tuple(columns), of_phone(context, number)) or unknown_number_row(context, number)
    )


def unknown_number_row(context: Context, phone: str) -> dict[str, Any]:
    """Returns the row for a number that is not in the opt-out register."""
    unknown = dict.fromkeys(("source", "reason", "changed_at", "changed_by_id"))
    return {"account_id": context.account_id, "phone": phone, "ledger": phone, "is_opted_out": False, **unknown}


async def opt_outs(
    info: Info, first: First = UNSET, after: After = UNSET, is_opted_out: IsOptedOut = UNSET
) -> OptOutConnection | None:
    where = of_account(OPT_OUTS, info.context.account_id)
    if or_none(is_opted_out) is not None:
        where &= Sql("opt_out.is_opted_out" if is_opted_out else "NOT opt_out.is_opted_out")
    source = PageSource(OPT_OUTS, where, LATEST_OPT_OUTS)
    return cast(OptOutConnection, await page(source, Window.of({"first": first, "after": after}), selection(info)))
