"""Queries and mutations of operator prefixes: the built-in ones, which are in memory, and the account's own."""

from bisect import bisect_right
from dataclasses import replace
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from resolvers.decoding import bad_input, or_none
from resolvers.jobs.root_fields import load_selected
from resolvers.query.default_orders import BY_PREFIX
from resolvers.query.keyset_order import BadCursor
from resolvers.query.pages import Window
from schema.context import Context, Info
from schema.errors import to_user_errors
from schema.execution import selection
from schema.inputs.operator_prefix import DeleteOperatorPrefixInput, SetOperatorPrefixInput
from schema.pagination import After, Edge, First, Page, PageInfo
from schema.payloads.operator_prefix import DeleteOperatorPrefixPayload, SetOperatorPrefixPayload
from schema.scalars import CountryCode
from schema.types.numbers import Operator, OperatorPrefix, OperatorPrefixConnection
from services.accounts.settings import load_account_settings
from services.phones import custom_prefixes
from services.phones.custom_prefixes import CustomPrefix
from services.refusal import Refused

Country = Annotated[
    CountryCode | None, strawberry.argument(description="Returns only prefixes of this country; all if unset.")
]
Start = Annotated[str | None, strawberry.argument(description="Returns only prefixes that start with these digits.")]
IsCustom = Annotated[
    bool | None, strawberry.argument(description="True: only custom prefixes. False: only built-in ones. Unset: both.")
]
SetInput = Annotated[SetOperatorPrefixInput, strawberry.argument(description="Prefix to set, and its mobile network.")]
DeleteInput = Annotated[
    DeleteOperatorPrefixInput, strawberry.argument(description="Custom prefix to delete, by its digits.")
]


async def operator_prefixes(
    info: Info,
    first: First = UNSET,
    after: After = UNSET,
    country: Country = UNSET,
    prefix: Start = UNSET,
    is_custom: IsCustom = UNSET,
) -> OperatorPrefixConnection | None:
    window = Window.of({"first": first, "after": after})
    rows = await custom_prefixes.prefixes(
        info.context.caller.settings,
        start=(or_none(prefix) or "").strip().removeprefix("+"),
        country=or_none(country),
        is_custom=or_none(is_custom),
    )
    begin = 0
    if window.after is not None:
        try:
            (behind,) = BY_PREFIX.decode(window.after)
        except BadCursor as error:
            raise bad_input(str(error)) from None
        begin = bisect_right(rows, behind, key=lambda row: row.prefix)
    shown_rows = rows[begin : begin + window.size]
    cursors = [BY_PREFIX.encode([row.prefix]) for row in shown_rows]
    nodes = [_node(row) for row in shown_rows]
    page = Page(
        nodes,
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
        page_info=PageInfo(
            has_next_page=begin + window.size < len(rows),
            has_previous_page=window.after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        total_count=len(rows),
    )
    return cast(OperatorPrefixConnection, page)


def _node(row: CustomPrefix) -> OperatorPrefix:
    operator = Operator(name=row.operator, country=cast(CountryCode | None, row.country))
    return OperatorPrefix(prefix=row.prefix, operator=operator, is_custom=row.is_custom)


async def set_operator_prefix(info: Info, input: SetInput) -> SetOperatorPrefixPayload | None:
    context = info.context
    try:
        row, job_id = await custom_prefixes.set_prefix(
            settings=context.caller.settings,
            prefix=input.prefix,
            operator=input.operator,
            country=or_none(input.country),
            user_id=context.caller.user_id,
            now=context.now,
        )
    except Refused as refused:
        return SetOperatorPrefixPayload(
            operator_prefix=None, job=None, errors=to_user_errors(refused.refusals, "input")
        )
    await _reload_settings(context)
    job = await load_selected(context, selection(info).under("job"), job_id)
    return SetOperatorPrefixPayload(operator_prefix=_node(row), job=job, errors=[])


async def delete_operator_prefix(info: Info, input: DeleteInput) -> DeleteOperatorPrefixPayload | None:
    context = info.context
    try:
        digits, job_id = await custom_prefixes.delete_prefix(
            account_id=context.account_id, prefix=input.prefix, user_id=context.caller.user_id, now=context.now
        )
    except Refused as refused:
        return DeleteOperatorPrefixPayload(
            deleted_prefix=None, job=None, errors=to_user_errors(refused.refusals, "input")
        )
    await _reload_settings(context)
    job = await load_selected(context, selection(info).under("job"), job_id)
    return DeleteOperatorPrefixPayload(deleted_prefix=digits, job=job, errors=[])


async def _reload_settings(context: Context) -> None:
    """Reloads the caller's settings, so that later fields of the same request use the changed prefixes."""
    context.caller = replace(context.caller, settings=await load_account_settings(context.account_id))
