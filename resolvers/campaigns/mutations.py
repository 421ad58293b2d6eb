"""Mutations of campaigns."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Some

from resolvers.campaigns.queries import load_selected
from resolvers.decoding import decode_id, decode_ids, or_none
from resolvers.jobs import root_fields as jobs
from schema.context import Info
from schema.errors import to_user_errors
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.campaign import MAX_LISTS, CreateCampaignInput, DeleteCampaignInput, UpdateCampaignInput
from schema.payloads.campaign import CreateCampaignPayload, DeleteCampaignPayload, UpdateCampaignPayload
from services.campaigns import management as campaigns
from services.input.omitted import OMITTED, Omitted
from services.refusal import Code, Refused, refuse

Create = Annotated[CreateCampaignInput, strawberry.argument(description="Data of the campaign to create.")]
Update = Annotated[UpdateCampaignInput, strawberry.argument(description="Campaign to change, and the new values.")]
Delete = Annotated[DeleteCampaignInput, strawberry.argument(description="ID of the campaign to delete.")]


async def create_campaign(info: Info, input: Create) -> CreateCampaignPayload:
    context = info.context
    fields = {
        "name": input.name,
        "description": or_none(input.description),
        "channel": input.channel.value,
        "scheduled_at": or_none(input.scheduled_at),
    }
    try:
        campaign_id = await campaigns.create(
            account_id=context.account_id,
            user_id=context.caller.user_id,
            given=fields,
            list_ids=_lists(or_none(input.list_ids) or ()),
            now=context.now,
        )
    except Refused as refused:
        return CreateCampaignPayload(campaign=None, errors=to_user_errors(refused.refusals, "input"))
    return CreateCampaignPayload(
        campaign=await load_selected(info, selection(info).under("campaign"), campaign_id), errors=[]
    )


def _lists(ids: Sequence[str]) -> list[UUID]:
    """Decodes the IDs of lists. Raises Refused."""
    if len(ids) > MAX_LISTS:
        raise refuse(Code.TOO_MANY, f"The list has {len(ids)} IDs; at most {MAX_LISTS} are allowed.", "listIds")
    return decode_ids(IdPrefix.CONTACT_LIST, ids, "listIds")


async def update_campaign(info: Info, input: Update) -> UpdateCampaignPayload:
    context, selected = info.context, selection(info)
    fields: dict[str, Any] = {
        name: some.value
        for name in ("name", "description", "scheduled_at")
        if isinstance(some := getattr(input, name), Some)
    }
    for name in ("channel", "status"):
        if isinstance(some := getattr(input, name), Some):
            fields[name] = some.value.value if some.value is not None else None
    list_ids: list[UUID] | None | Omitted = OMITTED
    try:
        campaign_id = decode_id(IdPrefix.CAMPAIGN, input.id, "id")
        if isinstance(input.list_ids, Some):
            list_ids = _lists(input.list_ids.value or ())
        job_id = await campaigns.update(
            campaign_id=campaign_id,
            given=fields,
            list_ids=list_ids,
            settings=context.caller.settings,
            user_id=context.caller.user_id,
            now=context.now,
        )
    except Refused as refused:
        return UpdateCampaignPayload(campaign=None, job=None, errors=to_user_errors(refused.refusals, "input"))
    return UpdateCampaignPayload(
        campaign=await load_selected(info, selected.under("campaign"), campaign_id),
        job=await jobs.load_selected(context, selected.under("job"), job_id),
        errors=[],
    )


async def delete_campaign(info: Info, input: Delete) -> DeleteCampaignPayload:
    try:
        campaign_id = decode_id(IdPrefix.CAMPAIGN, input.id, "id")
        await campaigns.delete(account_id=info.context.account_id, campaign_id=campaign_id, now=info.context.now)
    except Refused as refused:
        return DeleteCampaignPayload(deleted_id=None, errors=to_user_errors(refused.refusals, "input"))
    return DeleteCampaignPayload(deleted_id=input.id, errors=[])
