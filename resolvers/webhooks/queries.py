"""Queries of webhook endpoints."""

from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from resolvers.decoding import as_top_level, decode_id
from resolvers.query.default_orders import NEWEST_WEBHOOK_ENDPOINTS
from resolvers.query.page_sql import PageSource
from resolvers.query.pages import Window, page
from resolvers.query.row_queries import of_account, of_id, row
from resolvers.query.tables import WEBHOOK_ENDPOINTS
from schema.context import Info
from schema.execution import selection
from schema.ids import IdPrefix
from schema.pagination import After, First
from schema.types.webhook import WebhookEndpoint, WebhookEndpointConnection

EndpointId = Annotated[strawberry.ID, strawberry.argument(description="ID of the webhook endpoint; starts with whe_.")]


async def webhook_endpoint(info: Info, id: EndpointId) -> WebhookEndpoint | None:
    with as_top_level():
        endpoint_id = decode_id(IdPrefix.WEBHOOK_ENDPOINT, id, "id")
    where = of_id(WEBHOOK_ENDPOINTS, info.context.account_id, endpoint_id)
    return cast(WebhookEndpoint | None, await row(WEBHOOK_ENDPOINTS, selection(info).columns, where))


async def webhook_endpoints(info: Info, first: First = UNSET, after: After = UNSET) -> WebhookEndpointConnection | None:
    where = of_account(WEBHOOK_ENDPOINTS, info.context.account_id)
    source = PageSource(WEBHOOK_ENDPOINTS, where, NEWEST_WEBHOOK_ENDPOINTS)
    return cast(
        WebhookEndpointConnection, await page(source, Window.of({"first": first, "after": after}), selection(info))
    )
