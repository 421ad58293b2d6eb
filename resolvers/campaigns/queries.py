"""Queries of campaigns."""

from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry import UNSET

from models.db import database
from models.db.sql import MARK, Sql, contains
from resolvers.decoding import as_top_level, decode_id, or_none
from resolvers.query.default_orders import NEWEST_CAMPAIGNS, list_order
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, of_id, row
from resolvers.query.tables import CAMPAIGNS
from schema.context import Info
from schema.descriptions import NAME_SEARCH
from schema.execution import Selection, selection
from schema.ids import IdPrefix
from schema.inputs.list_order import ListOrder
from schema.pagination import After, Before, First, Last, Offset
from schema.types.campaign import Campaign, CampaignConnection, CampaignStatus
from services.input.text import fold

CampaignId = Annotated[strawberry.ID, strawberry.argument(description="ID of the campaign; starts with cmp_.")]
CampaignSearch = Annotated[str | None, strawberry.argument(description=NAME_SEARCH)]
Statuses = Annotated[
    list[CampaignStatus] | None,
    strawberry.argument(
        description="Returns only campaigns with one of these statuses; none if the list is empty, all if unset."
    ),
]
CampaignOrderBy = Annotated[ListOrder | None, strawberry.argument(description="Sort order; newest first if unset.")]


async def campaign(info: Info, id: CampaignId) -> Campaign | None:
    with as_top_level():
        campaign_id = decode_id(IdPrefix.CAMPAIGN, id, "id")
    return await load_selected(info, selection(info), campaign_id)


async def campaigns(
    info: Info,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
    offset: Offset = UNSET,
    search: CampaignSearch = UNSET,
    statuses: Statuses = UNSET,
    order_by: CampaignOrderBy = UNSET,
) -> CampaignConnection | None:
    window = Window.of({"first": first, "after": after, "last": last, "before": before, "offset": offset})
    where = of_account(CAMPAIGNS, info.context.account_id)
    if text := fold(or_none(search) or "").strip():
        where &= contains("campaign.name_key", text)
    if (among := or_none(statuses)) is not None:
        where &= Sql(database.sql_in("campaign.status", MARK, "text"), ([status.value for status in among],))
    source = PageSource(CAMPAIGNS, where, list_order("campaign", or_none(order_by), NEWEST_CAMPAIGNS))
    return cast(CampaignConnection, await page(source, window, selection(info)))


async def load_selected(info: Info, selected: Selection, campaign_id: UUID) -> Campaign | None:
    """Returns a campaign as it is now, with the selected columns; None if nothing is selected."""
    if not selected:
        return None
    where = of_id(CAMPAIGNS, info.context.account_id, campaign_id)
    return cast(Campaign | None, await row(CAMPAIGNS, selected.columns, where))
