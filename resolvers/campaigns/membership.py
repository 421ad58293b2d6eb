"""Mutations that add contacts to campaigns and remove them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

import strawberry
from strawberry import Some

from resolvers.campaigns.queries import load_selected
from resolvers.contacts.bulk_jobs import run_or_enqueue
from resolvers.contacts.saving import user_errors
from resolvers.contacts.selection import decode_selection
from resolvers.decoding import decode_id, misfits, or_none
from resolvers.query.row_queries import by_key
from resolvers.query.tables import CAMPAIGN_CONTACTS
from schema.context import Info
from schema.errors import to_user_error, to_user_errors
from schema.execution import Selection, selection
from schema.ids import IdPrefix
from schema.inputs.campaign import AddCampaignContactsInput, CampaignContactInput, RemoveCampaignContactsInput
from schema.inputs.contact import MAX_ROWS
from schema.payloads.campaign import (
    AddCampaignContactsPayload,
    CampaignContactOutcome,
    CampaignContactResult,
    CampaignContactSummary,
    RemoveCampaignContactsPayload,
)
from services.campaigns import membership as campaign_membership
from services.campaigns.membership import AddOutcome, AddResult, CampaignRow, IfDuplicate
from services.campaigns.row_validation import CampaignRowInput, read_row
from services.contacts import bulk_changes
from services.refusal import Code, Refused, refuse

_DETAILS = ("name", "context", "extracted_data", "external_id")

Add = Annotated[AddCampaignContactsInput, strawberry.argument(description="Campaign, and the rows to add to it.")]
Remove = Annotated[
    RemoveCampaignContactsInput, strawberry.argument(description="Campaign, and the contacts to remove from it.")
]


async def add_campaign_contacts(info: Info, input: Add) -> AddCampaignContactsPayload:
    context, selected = info.context, selection(info)
    try:
        campaign_id = decode_id(IdPrefix.CAMPAIGN, input.campaign_id, "campaignId")
        _check_batch(info, input)
        settings, user_id = context.caller.settings, context.caller.user_id
        rows = [read_row(_given(row), settings, user_id) for row in input.contacts]
        results = await campaign_membership.add(
            rows,
            campaign_id=campaign_id,
            settings=settings,
            if_duplicate=IfDuplicate(input.if_duplicate.name),
            is_protection_overridden=input.override_protection,
            now=context.now,
        )
    except Refused as refused:
        errors = to_user_errors(refused.refusals, "input")
        return AddCampaignContactsPayload(summary=None, results_=[], campaign=None, errors=errors)
    return AddCampaignContactsPayload(
        summary=summary(results),
        results_=await load_results(info, selected.under("results"), _placed(input.contacts, rows, results)),
        campaign=await load_selected(info, selected.under("campaign"), campaign_id),
        errors=[],
    )


def _check_batch(info: Info, input: AddCampaignContactsInput) -> None:
    """Raises Refused if the batch has no rows or too many, or if the caller may not override the protection."""
    if not input.contacts:
        raise refuse(Code.REQUIRED, "There must be at least one row.", "contacts")
    if len(input.contacts) > MAX_ROWS:
        raise refuse(
            Code.TOO_MANY, f"The list has {len(input.contacts)} rows; at most {MAX_ROWS} are allowed.", "contacts"
        )
    if input.override_protection and not info.context.caller.may_manage:
        raise refuse(Code.FORBIDDEN, "This requires the role MANAGER or ADMIN.", "overrideProtection")


def _given(row: CampaignContactInput) -> CampaignRowInput:
    details = {name: some.value for name in _DETAILS if isinstance(some := getattr(row, name), Some)}
    return CampaignRowInput(
        phone=or_none(row.contact), region=or_none(row.region), details=details, refusals=misfits(row)
    )


def summary(results: Sequence[AddResult]) -> CampaignContactSummary:
    """Counts the rows of a batch by outcome."""
    counts = Counter(row.outcome for row in results)
    return CampaignContactSummary(
        total=len(results),
        created=counts[AddOutcome.CREATED],
        updated=counts[AddOutcome.UPDATED],
        skipped_duplicate=counts[AddOutcome.SKIPPED_DUPLICATE],
        failed=counts[AddOutcome.FAILED],
    )


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row of a batch with its outcome. `path` is the row's place in the input, for its error."""

    index: int
    phone: str | None
    path: tuple[str, ...]
    result: AddResult


def _placed(
    inputs: Sequence[CampaignContactInput], rows: Sequence[CampaignRow], results: Sequence[AddResult]
) -> list[PlacedRow]:
    placed = []
    for index, (given_row, row, result) in enumerate(zip(inputs, rows, results, strict=True)):
        as_sent = or_none(given_row.contact) or (result.refusals[0].value if result.refusals else None)
        placed.append(PlacedRow(index, row.phone or as_sent, ("contacts", str(index)), result))
    return placed


async def load_results(info: Info, selected: Selection, placed: Sequence[PlacedRow]) -> list[CampaignContactResult]:
    """Returns the selected fields of the results; none if nothing is selected."""
    if not selected:
        return []
    places: dict[Any, Any] = {}
    ids = list({row.result.membership_id: None for row in placed if row.result.membership_id is not None})
    if (columns := selected.under("campaignContact")) and ids:
        memberships = await by_key(CAMPAIGN_CONTACTS, columns.columns, info.context.account_id, keys=ids)
        places = dict(zip(ids, memberships, strict=True))
    created = {row.result.membership_id for row in placed if row.result.outcome is AddOutcome.CREATED}
    return [
        CampaignContactResult(
            index=row.index,
            outcome=CampaignContactOutcome(row.result.outcome.value),
            phone=row.phone,
            campaign_contact=cast(Any, places.get(row.result.membership_id)),
            existed=row.result.membership_id is not None and row.result.membership_id not in created,
            error=to_user_error(row.result.refusals[0], "input", *row.path) if row.result.refusals else None,
        )
        for row in placed
    ]


async def remove_campaign_contacts(info: Info, input: Remove) -> RemoveCampaignContactsPayload:
    selected = selection(info)
    try:
        campaign_id = decode_id(IdPrefix.CAMPAIGN, input.campaign_id, "campaignId")
        chosen = decode_selection(info, input.contacts)
        removed, job = await run_or_enqueue(
            info,
            chosen,
            campaign_membership.remove(campaign_id=campaign_id, chosen=chosen, now=info.context.now),
            bulk_changes.removing_from_campaign(campaign_id),
        )
    except Refused as refused:
        errors = await user_errors(info, selected.under("errors"), refused.refusals, "input")
        return RemoveCampaignContactsPayload(count=None, campaign=None, errors=errors)
    campaign = await load_selected(info, selected.under("campaign"), campaign_id)
    return RemoveCampaignContactsPayload(count=removed, campaign=campaign, job=job, errors=[])
