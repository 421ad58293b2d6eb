"""Queries of contact lists."""

from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from models.db.sql import contains
from resolvers.decoding import as_top_level, decode_id, or_none
from resolvers.query.default_orders import LISTS_BY_NAME, list_order
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, of_id, row
from resolvers.query.tables import CONTACT_LISTS
from schema.context import Info
from schema.descriptions import NAME_SEARCH
from schema.execution import selection
from schema.ids import IdPrefix
from schema.inputs.list_order import ListOrder
from schema.pagination import After, Before, First, Last, Offset
from schema.types.contact_list import ContactList, ContactListConnection
from services.input.text import fold

ListId = Annotated[strawberry.ID, strawberry.argument(description="ID of the list; starts with lst_.")]
ListSearch = Annotated[str | None, strawberry.argument(description=NAME_SEARCH)]
ListOrderBy = Annotated[ListOrder | None, strawberry.argument(description="Sort order; by name if unset.")]


async def contact_list(info: Info, id: ListId) -> ContactList | None:
    with as_top_level():
        list_id = decode_id(IdPrefix.CONTACT_LIST, id, "id")
    where = of_id(CONTACT_LISTS, info.context.account_id, list_id)
    return cast(ContactList | None, await row(CONTACT_LISTS, selection(info).columns, where))


async def contact_lists(
    info: Info,
    first: First = UNSET,
    after: After = UNSET,
    last: Last = UNSET,
    before: Before = UNSET,
    offset: Offset = UNSET,
    search: ListSearch = UNSET,
    order_by: ListOrderBy = UNSET,
) -> ContactListConnection:
    window = Window.of({"first": first, "after": after, "last": last, "before": before, "offset": offset})
    where = of_account(CONTACT_LISTS, info.context.account_id)
    if text := fold(or_none(search) or "").strip():
        where &= contains("contact_list.name_key", text)
    source = PageSource(CONTACT_LISTS, where, list_order("contact_list", or_none(order_by), LISTS_BY_NAME))
    return cast(ContactListConnection, await page(source, window, selection(info)))
